"""Documents that are known from another text are read as if they were not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from driftcheck.codec import KnownTexts, LocatedDocument, located_documents
from driftcheck.errors import ManifestError

if TYPE_CHECKING:
    import pytest

LINES = st.sampled_from(
    [
        "---", "--- ", "--- a: 1", "---\t", "--- |", "---x", " ---", "...", "%YAML 1.1", "# c",
        "a: 1", "b: &x [1, 2]", "c: *x", "d: |", "e: |+", "f: >-", "  text", "  ---", "", "\t",
        'g: "open', 'close"', "h: [", "]", "- 1", "- {i: j}", "? k", "a: on", "l: \x85---",
        "\ufeff", "a: &x 1", "b: *x",
    ]
)  # fmt: skip
TEXTS = st.lists(LINES, max_size=12).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(lines))
)


def read(text: str, known: KnownTexts | None) -> list[LocatedDocument] | str:
    """What stands in a text, or what is wrong with it."""
    try:
        return located_documents(text.encode(), source="x", known=known)
    except ManifestError as error:
        return f"{error} {error.hint}"


@settings(max_examples=150)
@given(TEXTS, TEXTS)
@example("a: 1\n---\nb: 2\n", "---\nb: 2\n")
@example("a: |+\n  b\n\n---\nc: 1", "---\nc: 1")
@example("a: [\n---\n]", "---\n]")
@example("a: \x85---\n--- |", "")
@example("%TAG ! !x\n---\na: !b 1\n---\na: !b 1\n", "")
def test_pieces(one: str, other: str) -> None:
    """A text and the one after it are what they are without each other, mistakes included."""
    known: KnownTexts = {}
    for text in (one, other, one):
        assert read(text, known) == read(text, None)


def test_aliases_of_all_documents_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """What aliases multiply is limited for a whole text, known or not."""
    monkeypatch.setattr("driftcheck.codec._yaml._MAX_ALIASED", 1000)
    bomb = f"---\na: &a {'x' * 300}\nb: [*a, *a]\n"
    known: KnownTexts = {}

    assert len(read(bomb, known)) == 1
    assert "a YAML bomb" in str(read(bomb * 2, known))


def test_what_is_known() -> None:
    """A document that stands in two texts is one."""
    known: KnownTexts = {}
    one, other = (read(f"a: {number}\n---\nb: [1]\n", known) for number in (1, 2))

    assert one[1].value is other[1].value  # type: ignore[union-attr]
