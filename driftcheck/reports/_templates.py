"""The templates of pages, and what makes texts from outside harmless in them."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attrs import define

from driftcheck.model import counted
from driftcheck.reports._audit_words import (
    ABOUT,
    AUDIT_VERDICTS,
    LEAVES_NO_MARK,
    graded_text,
    more_places,
    operation_text,
)
from driftcheck.reports._history_words import changed_text, moment_text, seen_text
from driftcheck.reports._over_time import witness_counts
from driftcheck.reports._pen import VERDICTS
from driftcheck.reports._words import (
    BECAME,
    NOT_COVERED,
    SYMBOLS,
    because,
    between,
    clipped,
    platform_texts,
    policy_text,
    short_digest,
    source_text,
    value_text,
    window_text,
)

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_LONGEST_NAME = 253
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/names/."""
_LONGEST_TEXT = 4_500


@define
class Space:
    """How much more a part of a page takes.

    Args:
        size: In bytes.
        left: How often there was none.
    """

    size: int
    left: int = 0

    def takes(self, html: str) -> bool:
        """Whether there was space for a piece more."""
        self.size -= len(html.encode())
        if self.size < 0:
            self.left += 1
        return self.size >= 0

    def fitting(self, html: Markup) -> Markup:
        """The piece where there was space for it, else nothing."""
        return html if self.takes(html) else own("")


@cache
def templates() -> Environment:
    """The templates, whose every text is made inert and escaped, and none is forgotten."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("driftcheck.reports", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"named": named, "short": _short, "hash": _content_hash}
    environment.globals |= {
        "because": because,
        "platform_texts": platform_texts,
        "became": BECAME,
        "about": ABOUT,
        "audit_verdicts": AUDIT_VERDICTS,
        "between": between,
        "changed_text": changed_text,
        "counted": counted,
        "space_of": Space,
        "graded_text": graded_text,
        "leaves_no_mark": LEAVES_NO_MARK,
        "moment_text": moment_text,
        "more_places": more_places,
        "not_covered": NOT_COVERED,
        "policy_text": policy_text,
        "operation_text": operation_text,
        "seen_text": seen_text,
        "short_digest": short_digest,
        "source_text": source_text,
        "symbols": SYMBOLS,
        "value_text": value_text,
        "verdicts": VERDICTS,
        "window_text": window_text,
        "witness_counts": witness_counts,
    }
    return environment


def _harmless(value: Any) -> Any:
    """Whatever a template shows: no text of it hides, steers or fills the page."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return clipped(value, _LONGEST_TEXT)
    return value


def _short(text: str) -> str:
    return clipped(text, _LONGEST_NAME)


def named(text: str) -> Markup:
    """A name from outside, which can't turn the direction of what stands around it."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(_short(text))


@cache
def asset(name: str) -> Markup:
    return own(files("driftcheck.reports").joinpath("html", name).read_text(encoding="utf-8"))


def own(html: str) -> Markup:
    """What a template or a file of ours made, which is not escaped again."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - nothing else comes here


def _content_hash(text: str) -> str:
    """What a Content-Security-Policy allows an element by.

    https://www.w3.org/TR/CSP3/#grammardef-hash-source.
    """
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
