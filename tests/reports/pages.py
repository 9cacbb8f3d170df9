"""HTML pages as a parser of the standard library sees them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Self

VOID = {"br", "input", "link", "meta"}


class Page(HTMLParser):
    """What stands on a page: its elements, and its text in order."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.pieces: list[str] = []
        self.contents: dict[str, str] = {}
        self.headings: list[str] = []
        self._open: list[str] = []

    @classmethod
    def of(cls, html: str) -> Self:
        page = cls()
        page.feed(html)
        page.close()
        assert page._open == [], "every element is closed"
        return page

    @property
    def text(self) -> str:
        """The text as it is read, with single spaces."""
        return " ".join("".join(self.pieces).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes what is open"

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in ("style", "script"):
            self.contents[inside] = data
            return
        self.pieces.append(data)
        if inside in ("h1", "h2"):
            self.headings.append(data.strip())
