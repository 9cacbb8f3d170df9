"""What shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class Shown:
    """A value that notebooks show as a report; `pipeline` says how, since a value knows none."""

    __slots__ = ()

    _repr_html_: ClassVar[Callable[[Any], str]]
    """What shows it in a page; https://ipython.readthedocs.io/en/stable/config/integrating.html."""

    _repr_mimebundle_: ClassVar[Callable[..., dict[str, str]]]
    """The same in every form there is, by media type."""
