"""What a store of looks answers, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftcheck.model import (
    AFTER,
    BEFORE,
    Became,
    Blame,
    BlamedChange,
    DriftOverTime,
    Head,
    HistoryLog,
    KeptLook,
    Pruning,
    SignedHeads,
    Wholeness,
    WholenessVerdict,
    counted,
)
from driftcheck.reports._history_words import (
    BECAME_WORDS,
    changed_text,
    interval_text,
    moment_text,
    seen_text,
)
from driftcheck.reports._inert import without_commands
from driftcheck.reports._layout import Layout
from driftcheck.reports._pen import VERDICTS, Pen, title
from driftcheck.reports._words import NOT_THERE, clipped, table, value_text, who_text

_SYMBOLS = {
    Became.ADDED: ("+", "green"),
    Became.REMOVED: ("-", "red"),
    Became.CHANGED: ("~", "yellow"),
    Became.REORDERED: ("↕", "yellow"),
    Became.MADE: ("+", "green"),
    Became.DELETED: ("-", "red"),
    Became.RECREATED: ("↻", "yellow"),
    Became.FIRST_SEEN: ("·", "cyan"),
    Became.INCOMPARABLE: ("?", "yellow"),
}
_WHOLENESS = {
    WholenessVerdict.WHOLE: ("✔", "green"),
    WholenessVerdict.NOT_WHOLE: ("✘", "red"),
    WholenessVerdict.END_NOT_PROVED: ("?", "yellow"),
}
_LONGEST_VALUE = 200
_LONGEST_BAR = 30
_MOST_WRITERS = 3

Lines = Iterator[str]


def history_text(value: object, layout: Layout) -> str:
    """An answer as plain text.

    Args:
        value: What a store answered.
        layout: Colour and width.

    Returns:
        Lines, with a newline after the last.
    """
    pen = Pen(layout.color, layout.width)
    return without_commands("".join(f"{line}\n" for line in _lines(value, pen)))


def _lines(value: object, pen: Pen) -> Lines:
    match value:
        case HistoryLog():
            return _log(value, pen)
        case Blame():
            return _blame(value, pen)
        case DriftOverTime():
            return _drift(value, pen)
        case Wholeness():
            return _wholeness(value, pen)
        case SignedHeads():
            return _signed(value, pen)
        case Pruning():
            return _pruning(value, pen)
    raise TypeError(f"nothing is known of how {type(value).__name__} is rendered")


def _log(log: HistoryLog, pen: Pen) -> Lines:
    if not log.looks:
        yield "no look was kept yet"
        return
    rows = [("look", "of", "objects", "changed", "seen", "tags")]
    rows += [
        (
            clipped(f"#{look.number}" if log.environment else look.address),
            moment_text(look.at),
            str(look.objects),
            changed_text(look),
            seen_text(look),
            clipped(", ".join(look.tags)),
        )
        for look in log.looks
    ]
    where = f" at {clipped(log.environment)}" if log.environment else ""
    yield pen.styled(f"{counted(len(log.looks), 'look')}{where}", bold=True)
    heading, *body = table(rows)
    yield pen.dim(heading)
    yield from (line.rstrip() for line in body)


def _blame(blame: Blame, pen: Pen) -> Lines:
    where = f"{title(blame.object)} {clipped(blame.path)}".rstrip()
    looks = counted(blame.looked_through, "look")
    heading = pen.styled(where, bold=True)
    yield f"{heading}  at {clipped(blame.environment)}, by {looks}"
    if not blame.changes:
        yield from pen.wrapped("nothing of it changed in all looks that there are")
    for change in blame.changes:
        yield from _change(change, pen)


def _change(change: BlamedChange, pen: Pen) -> Lines:
    symbol, colour = _SYMBOLS[change.became]
    subject = clipped(change.path) or BECAME_WORDS[change.became]
    yield f"  {pen.styled(symbol, fg=colour)} {subject}  {_values(change)}".rstrip()
    yield from pen.wrapped(interval_text(change), indent=6)
    if change.written_by:
        writers = "; ".join(map(who_text, change.written_by[:_MOST_WRITERS]))
        yield from pen.wrapped(f"by {writers}", indent=6)
    for note in change.notes:
        yield from map(pen.dim, pen.wrapped(note, indent=6))


def _values(change: BlamedChange) -> str:
    if not change.path:
        return ""
    sides = [
        clipped(value_text(change.values[side]), _LONGEST_VALUE)
        if side in change.values
        else NOT_THERE
        for side in (BEFORE, AFTER)
    ]
    return " → ".join(sides)


def _drift(drift: DriftOverTime, pen: Pen) -> Lines:
    between = f"{clipped(drift.baseline)} → {clipped(drift.other)}"
    yield pen.styled(between, bold=True)
    most = max((point.findings for point in drift.points), default=0)
    rows = [("time", "looks", "verdict", "differences", "", "of")]
    rows += [
        (
            moment_text(point.time),
            f"#{point.baseline} #{point.other}",
            f"{VERDICTS[point.verdict][0]} {point.verdict.value}",
            f"{point.findings:>11}",
            "█" * _scaled(point.findings, most),
            ", ".join(f"{name} {count}" for name, count in point.categories.items()),
        )
        for point in drift.points
    ]
    heading, *body = table(rows)
    yield pen.dim(heading.rstrip())
    yield from (line.rstrip() for line in body)
    if drift.left:
        yield pen.dim(f"{counted(drift.left, 'earlier moment')} left out")


def _scaled(count: int, most: int) -> int:
    """The length of a bar: one character at least for whatever is more than nothing."""
    return max(round(count * min(_LONGEST_BAR / most, 1)), 1) if count else 0


def _wholeness(found: Wholeness, pen: Pen) -> Lines:
    symbol, colour = _WHOLENESS[found.verdict]
    word = found.verdict.value.replace("-", " ")
    kept = f"{counted(found.looks, 'look')}, of which {found.pruned} were pruned"
    yield f"{pen.styled(f'{symbol} {word}', fg=colour, bold=True)}  {kept}"
    for problem in found.problems:
        yield from pen.wrapped(problem)
    yield from _heads(found.heads)
    if found.signature:
        yield from pen.wrapped(f"signed by {_signer(found.signature)}")
    for note in found.notes:
        yield from map(pen.dim, pen.wrapped(note))


def _signed(signed: SignedHeads, pen: Pen) -> Lines:
    said = counted(len(signed.heads), "head") if signed.is_new else "nothing new"
    word = "signed" if signed.is_new else "to sign"
    yield pen.styled(f"{said} {word}", bold=True)
    yield from _heads(signed.heads)
    yield from pen.wrapped(f"by {_signer(signed)}")


def _heads(heads: Sequence[Head]) -> Lines:
    rows = [(f"  {clipped(head.name)}#{head.number}", head.digest) for head in heads]
    yield from table(rows) if rows else ()


def _signer(signed: SignedHeads) -> str:
    return f"the key {signed.key}, {moment_text(signed.made)}, signature {signed.number}"


def _pruning(pruning: Pruning, pen: Pen) -> Lines:
    gone, total = pruning.gone, len(pruning.looks)
    done = "pruned" if pruning.is_done else "would be pruned (--yes does it)"
    yield pen.styled(f"{len(gone)} of {counted(total, 'look')} {done}", bold=True)
    rows = [
        (f"  {_named(item.look)}", moment_text(item.look.at), _kept_by(item.kept_by))
        for item in pruning.looks
    ]
    yield from (line.rstrip() for line in (table(rows) if rows else ()))


def _named(look: KeptLook) -> str:
    return clipped(look.address)


def _kept_by(reasons: Sequence[str]) -> str:
    return f"kept: {clipped(', '.join(reasons))}" if reasons else "goes, but for its header"
