"""Documents held in strings."""

from __future__ import annotations

import pytest

from tests.builders import compare, config_map, differences, only_finding, resource
from tests.ways import findings

YAML = "cache:\n  ttl: 300\n  hosts: [a, b, c]\nname: shop\n"


def yaml(text: str) -> dict:
    return config_map(**{"settings.yaml": text})


def test_one_field_inside() -> None:
    """One field that differs inside a document is one finding at its path."""
    finding = only_finding(yaml(YAML), yaml(YAML.replace("300", "600")))

    assert finding.path == 'data["settings.yaml"].cache.ttl'
    assert sorted(finding.values.values()) == [300, 600]


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        (YAML.replace("b, c", "x, b, c"), ("added", "cache.hosts[1]")),
        (YAML.replace("a, b, c", "a, c"), ("removed", "cache.hosts[1]")),
        (YAML.replace("a, b, c", "c, b, a"), ("reordered", "cache.hosts")),
        (YAML.replace("[a, b, c]", "{a: b}"), ("changed", "cache.hosts")),
        (YAML.replace("name: shop", "__name: shop\nname: shop"), ("added", "__name")),
        (YAML.replace("300", "'300'"), ("changed", "cache.ttl")),
        (YAML.replace("300", "true"), ("changed", "cache.ttl")),
    ],
)
def test_lists_and_types_inside(edited: str, expected: tuple[str, str]) -> None:
    """Lists are aligned inside a document, and types are told apart."""
    change, path = expected

    assert [(change, f'data["settings.yaml"].{path}')] == differences(yaml(YAML), yaml(edited))


def test_json() -> None:
    """JSON is compared inside as well."""
    left, right = config_map(limits='{"max": [1, 2]}'), config_map(limits='{"max": [1, 3]}')

    assert differences(left, right) == [("changed", "data.limits.max[1]")]


@pytest.mark.parametrize(
    ("key", "left", "right", "path"),
    [
        ("a.toml", "[cache]\nttl = 300\n", "[cache]\nttl = 600\n", "cache.ttl"),
        ("a.toml", "since = 2026-01-01\n", "since = 2026-01-02\n", "since"),
        ("a.ini", "[db]\nHost = a\n", "[db]\nHost = b\n", "db.Host"),
        ("a.properties", "# x\ndb.host=a\nttl=1\n", "db.host=b\nttl=1\n", '["db.host"]'),
        ("a.properties", "ttl: 1\n", "ttl: 2\n", "ttl"),
        (".env", "A=1\nB=x=y\n", "A=1\nB=x=z\n", "B"),
    ],
)
def test_other_formats(key: str, left: str, right: str, path: str) -> None:
    """TOML, INI, properties and env files are known by their key, and compared inside."""
    (found,) = differences(config_map(**{key: left}), config_map(**{key: right}))

    assert found == ("changed", f'data["{key}"]{path if path[0] == "[" else "." + path}')


@pytest.mark.parametrize(
    ("key", "left", "right"),
    [
        ("a.toml", "[cache\n", "[cache]\n"),
        ("a.ini", "no section\n", "[a]\n"),
        ("a.properties", "a=1\na=2\n", "a=1\n"),
    ],
)
def test_broken_documents_are_texts(key: str, left: str, right: str) -> None:
    """What can't be read as its key says is compared as a text."""
    assert [("changed", f'data["{key}"]')] == differences(
        config_map(**{key: left}), config_map(**{key: right})
    )


@pytest.mark.parametrize(
    ("left", "right", "note"),
    [
        (YAML, "# a comment\n" + YAML, "formatting only"),
        ('{"a": 1}', '{ "a": 1 }', "formatting only"),
        ("text", "text\n", "differs only by a trailing newline"),
        ("worker 1;\nevents { }\n", "worker 2;\nevents { }\n", None),
    ],
)
def test_texts(left: str, right: str, note: str | None) -> None:
    """Another formatting is still a difference, and said to be just that."""
    finding = only_finding(yaml(left), yaml(right))

    assert finding.path == 'data["settings.yaml"]'
    assert finding.note == note


@pytest.mark.parametrize(
    ("left", "right", "path"),
    [
        ('{"n": 12345678901234567890}', '{"n": 12345678901234567891}', "data.a.n"),
        ('{"n": 0.10000000000000000001}', '{"n": 0.1}', "data.a.n"),
        ('{"n": 1e400}', '{"n": 1e401}', "data.a.n"),
        ('{"n": 1.0}', '{"n": 1}', "data.a.n"),
        ("n: 12345678901234567890\nm: 1\n", "n: 12345678901234567891\nm: 1\n", "data.a"),
        ('{"n": 1, "n": 2}', '{"n": 3, "n": 2}', "data.a"),
        ('{"n": NaN}', '{"n": 1}', "data.a"),
    ],
)
def test_numbers_are_exact(left: str, right: str, path: str) -> None:
    """No digit is lost in reading a document, so that another number is no other formatting."""
    finding = only_finding(config_map(a=left), config_map(a=right))

    assert (finding.path, finding.note) == (path, None)


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Comparing lists inside documents writes nothing to any log."""
    only_finding(config_map(a='[{"b": 1}, 2]'), config_map(a='[{"b": 3}, 2]'))

    assert not caplog.records


def test_alias_bomb_is_a_text() -> None:
    """A document that would explode is compared as a text."""
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
    )

    assert only_finding(yaml(bomb), yaml(bomb + "z: 1\n")).path == 'data["settings.yaml"]'


@pytest.mark.parametrize(
    ("left", "right", "path"),
    [
        ("a:\n  b: !Ref X\n", "a:\n  b: X\n", ".a.b"),
        ("a:\n  b: !Ref X\n", "a:\n  b: !Ref Y\n", ".a.b.!Ref"),
        ("a:\n  b: !Ref X\n", "a:\n  b: !Sub X\n", None),
        ("a: !Join [x]\nb: 1\n", "a: [x]\nb: 1\n", ".a"),
        ("a: &x !Ref X\nb: *x\n", "a: &x !Ref X\nb: X\n", ".b"),
        ("a: !!binary QQ==\nb: 1\n", "a: QQ==\nb: 1\n", ".a"),
        ("on:\n  push: 1\n", "on:\n  push: 2\n", ".on.push"),
        ('{"y": 4, "x": 1}', "y: 8\nx: 1\n", ".y"),
        ("a: on\nb: 1\n", "a: true\nb: 1\n", ".a"),
        ("a: 0755\nb: 1\n", "a: 493\nb: 1\n", ".a"),
        ("a: .inf\nb: 1\n", "a: 1\nb: 1\n", ".a"),
    ],
)
def test_what_readers_of_yaml_tell_apart(left: str, right: str, path: str | None) -> None:
    """Tags count, words like `on` are what is written, and no path names a key that is not there.

    https://yaml.org/spec/1.2.2/ext/changes/: version 1.2 has no `on`, `y`, `0755`.
    """
    for sides in ((left, right), (right, left)):
        bodies = [config_map(**{"a.yaml": text}) for text in sides]
        if path:
            finding = only_finding(*bodies)
            assert (finding.path, finding.note) == (f'data["a.yaml"]{path}', None)
        else:
            assert differences(*bodies)
            assert not any(item.note for item in compare([bodies[0]], [bodies[1]]).findings)


@pytest.mark.parametrize(
    ("key", "left", "right"),
    [
        ("a.yaml", "a: on\nb: 1\n", "a: 'on'\nb: 1\n"),
        ("a.yaml", "a: 1_000\nb: 1\n", "a: '1_000'\nb: 1\n"),
        ("a.yaml", "a: .nan\nb: 1\n", "a: '.nan'\nb: 1\n"),
        ("a.toml", "since = 1979-05-27\n", 'since = "1979-05-27"\n'),
        ("a.toml", "at = 07:32:00\n", 'at = "07:32:00"\n'),
    ],
)
def test_no_mere_formatting(key: str, left: str, right: str) -> None:
    """What some reader tells apart is no matter of formatting, and shown as it is written."""
    for sides in ((left, right), (right, left)):
        finding = only_finding(*(config_map(**{key: text}) for text in sides))

        assert (finding.path, finding.note) == (f'data["{key}"]', None)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('{__name__="up", pod!="a"}', '{__name__="up", pod!="b"}'),
        ("{.status.phase}", "{.status.reason}"),
        ("[a-z]", "[a-f]"),
        ("[0-9] #x", "[0-9] #y"),
        ("{a: b}", "{a: c}"),
        ('{\n  __name__="up",\n  pod!="a"\n}\n', '{\n  __name__="up",\n  pod!="b"\n}\n'),
        ("[a-z]\n", "[a-f]\n"),
    ],
)
def test_no_documents(left: str, right: str) -> None:
    """Selectors, JSONPaths and regular expressions are texts, each one finding."""
    custom = [
        resource("example.com/v1", "Thing", spec={"texts": [text, "same"], "text": text})
        for text in (left, right)
    ]
    assert differences(*custom) == [("changed", "spec.text"), ("changed", "spec.texts[0]")]
    assert not any(item.note for item in compare([custom[0]], [custom[1]]).findings)
    for way, found in findings([config_map(a=left)], [config_map(a=right)]).items():
        assert {path for _, _, path in found} == {"data.a"}, way
