"""What shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Iterable

from driftcheck.model._deeds import deed


class Shown:
    """A value that notebooks show as a report."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """The value as a part of a page.

        https://ipython.readthedocs.io/en/stable/config/integrating.html
        """
        page: str = deed("notebook_html")(self)
        return page

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        """The same in every form there is, by media type."""
        forms: dict[str, str] = deed("notebook_forms")(self, include, exclude)
        return forms
