"""YAML is read as kubectl reads it.

The expected values were printed by kubectl 1.32 (`kubectl label --local -f FILE a=b -o json`),
read as JSON.
"""

from __future__ import annotations

import json
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.codec import _yaml, located_documents, yaml_documents
from driftcheck.errors import ManifestError

SCALARS = [
    ("on", True), ("y", True), ("Y", True), ("yes", True), ("True", True),
    ("n", False), ("off", False), ("NO", False), ("tRUE", "tRUE"),
    ("~", None), ("null", None), ("Null", None), ("NULL", None), ('""', ""),
    ("017", 15), ("0o17", 15), ("0O17", 15), ("-017", -15), ("0o8", "0o8"),
    ("0x1F", 31), ("-0x1F", -31), ("0b101", 5), ("-0b11", -3), ("0B1", 1), ("0x", "0x"),
    ("08", 8), ("09.5", 9.5), ("+1", 1), ("1_000", 1000), ("1_", 1), ("1__0", 10), ("_1", "_1"),
    ("1_000.5", 1000.5), ("1e3", 1000), ("1E3", 1000), ("1.5e3", 1500), ("1e+3", 1000),
    ("1e-3", 0.001), ("1e", "1e"), ("1_0e1_0", 100000000000), ("1.0", 1), ("0.1", 0.1),
    ("-0.0", 0), ("1.", 1), (".5", 0.5), ("+.5", 0.5), ("0x1.8p1", "0x1.8p1"),
    ("1e20", 100000000000000000000), ("1e21", 1e21), ("1e30", 1e30), ("1e400", "1e400"),
    ("123456789012345678", 123456789012345678),
    ("12345678901234567890", 12345678901234567000),
    ("-12345678901234567890", -12345678901234567000),
    ("123456789012345678901234567890", 1.2345678901234568e29),
    ("12:30:45", "12:30:45"), ("22:22", "22:22"),
    ("2026-11-01", "2026-11-01"), ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z"),
    ("=", "="), ("<<", "<<"), ("'on'", "on"), ("!!str 12", "12"), ("!!str on", "on"),
    ("!!bool on", True), ('!!int "3"', 3), ("!!float 1", 1), ("!!binary aGVsbG8=", "hello"),
    ("!!timestamp 2026-11-01", "2026-11-01"), ("!custom on", "on"),
]  # fmt: skip

KEYS = [
    ("017", "15"), ("0x1F", "31"), ("1.5", "1.5"), ("true", "true"), ("on", "true"),
    ("1e3", "1000"), ("1.0", "1"), ("1e6", "1e+06"), ("999999.0", "999999"),
    ("1234567.0", "1.234567e+06"), ("0.00001", "1e-05"), ("16777217.0", "1.6777216e+07"),
    ("123456.789", "123456.79"), ("1e30", "1e+30"), ("-0.0", "-0"), ("1_000", "1000"),
    ("2026-01-01", "2026-01-01"), ('"on"', "on"),
]  # fmt: skip


def read(text: str | bytes) -> list[object]:
    """The documents of a text."""
    return yaml_documents(text.encode() if isinstance(text, str) else text, source="x.yaml")


def refusal(text: str | bytes) -> ManifestError:
    """The error that a text is refused with."""
    with pytest.raises(ManifestError) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(("text", "expected"), SCALARS)
def test_scalars(text: str, expected: object) -> None:
    """A scalar means what kubectl takes it for, type and all."""
    assert repr(read(f"a: {text}")) == repr([{"a": expected}])


@pytest.mark.parametrize(("text", "expected"), KEYS)
def test_keys(text: str, expected: str) -> None:
    """A key that is not a string becomes the text that kubectl makes of it."""
    assert read(f"{text}: x") == [{expected: "x"}]


@pytest.mark.parametrize(("text", "expected"), [*SCALARS, ("a\\b", "a\\b")])
def test_pure_python_parser(text: str, expected: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML's C parser the values are the same."""
    monkeypatch.setattr(_yaml, "_Parser", yaml.SafeLoader)
    assert repr(read(f"a: {text}")) == repr([{"a": expected}])


def test_merge_keys() -> None:
    """`<<` brings in a map, the first of several wins, and what stands later overrides."""
    text = """
    base: &base {p: 1, q: 2}
    later: {<<: *base, q: 3}
    earlier: {q: 3, <<: *base}
    several: {<<: [*base, {p: 9, z: 1}]}
    quoted: {"<<": {a: 1}}
    """
    assert read(text) == [
        {
            "base": {"p": 1, "q": 2},
            "later": {"p": 1, "q": 3},
            "earlier": {"p": 1, "q": 2},
            "several": {"p": 1, "q": 2, "z": 1},
            "quoted": {"<<": {"a": 1}},
        }
    ]


def test_documents() -> None:
    """Documents are read in order, empty ones skipped, and each knows its line."""
    text = b"---\n# nothing\n---\na: 1\n---\nnull\n--- # end\n\nb: |\n  x\n  ---\n  y\n...\n"
    documents = located_documents(text, source="x.yaml")
    assert [tuple(document) for document in documents] == [
        (4, {"a": 1}),
        (9, {"b": "x\n---\ny\n"}),
    ]


@pytest.mark.parametrize("text", ["", "\n", "---\n---\n", "# only words\n", "null\n", " "])
def test_empty(text: str) -> None:
    """A text without a document has none, and that is no error."""
    assert read(text) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks(encoding: str) -> None:
    """A byte order mark, as editors and shells on Windows write it, is understood."""
    assert read("a: ä\r\nb: 1\r\n".encode(encoding)) == [{"a": "ä", "b": 1}]


def test_json() -> None:
    """JSON is read as JSON, several values after one another included."""
    text = '{"a": "on", "b": 1e3, "c": 1.0}\n{"d": 12345678901234567890, "e": "\\ud83d\\ude00"}[]'
    assert repr(read(text)) == repr(
        [{"a": "on", "b": 1000, "c": 1}, {"d": 12345678901234567000, "e": "😀"}, []]
    )


def test_json_with_separators() -> None:
    """JSON documents between YAML's separators are documents too."""
    assert read('{"a": 1}\n---\n{"b": 2}\n') == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", 3),
        ('{"a": 1,\n "b": {"c": 1,\n "c": 2}}', 3),
        ('1: x\n"1": y\n', 2),
        ("a:\n\t- b\n", 2),
        ("a: b\nc: d: e\n", 2),
        ("a: .inf", 1),
        ("a: .nan", 1),
        ("a: *nowhere", 1),
        ("a: &x [*x]", 1),
        ("&x a: b\n---\nc: *x\n", 3),
        ("a: !!int 1.0", 1),
        ("a: !!binary x", 1),
        ("<<: 3", 1),
        ("[1, 2]: 3", 1),
        ("~: 3", 1),
        ("a: {{ .Values.hunter2 }}", 1),
        ('a: 1\nb: "\\ud800"', 2),
        ('{"a": "\\ud800"}', 1),
        (b"a: 1\nb: \xff\xfe", 2),
        ("a: 1\nb: \x00", 2),
        ("[" * 100_000, 1),
        ('{"a":' * 100_000, 1),
        (json.dumps({"a": [[]]}).replace("[]", "[" * 250 + "]" * 250), 1),
        ("- " * 100_000, 1),
    ],
)
def test_refusals(text: str | bytes, line: int) -> None:
    """What kubectl refuses, or would take the last of, is refused with file and line."""
    error = refusal(text)
    assert str(error).startswith(f"x.yaml: line {line}: ")
    assert error.hint


def test_json_without_a_word_for_it() -> None:
    """NaN, which some programs write as JSON, is refused."""
    assert "NaN" in str(refusal('{"a": NaN}'))


@pytest.mark.parametrize(
    "text",
    ["password: hunter2: x", 'a: "hunter2', "hunter2: 1\nhunter2: 2", "? {hunter2: 1}\n: 2",
     '{"hunter2": 1, "hunter2": 2}', "a: *hunter2", "a: !!int hunter2", "a: !!binary hunter2!"],
)  # fmt: skip
def test_errors_never_quote(text: str) -> None:
    """An error never holds a piece of the file, which may be a Secret."""
    error = refusal(text)
    assert "hunter2" not in f"{error} {error.hint} {error.__cause__}"


def bomb(levels: int) -> str:
    """A text that stands for nine to the power of its levels."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(9),
        f"a: &a {'x' * 1_000_000}\nb: [{', '.join(['*a'] * 100)}]",
        f"a: &a {{{'k' * 900}: 1, {'l' * 900}: 2}}\nb: [{', '.join(['*a'] * 100_000)}]",
    ],
)
def test_alias_bomb(text: str) -> None:
    """A text that aliases blow up is refused, at once."""
    started = time.monotonic()
    assert "bomb" in str(refusal(text))
    assert time.monotonic() - started < 2


def test_honest_aliases() -> None:
    """Aliases as people use them are expanded."""
    assert read("a: &x {k: [1, 2]}\nb: *x\nc: [*x]\n*k : d\n".replace("*k : d\n", "")) == [
        {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}, "c": [{"k": [1, 2]}]}
    ]
    assert read("a: &k foo\n*k : bar\n") == [{"a": "foo", "foo": "bar"}]


def test_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text beyond the limit is refused before it is read."""
    monkeypatch.setattr(_yaml, "MAX_SIZE", 10)
    assert "larger" in str(refusal("a: 1234567890"))


BASIC_TEXT = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=20)
"""Without the characters that JSON escapes as surrogate pairs, which YAML does not have."""

PLAIN_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | BASIC_TEXT,
    lambda children: st.lists(children) | st.dictionaries(BASIC_TEXT, children),
    max_leaves=20,
)


@given(st.dictionaries(BASIC_TEXT, PLAIN_JSON))
def test_json_is_yaml(document: dict[str, object]) -> None:
    """What JSON says, the YAML parser reads too."""
    text = json.dumps(document)
    assert read(text) == [document]
    assert read(f"# a comment, so that it is not JSON\n{text}") == [document]


@pytest.mark.parametrize("number", ["9" * 400, f"-{'8' * 400}", "1e400", "-1e400"])
def test_a_number_beyond_all_floats(number: str) -> None:
    """A JSON number that no float can hold is refused, as the API server does it.

    Kubernetes reads integers of 64 bits exactly and any other number as a float:
    k8s.io/apimachinery/pkg/util/json, `ConvertInterfaceNumbers`.
    """
    assert "larger than any float" in str(refusal(f'{{"a": {number}}}'))


def test_a_long_number() -> None:
    """A longer one that a float can hold is that float."""
    assert read('{"a": ' + "1" + "0" * 200 + "}") == [{"a": 1e200}]
