"""What became of a statement that was checked: for a terminal, or a script."""

from __future__ import annotations

from collections.abc import Iterator

from driftcheck.codec import verification_json
from driftcheck.errors import UsageError
from driftcheck.model import Standing, Verdict, Verification
from driftcheck.reports._choices import VERIFICATION_FORMATS
from driftcheck.reports._inert import without_commands
from driftcheck.reports._pen import VERDICTS, Pen
from driftcheck.reports._words import clipped

_MARKS = {
    Standing.HOLDS: ("✔", "green"),
    Standing.FAILS: ("✘", "red"),
    Standing.LACKS: ("?", "yellow"),
    Standing.UNCHECKED: ("-", None),
}
_WIDEST_PART = 10


def render_verification(
    verification: Verification,
    format: str = "text",  # noqa: A002 - the contract's word
    *,
    color: bool = False,
    width: int = 100,
) -> str:
    """Render what became of a statement that was checked.

    Args:
        verification: What `verify` returned.
        format: `text` or `json`.
        color: Whether to colour what is for a terminal.
        width: How many columns a terminal has.

    Returns:
        The report, with a newline at its end.

    Raises:
        UsageError: There is no such format.
    """
    if format not in VERIFICATION_FORMATS:
        raise UsageError(
            f"{format!r} is not a format of verifications",
            hint=f"choose one of: {', '.join(VERIFICATION_FORMATS)}",
        )
    if format == "json":
        return verification_json(verification)
    return without_commands(
        "".join(f"{line}\n" for line in _lines(verification, Pen(color, width)))
    )


def _lines(verification: Verification, pen: Pen) -> Iterator[str]:
    yield _heading(verification, pen)
    for it in verification.parts:
        mark, colour = _MARKS[it.standing]
        first, *more = pen.wrapped(it.says, indent=_WIDEST_PART + 5)
        yield f"  {pen.styled(mark, fg=colour)} {it.part.value:{_WIDEST_PART}} {first.lstrip()}"
        yield from more


def _heading(verification: Verification, pen: Pen) -> str:
    """Whether it holds, and what it says of what."""
    if not verification.holds or verification.verdict is None:
        return pen.styled("✘ does not hold", fg="red", bold=True)
    mark, colour = VERDICTS[_weighed(verification, verification.verdict)]
    said = pen.styled(f"{mark} holds, and says {verification.verdict.value}", fg=colour, bold=True)
    return f"{said}  {clipped(' → '.join(verification.environments))}"


def _weighed(verification: Verification, verdict: Verdict) -> Verdict:
    """The verdict as far as it will do: a pass that lacks something is none."""
    is_lacking = verdict.exit_status == 0 and verification.exit_status
    return Verdict.INCONCLUSIVE if is_lacking else verdict
