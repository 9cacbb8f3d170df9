"""Hash suffixes; the names are what `kubectl kustomize` and `kubectl --append-hash` printed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import compare, config_map, container, edited, resource, workload

DATA = {"a": "1", "html": '<b>&"x"'}
GENERATED = config_map("cfg-t4cdmg7hkt", **DATA)
OLDER = config_map("cfg-ctbg988m74", a="1")


def using(name: str, secret: str = "sec") -> dict[str, Any]:
    sources = [{"configMapRef": {"name": name}}, {"secretRef": {"name": secret}}]
    return workload(containers=[container(envFrom=sources)])


@pytest.mark.parametrize(
    "generated",
    [
        GENERATED,
        config_map("cfg-ctbg988m74", a="1"),
        {**resource("v1", "ConfigMap", "bin-b5bf5g84m5"), "binaryData": {"blob.bin": "AAH/"}},
    ],
    ids=["kustomize", "kubectl", "binary"],
)
def test_a_verified_hash_is_no_name(generated: dict[str, Any]) -> None:
    """A name whose hash is right is the same object as one without the hash."""
    name = generated["metadata"]["name"]
    plain = {**generated, "metadata": {"name": name[:-11]}}

    result = compare([generated, using(name)], [plain, using(name[:-11])])

    assert result.findings == ()
    assert ("generated-name", 2) in [(rule.id, rule.hits) for rule in result.rules]


def test_other_content_is_one_finding() -> None:
    """Another content under another hash is a difference of the content, references and all."""
    result = compare(
        [GENERATED, using("cfg-t4cdmg7hkt")],
        [config_map("cfg-ctbg988m74", a="1"), using("cfg-ctbg988m74")],
    )

    (finding,) = result.findings
    assert (finding.object.name, finding.path) == ("cfg-t4cdmg7hkt", "data.html")


def test_a_wrong_hash_is_a_name() -> None:
    """A name that only looks hashed is a name: two objects."""
    result = compare([config_map("cfg-2222222222", a="1")], [config_map("cfg-4444444444", a="1")])

    assert {finding.path for finding in result.findings} == {""}


def test_earlier_generations_are_left_out() -> None:
    """Of several generations, the one in use is compared, and older ones are counted."""
    older = edited(OLDER, "metadata", "creationTimestamp", value="2026-11-01T00:00:00Z")
    newer = edited(GENERATED, "metadata", "creationTimestamp", value="2026-11-02T00:00:00Z")

    result = compare([newer, older, using("cfg-t4cdmg7hkt")], [newer, using("cfg-t4cdmg7hkt")])

    assert result.findings == ()
    (row,) = [row for row in result.coverage.of("objects") if row.kind == "ConfigMap"]
    assert row.excluded == {"outdated-generation": 1}


def test_a_secret_keeps_its_reference() -> None:
    """A Secret's hash has the form of one; its values can't be hashed again."""
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"pw": "aHVudGVyMjI="}}
    left = {**secret, "metadata": {"name": "sec-k4f92fkk27"}}
    right = {**secret, "metadata": {"name": "sec-2d9f8gk6ct"}, "data": {"pw": "eA=="}}

    result = compare(
        [left, using("cfg", "sec-k4f92fkk27")], [right, using("cfg", "sec-2d9f8gk6ct")]
    )

    (finding,) = result.findings
    assert (finding.object.name, finding.path) == ("sec-k4f92fkk27", "data.pw")
