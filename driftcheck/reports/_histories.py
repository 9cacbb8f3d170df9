"""What a store of looks answers, in every format; each is loaded when it is asked for."""

from __future__ import annotations

from driftcheck.errors import UsageError
from driftcheck.model import Blame, DriftOverTime, HistoryLog, Pruning, SignedHeads, Wholeness
from driftcheck.reports._choices import HISTORY_FORMATS, PLOTTED_FORMATS
from driftcheck.reports._layout import Layout

HistoryAnswer = HistoryLog | Blame | DriftOverTime | Wholeness | SignedHeads | Pruning


def render_history(
    answer: HistoryAnswer,
    format: str = "text",  # noqa: A002 - the contract's word
    *,
    color: bool = False,
    width: int = 100,
) -> str:
    """Render what a store of looks answered.

    Args:
        answer: What a method of `History` returned; but for `diff`, whose result `render` takes.
        format: `text` or `json`; of what `log` and `drift` return, `html` as well.
        color: Whether to colour what is for a terminal.
        width: How many columns a terminal has.

    Returns:
        The report, with a newline at its end.

    Raises:
        UsageError: There is no such format of it.
    """
    is_plotted = isinstance(answer, HistoryLog | DriftOverTime)
    formats = PLOTTED_FORMATS if is_plotted else HISTORY_FORMATS
    if format not in formats:
        raise UsageError(
            f"{format!r} is not a format of it", hint=f"choose one of: {', '.join(formats)}"
        )
    if format == "text":
        from driftcheck.reports._history_text import history_text

        return history_text(answer, Layout(color, width))
    if isinstance(answer, HistoryLog | DriftOverTime) and format == "html":
        from driftcheck.reports._history_html import history_html

        return history_html(answer)
    return _json(answer)


def _json(answer: HistoryAnswer) -> str:
    from driftcheck import codec

    match answer:
        case HistoryLog():
            return codec.log_json(answer)
        case Blame():
            return codec.blame_json(answer)
        case DriftOverTime():
            return codec.drift_json(answer)
        case Wholeness():
            return codec.wholeness_json(answer)
        case SignedHeads():
            return codec.signature_json(answer)
        case Pruning():
            return codec.pruning_json(answer)
