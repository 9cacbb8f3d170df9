"""Calico's selectors: whether an expression picks what has these labels.

https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy#selector
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORD = re.compile(
    r"""\s*(?:(?P<sign>\|\||&&|==|!=|[!(){},])|(?P<text>"[^"]*"|'[^']*')|(?P<word>[\w./-]+))"""
)


class _UnreadableError(Exception):
    """An expression that is none, or one of a sort that is not known here."""


def picks(expression: str, labels: Mapping[str, str]) -> bool:
    """Whether an expression picks these labels; one that can't be read may."""
    if not expression.strip():
        return True
    try:
        return _Reader(_words(expression), labels).whole()
    except (_UnreadableError, RecursionError):
        return True


def _words(expression: str) -> list[str]:
    words: list[str] = []
    place = 0
    expression = expression.rstrip()
    while place < len(expression):
        found = _WORD.match(expression, place)
        if not found:
            raise _UnreadableError
        words.append(found[0].strip())
        place = found.end()
    return words


class _Reader:
    """Reads an expression word by word, the weakest sign first."""

    def __init__(self, words: list[str], labels: Mapping[str, str]) -> None:
        self._words = words[::-1]
        self._labels = labels

    def whole(self) -> bool:
        found = self._any()
        if self._words:
            raise _UnreadableError
        return found

    def _any(self) -> bool:
        found = self._all()
        while self._is_next("||"):
            found = self._all() or found
        return found

    def _all(self) -> bool:
        found = self._one()
        while self._is_next("&&"):
            found = self._one() and found
        return found

    def _one(self) -> bool:
        if self._is_next("!"):
            return not self._one()
        if self._is_next("("):
            found = self._any()
            self._expect(")")
            return found
        word = self._next()
        if self._is_next("("):
            return self._called(word)
        return self._compared(self._labels.get(word))

    def _called(self, function: str) -> bool:
        """`all()`, `global()` for what stands in no namespace, and `has(label)`."""
        if function in ("all", "global"):
            self._expect(")")
            return function == "all"
        if function == "has":
            found = self._next() in self._labels
            self._expect(")")
            return found
        raise _UnreadableError

    def _compared(self, value: str | None) -> bool:
        match self._next():
            case "==":
                return value == self._text()
            case "!=":
                return value != self._text()
            case "contains":
                return self._text() in (value or "")
            case "starts":
                self._expect("with")
                return value is not None and value.startswith(self._text())
            case "ends":
                self._expect("with")
                return value is not None and value.endswith(self._text())
            case "in":
                return value in self._texts()
            case "not":
                self._expect("in")
                return value not in self._texts()
        raise _UnreadableError

    def _texts(self) -> list[str]:
        self._expect("{")
        texts = [self._text()]
        while self._is_next(","):
            texts.append(self._text())
        self._expect("}")
        return texts

    def _text(self) -> str:
        word = self._next()
        if word[:1] not in "\"'":
            raise _UnreadableError
        return word[1:-1]

    def _next(self) -> str:
        if not self._words:
            raise _UnreadableError
        return self._words.pop()

    def _is_next(self, word: str) -> bool:
        if self._words and self._words[-1] == word:
            self._words.pop()
            return True
        return False

    def _expect(self, word: str) -> None:
        if self._next() != word:
            raise _UnreadableError
