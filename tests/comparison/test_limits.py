"""What one hostile object may cost: a finding, never the comparison of everything else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import (
    compare,
    config_map,
    differences,
    judged,
    only_finding,
    resource,
    workload,
)


def in_one_another(depth: int, innermost: str) -> str:
    return "[" * depth + innermost + "]" * depth


@pytest.mark.parametrize("depth", [101, 250, 900, 5_000, 500_000])
@pytest.mark.parametrize(("key", "begin"), [("x", ""), ("x.yaml", "a:\n- "), ("x.toml", "a=")])
def test_depth(depth: int, key: str, begin: str) -> None:
    """A text that holds lists too deep to be walked is compared as a text."""
    left, right = (config_map(**{key: begin + in_one_another(depth, leaf)}) for leaf in "12")

    finding = only_finding(left, right)

    assert finding.path == (f'data["{key}"]' if "." in key else "data.x")
    assert (finding.note or "from").startswith("from")


def test_dotted_keys() -> None:
    """TOML makes maps in one another of a key with dots."""
    left, right = (config_map(**{"x.toml": f"{'.'.join(200_000 * 'a')} = {n}\n"}) for n in "12")

    assert differences(left, right) == [("changed", 'data["x.toml"]')]


@pytest.mark.parametrize("key", ["x", "x.json", "x.toml", "x.yaml"])
@pytest.mark.parametrize("form", ['{{"a": {}}}', "a = {}\n", "a: {}\nb: 1\n"])
@pytest.mark.parametrize(
    "number", ["1" * 5_000, "1e99999999999999999999", "1e-9999999999999999999"]
)
def test_digits(key: str, form: str, number: str) -> None:
    """A number may be of more digits than Python reads."""
    left, right = (config_map(**{key: form.format(n)}) for n in (number, "2" + number))

    assert only_finding(left, right)


@pytest.mark.parametrize("number", ["1" * 5_000, "1" * 5_000 + "Ki", "0." + "1" * 5_000])
def test_a_quantity_of_many_digits(number: str) -> None:
    """So may a quantity."""
    left, right = (
        resource("v1", "ResourceQuota", spec={"hard": {"cpu": cpu}}) for cpu in ("1", number)
    )

    assert differences(left, right) == [("changed", "spec.hard.cpu")]


def bits(seed: int, length: int) -> list[int]:
    """A list of two values, of which no two seeds have the same."""
    return [(position * seed // 7) % 2 for position in range(length)]


def test_a_long_list_in_a_text() -> None:
    """Lists that differ all over are one finding where they are long, and of each item else."""
    for length, paths in ((4, ["data.x[0]", "data.x[1]"]), (5_000, ["data.x"])):
        left = [1, 2, *bits(3, length)]
        right = [3, 4, *(bits(3, length) if length < 100 else bits(5, length))]

        found = compare([config_map(x=json.dumps(left))], [config_map(x=json.dumps(right))])

        assert [finding.path for finding in found.findings] == paths


def test_a_long_list_of_arguments() -> None:
    """Likewise where the API says what the list is."""

    def web(args: list[Any]) -> dict[str, Any]:
        return workload(containers=[{"name": "c", "image": "i", "args": [*map(str, args)]}])

    path = "spec.template.spec.containers[name=c].args"

    assert differences(web([2, *bits(3, 5_000)]), web(bits(5, 5_000))) == [("changed", path)]
    assert differences(web([9]), web(bits(5, 5_000))) == [("changed", path)]


@pytest.mark.parametrize("position", [0, 2_500, 4_999])
def test_one_item_of_a_long_list(position: int) -> None:
    """What both lists begin and end with is no reason to give up: the item is found."""
    left = bits(3, 5_000)
    right = [*left[:position], 7, *left[position + 1 :]]
    longer = [*left[:position], 7, *left[position:]]

    one, two, three = (config_map(x=json.dumps(items)) for items in (left, right, longer))

    assert differences(one, two) == [("changed", f"data.x[{position}]")]
    assert differences(one, three) == [("added", f"data.x[{position}]")]
    assert differences(three, one) == [("removed", f"data.x[{position}]")]


def test_a_rule_about_items_of_a_long_list() -> None:
    """What agrees inside lists that are compared as a whole is still told to who forbids it."""
    lists = [{"passwords": [f"{side}{n}" for n in range(2_000)]} for side in "ab"]
    for items in lists:
        items["passwords"][700] = "the same"
    left, right = (resource("example.com/v1", "Any", spec=spec) for spec in lists)
    rule = {"match": {"kind": "Any"}, "path": "spec.passwords[*]", "effect": "differ"}

    result = judged([left], [right], rule)

    assert "spec.passwords[700]" in {finding.path for finding in result.findings}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("x", "1" * 200_000 + "a\n"),
        ("x.properties", "a=b" + " " * 200_000 + "c"),
        ("x.ini", "[a]\nb" + " " * 200_000 + "c"),
        ("x.env", "\\a" * 200_000),
    ],
)
def test_texts_that_patterns_are_slow_on(key: str, text: str) -> None:
    """No text makes a pattern try every way to split it: these would take hours."""
    assert only_finding(config_map(**{key: text}), config_map(**{key: f"{text}."}))


def test_references_without_an_end() -> None:
    """Nor does a value that refers to variables and never says which."""

    def web(value: str) -> dict[str, Any]:
        variables = [{"name": "A", "value": value}, {"name": "B", "value": "$(A)"}]
        return workload(containers=[{"name": "c", "image": "i", "env": variables}])

    path = "spec.template.spec.containers[name=c].env[name=A].value"

    assert differences(web("$(" * 200_000), web("$(" * 200_001)) == [("changed", path)]


def test_an_option_that_goes_on_without_a_value() -> None:
    """`configparser` stumbles over it; it is compared as a text."""
    left, right = (config_map(**{"x.ini": f"[a]\nb\n c{n}\n"}) for n in "12")

    assert differences(left, right) == [("changed", 'data["x.ini"]')]


def test_large_items_without_keys() -> None:
    """Items of a list without keys pair in their order where it would cost too much to weigh."""
    rules = [
        [{"from": [{"ipBlock": {"cidr": f"{side}.{n}", "except": [f"{i}" for i in range(400)]}}]}
         for n in range(100)]
        for side in (1, 2)
    ]  # fmt: skip
    left, right = (
        resource("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, "ingress": rule})
        for rule in rules
    )

    found = compare([left], [right]).findings

    assert {finding.path for finding in found} == {
        f"spec.ingress[{n}].from[0].ipBlock.cidr" for n in range(100)
    }
