"""How values show themselves in notebooks."""

from __future__ import annotations

from collections.abc import Iterable

from driftcheck.model import Shown
from driftcheck.reports import HTML, views


def notebook_forms(
    value: Shown, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
) -> dict[str, str]:
    """The value in each form that is asked for, by media type."""
    forms = views(value)
    wanted = forms.keys() if include is None else set(include)
    return {form: forms[form]() for form in forms if form in wanted - set(exclude or ())}


def notebook_html(value: Shown) -> str:
    """The value as a part of a page."""
    return views(value)[HTML]()
