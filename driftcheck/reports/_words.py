"""What every report says in the same words: changes, values, sources, and the image line."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from attrs import frozen

from driftcheck.model import Change, Environment, Finding, Origin, Result, Window

SYMBOLS = {
    Change.ADDED: "+",
    Change.REMOVED: "-",
    Change.CHANGED: "~",
    Change.REORDERED: "↕",
}
NOT_THERE = "—"
NOT_COVERED = (
    "Not covered by any comparison of objects: files changed inside containers, data in volumes "
    "and databases, settings of nodes."
)
_RUNNING = re.compile(r"running\.(\w+)(\[name=.*\])\.digest")
_DECLARED = re.compile(r"(?:.*\.)?spec\.(\w+)(\[name=.*\])\.image")
_CUT = re.compile(r"… \((\d+) bytes, sha256:[0-9a-f]+\)$")
"""The end of a value that the result holds only the beginning of."""
_NUMBER = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")
_SHOWN_OF_DIGEST = 12
_NO_TIME = "later than any other: the server keeps no time of it"


@frozen
class Line:
    """One line of a report: a finding, or an image declared and running.

    Args:
        finding: The finding.
        running: Beside a declared image, the finding about what runs of it.
    """

    finding: Finding
    running: Finding | None = None


def lines(findings: Iterable[Finding]) -> Iterator[Line]:
    """The findings, each image's declared and running ones on one line.

    They stand on lines of their own where a rule explains or forbids but one of them.
    """
    findings = tuple(findings)
    declared = {slot for finding in findings if (slot := _slot(finding, _DECLARED))}
    running: dict[Hashable, Finding] = {}
    for finding in findings:
        slot = _slot(finding, _RUNNING)
        if slot in declared:
            running.setdefault(slot, finding)
    beside = {id(finding) for finding in running.values()}
    for finding in findings:
        if id(finding) not in beside:
            yield Line(finding, running.pop(_slot(finding, _DECLARED), None))


def _slot(finding: Finding, pattern: re.Pattern[str]) -> Hashable:
    """Whose image it is, and what rules say of it; None of what is no image."""
    matched = pattern.fullmatch(finding.path)
    judged = (finding.expected, finding.violates)
    return (finding.object, *matched.groups(), *judged) if matched else None


def value_text(value: Any) -> str:
    """A value on one line: a string as it is, unless it could be taken for something else."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if _is_ambiguous(value) else value
    if isinstance(value, list) and all(_is_digest(item) for item in value):
        return ", ".join(short_digest(item) for item in value) or NOT_THERE
    return json.dumps(value, ensure_ascii=False)


def excerpts(texts: Sequence[str], width: int) -> list[str]:
    """Texts of one line, cut to where they begin to differ, at most so many columns wide."""
    columns = enumerate(zip(*texts, strict=False))
    differing = next((i for i, column in columns if len(set(column)) > 1), 0)
    start = max(0, differing - width // 3)
    return [_excerpt(text, start, width) for text in texts]


def _excerpt(text: str, start: int, width: int) -> str:
    if len(text) <= width:
        return text
    cut = _CUT.search(text)
    size = f" ({cut[1]} bytes)" if cut else ""
    before = "…" if start else ""
    shown = text[start : start + width - len(before) - 1]
    return f"{before}{shown}{'…' if start + len(shown) < len(text) else ''}{size}"


def _is_ambiguous(text: str) -> bool:
    """Whether a bare string would read as nothing, a number, a word of JSON, or several lines."""
    return (
        text != text.strip()
        or not text
        or text in ("true", "false", "null", NOT_THERE)
        or bool(_NUMBER.fullmatch(text))
        or "\n" in text
    )


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("sha256:", "sha512:"))


def short_digest(digest: str) -> str:
    """A digest's algorithm and first twelve digits."""
    algorithm, _, digits = digest.partition(":")
    return f"{algorithm}:{digits[:_SHOWN_OF_DIGEST]}"


def inert(text: str) -> str:
    """The text with everything that steers a terminal, or hides, written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(character):04x}"
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        else character
        for character in text
    )


def writer_text(finding: Finding) -> str:
    """Who wrote last, of all that stands at a place, how, when and where."""
    latest = [(writers[0], name) for name, writers in finding.written_by.items()]
    writer, environment = max(latest, key=lambda pair: pair[0].time or _NO_TIME)
    how = f"{writer.operation} of {writer.subresource}" if writer.subresource else writer.operation
    when = f", {writer.time.replace('T', ' ').replace('Z', ' UTC')}" if writer.time else ""
    return f"last written by {writer.manager} ({how}{when}) in {environment}"


def between(result: Result) -> str:
    """The environments' names, the baseline first."""
    return " → ".join(environment.name for environment in result.environments)


def source_text(environment: Environment) -> str:
    """Where an environment was seen."""
    if environment.origin is Origin.MANIFESTS:
        return f"manifests in {environment.place}" if environment.place else "manifests"
    where = f"namespace {environment.namespace}"
    context = f" in {environment.context}" if environment.context else ""
    saved = f", saved in {environment.place}" if environment.place else ""
    return f"{where}{context}{saved}"


def window_text(window: Window | None) -> str:
    """When an environment was seen, and whether it stood still."""
    if window is None:
        return NOT_THERE
    moment = f"{window.start:%Y-%m-%d %H:%M:%S} UTC"
    return moment if window.quiescent else f"{moment}, while it moved"


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Columns side by side, each as wide as its widest cell."""
    rows = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
