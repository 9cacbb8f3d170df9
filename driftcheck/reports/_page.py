"""What a page shows of a result: findings laid out, the matrix of images, and the heat map."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from driftcheck.model import (
    Change,
    ContainerImage,
    Finding,
    GroupKind,
    ImageRow,
    KindCoverage,
    ObjectReference,
    ReadStatus,
    counted,
)
from driftcheck.reports._agreement import agreement
from driftcheck.reports._clusters import Cluster
from driftcheck.reports._history_words import since_texts
from driftcheck.reports._marks import (
    Marks,
    marked_lines,
    marked_words,
    plain,
    plain_lines,
)
from driftcheck.reports._words import (
    NOT_THERE,
    Line,
    clipped,
    excerpts,
    holds_text,
    reach_text,
    value_text,
    writer_text,
    writers_text,
)

_MOST_CHARACTERS = 4_300
"""Of one value: a little more than a result holds of one."""
_SCANNED = 65_536
"""Characters of a longer one that are searched for where they differ."""
_ONE_LINE = 80
"""Characters of a map or a list that are still read on one line."""
_SIDE_BY_SIDE = 2
"""Environments whose values stand beside each other; more make a matrix."""
_HEAT_STEPS = 5


@frozen
class Side:
    """What one environment has at a place.

    Args:
        environment: Its name.
        marks: The value; None where there is none.
        runs: Beside a declared image, the digests that run; empty where nothing is said of them.
        writer: Who wrote it last; empty where nobody is known.
    """

    environment: str
    marks: Marks | None
    runs: str
    writer: str


@frozen
class Variant:
    """One of the values at a place of more than two environments.

    Args:
        marks: The value; None for those that have none.
        runs: Beside a declared image, the digests that run.
        environments: Who has it.
        is_odd: Whether one environment stands alone with it, while all others agree.
    """

    marks: Marks | None
    runs: str
    environments: frozenset[str]
    is_odd: bool


@frozen
class Block:
    """A longer text, or the lines that differ between two.

    Args:
        environments: Whose it is: the baseline and the others, or the only ones that have it.
        lines: Its lines.
    """

    environments: tuple[str, ...]
    lines: Marks


@frozen
class Entry:
    """One finding as a page shows it, or an image that is declared and runs.

    Args:
        anchor: What a link to it names; the same in every report of the same finding.
        finding: The finding, or what many say alike.
        sides: The values side by side, where there are two environments and they fit on a line.
        variants: The values and who has them, where there are more.
        blocks: Texts of several lines.
        notes: What a reader should know besides.
        objects: Those that it happened to.
        findings: All that it shows.
    """

    anchor: str
    finding: Finding
    sides: tuple[Side, ...]
    variants: tuple[Variant, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    objects: tuple[ObjectReference, ...]
    findings: tuple[Finding, ...]

    @property
    def kinds(self) -> str:
        """The kinds of its objects, for a script to look among."""
        return " ".join(dict.fromkeys(clipped(str(item.group_kind)) for item in self.objects))


@frozen
class Anchors:
    """The names of places on one page, each given once."""

    _given: Counter[str] = field(factory=Counter)

    def of(self, finding: Finding) -> str:
        """A name that follows from what the finding is about."""
        about = "\0".join((*finding.object, finding.path, finding.change.value))
        digest = hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self._given[digest] += 1
        earlier = self._given[digest] - 1
        return f"finding-{digest}-{earlier}" if earlier else f"finding-{digest}"


def entry_of(cluster: Cluster, names: Sequence[str], anchors: Anchors) -> Entry:
    """Lay out a change: two values side by side, more as a matrix, and long texts by lines."""
    line, finding = cluster.line, cluster.finding
    texts = _texts(finding.values, names) if finding.path else {}
    writers = _writers(finding) if len(cluster.lines) == 1 else {}
    is_long = any("\n" in text for text in texts.values())
    has_sides = bool(texts) and not is_long and len(names) <= _SIDE_BY_SIDE
    has_variants = bool(texts) and len(names) > _SIDE_BY_SIDE
    return Entry(
        anchor=anchors.of(cluster.lines[0].finding),
        finding=finding,
        sides=_sides(texts, _runs(line), writers, names) if has_sides else (),
        variants=_variants(line, texts, names) if has_variants else (),
        blocks=tuple(_blocks(texts)) if is_long else (),
        notes=(
            *_notes(line),
            *filter(None, [reach_text(cluster.findings)]),
            *_written_alike(cluster),
            *since_texts(cluster.findings),
            *(() if has_sides else _written_in(writers)),
        ),
        objects=cluster.objects,
        findings=cluster.findings,
    )


def _texts(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """What is there, by environment, cut to where it begins to differ if it is very long."""
    texts = {name: _readable(values[name]) for name in names if name in values}
    if all(len(text) <= _MOST_CHARACTERS for text in texts.values()):
        return texts
    shown = excerpts([text[:_SCANNED] for text in texts.values()], _MOST_CHARACTERS - 100)
    return {
        name: f"{start} ({len(text)} characters)" if len(text) > len(start) else start
        for (name, text), start in zip(texts.items(), shown, strict=True)
    }


def _readable(value: Any) -> str:
    """A value as text, on several lines where that reads better."""
    if isinstance(value, str) and "\n" in value:
        return value
    text = value_text(value)
    if isinstance(value, dict | list) and len(text) > _ONE_LINE:
        return json.dumps(value, ensure_ascii=False, indent=2)
    return text


def _runs(line: Line) -> dict[str, str]:
    if line.running is None:
        return {}
    return {name: value_text(value) for name, value in line.running.values.items()}


def _sides(
    texts: Mapping[str, str],
    runs: Mapping[str, str],
    writers: Mapping[str, str],
    names: Sequence[str],
) -> tuple[Side, ...]:
    marks = {name: plain(text) for name, text in texts.items()}
    if len(texts) == _SIDE_BY_SIDE:
        before, after = texts
        marks[before], marks[after] = marked_words(texts[before], texts[after])
    return tuple(
        Side(name, marks.get(name), runs.get(name, ""), writers.get(name, "")) for name in names
    )


def _variants(line: Line, texts: Mapping[str, str], names: Sequence[str]) -> tuple[Variant, ...]:
    """The values in the order in which they appear, with those who agree on each."""
    found, runs = agreement(line, names), _runs(line)
    baseline = texts.get(names[0])
    return tuple(
        Variant(
            marks=_in_table(texts[having[0]], baseline) if having[0] in texts else None,
            runs=runs.get(having[0], ""),
            environments=frozenset(having),
            is_odd=having == (found.odd,),
        )
        for having in found.groups
    )


def _in_table(text: str, baseline: str | None) -> Marks:
    """A line with what the baseline's hasn't; a longer text only so that it is told from others."""
    if "\n" in text:
        return plain(_in_short(text))
    return plain(text) if baseline is None else marked_words(baseline, text)[1]


def _in_short(text: str) -> str:
    """What tells one longer text from another in a table."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    length = counted(len(text.split("\n")), "line")
    return f"{length}, {digest}"


def _blocks(texts: Mapping[str, str]) -> Iterator[Block]:
    """The lines that differ from the first text, for each other; else the text itself."""
    together: dict[str, list[str]] = defaultdict(list)
    for name, text in texts.items():
        together[text].append(name)
    (first, its_names), *others = together.items()
    if not others:
        yield Block(tuple(its_names), plain_lines(first))
    for text, names in others:
        yield Block((its_names[0], *names), marked_lines(first, text))


def _notes(line: Line) -> Iterator[str]:
    findings = [finding for finding in (line.finding, line.running) if finding]
    for finding in findings:
        if finding.violates:
            yield f"violates rule {finding.violates.rule}: {finding.violates.reason}"
    yield from filter(None, (finding.note for finding in findings))
    yield from filter(None, [holds_text(line.finding)])


def _writers(finding: Finding) -> dict[str, str]:
    """Who wrote last, by environment."""
    return {
        name: writer_text(evolve(finding, written_by={name: writers})).removesuffix(f" in {name}")
        for name, writers in finding.written_by.items()
        if writers
    }


def _written_alike(cluster: Cluster) -> Iterator[str]:
    """Who wrote what happened to many objects."""
    if len(cluster.lines) > 1 and (said := writers_text([it.finding for it in cluster.lines])):
        yield said


def _written_in(writers: Mapping[str, str]) -> Iterator[str]:
    return (f"{name}: {text}" for name, text in writers.items())


@frozen
class MatrixCell:
    """What one environment runs for a container.

    Args:
        sign: `≠` where it is not what the baseline runs, `—` where nothing is, `?` where that
            can't be compared; empty where it is the same.
        image: The declared image without its registry and folders.
        found: What it declares and runs; None where it is not there.
    """

    sign: str
    image: str
    found: ContainerImage | None


@frozen
class MatrixRow:
    """One container over all environments."""

    row: ImageRow
    cells: tuple[MatrixCell, ...]

    @property
    def is_same(self) -> bool:
        """Whether all environments run the same."""
        return not any(cell.sign for cell in self.cells)


def matrix_row(row: ImageRow, names: Sequence[str]) -> MatrixRow:
    """Lay out what runs for one container."""
    found = [row.environments.get(name) for name in names]
    cells = (
        MatrixCell(sign, _without_folders(item.image or "unknown") if item else "", item)
        for sign, item in zip(_signs(row, found), found, strict=True)
    )
    return MatrixRow(row, tuple(cells))


def _signs(row: ImageRow, found: Sequence[ContainerImage | None]) -> list[str]:
    """How each environment stands to the first that is known to run the container."""
    unequal = "?" if row.same is None else "≠"
    first = next((item for item in found if item and item.digests), None)
    signs = [_sign(item, first, "" if row.same else unequal) for item in found]
    if row.same or any(signs):
        return signs
    return [unequal] * len(found)  # it is not the same, and no environment alone is why


def _sign(item: ContainerImage | None, first: ContainerImage | None, unequal: str) -> str:
    """`—` for nothing, `?` where nobody says what runs, nothing for what the first runs."""
    if item is None:
        return NOT_THERE
    if not item.digests:
        return "?"
    return "" if first is not None and item.digests == first.digests else unequal


def _without_folders(image: str) -> str:
    """`api:2.4.0` for `registry.example.com/shop/api:2.4.0@sha256:…`."""
    parts = (part.partition("@")[0].rpartition("/")[2] for part in image.split(", "))
    return ", ".join(dict.fromkeys(parts))


Place = tuple[ObjectReference, str]
"""An object and a path in it."""


@frozen
class HeatCell:
    """How often one environment differs in one kind.

    Args:
        count: The number of findings.
        step: 0 for none, up to 5 for the most on the page.
        anchor: The first of them; empty where none is shown.
    """

    count: int
    step: int
    anchor: str


def heat_map(
    findings: Iterable[Finding], names: Sequence[str], anchors: Mapping[Place, str]
) -> list[tuple[GroupKind, tuple[HeatCell, ...]]]:
    """How often each environment differs from the baseline, kind by kind.

    Args:
        findings: What is counted.
        names: The environments' names, the baseline first.
        anchors: Where a finding is shown, by its object and path.

    Returns:
        A row for each kind, with a cell for each environment but the baseline.
    """
    baseline, *others = names
    counts: Counter[tuple[GroupKind, str]] = Counter()
    first: dict[tuple[GroupKind, str], str] = {}
    for finding in findings:
        for name in others:
            if _differs(finding, name, baseline):
                cell = finding.object.group_kind, name
                counts[cell] += 1
                first.setdefault(cell, anchors.get((finding.object, finding.path), ""))
    most = max(counts.values(), default=1)
    return [
        (
            kind,
            tuple(
                HeatCell(
                    count=counts[kind, name],
                    step=-(-_HEAT_STEPS * counts[kind, name] // most),
                    anchor=first.get((kind, name), ""),
                )
                for name in others
            ),
        )
        for kind in sorted({kind for kind, _ in counts})
    ]


def _differs(finding: Finding, name: str, baseline: str) -> bool:
    """Whether an environment has its part in a finding; a forbidden sameness is everybody's."""
    values = finding.values
    if finding.is_witness:
        return True
    if finding.change is Change.UNCHANGED:
        return name in values
    return len(agreement(Line(finding), (baseline, name)).groups) > 1


def coverage_rows(
    kinds: Iterable[KindCoverage], names: Sequence[str]
) -> list[tuple[GroupKind, tuple[KindCoverage | None, ...]]]:
    """How each kind was looked at, with what is not complete first and what is excluded last."""
    rows: dict[GroupKind, dict[str, KindCoverage]] = defaultdict(dict)
    for row in kinds:
        rows[row.group_kind][row.environment] = row
    ordered = sorted(rows, key=lambda kind: (_rank(rows[kind].values()), kind))
    return [(kind, tuple(rows[kind].get(name) for name in names)) for kind in ordered]


def _rank(rows: Iterable[KindCoverage]) -> int:
    rows = tuple(rows)
    if not all(row.is_complete for row in rows):
        return 0
    return 2 if all(row.status is ReadStatus.EXCLUDED for row in rows) else 1
