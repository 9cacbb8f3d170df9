"""Where the value of a Secret is repeated, in whatever form, inside another text."""

from __future__ import annotations

import base64
import binascii
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice, takewhile
from typing import Any
from urllib.parse import unquote, unquote_plus

from attrs import frozen

_SHORTEST = 4
_SURE = 8
"""Characters from which on no value stands in a text by chance."""

_ENOUGH = 64
"""Characters of a longer value that say that it is the one."""

_DEEPEST = 4
"""Encodings around each other that are looked into: base64 of JSON in base64."""

_LONGEST = 8_000
_MOST_READINGS = 200
"""Of a longer text, or one that can be read in more ways, nobody can say what it repeats."""

_SEPARATORS = re.compile(r"[\s\"'`,;:=&?@/|<>()\[\]{}\\]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-](?:[A-Za-z0-9+/_-]|\s|\\n|\\r){4,}")
_LINE_BREAKS = re.compile(r"\s|\\n|\\r")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:]?){4,}")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_USER_INFO = re.compile(r"://[^/?#\s:@]*:([^/?#\s]+)@")
_LOGIN = re.compile(r"[^\s:/]+:([^\s/].*)")
_PACKED = "\x1f\ufffd"
"""How gzip begins, read as text: https://www.rfc-editor.org/rfc/rfc1952."""


@frozen
class Traces:
    """What gives values away.

    Args:
        sure: Beginnings of values that stand nowhere by chance, sorted.
        starts: How those begin.
        short: Shorter values, which say something only as words of their own.
    """

    sure: tuple[str, ...]
    starts: frozenset[str]
    short: frozenset[str]

    @classmethod
    def of(cls, values: Iterable[bytes]) -> Traces:
        """What gives these values away, whole or in parts."""
        texts = {text for value in values for text in _parts(value)}
        sure = {text[:_ENOUGH] for text in texts if len(text) >= _SURE}
        return cls(
            sure=tuple(sorted(sure)),
            starts=frozenset(text[:_SURE] for text in sure),
            short=frozenset(text for text in texts if _SHORTEST <= len(text) < _SURE),
        )

    def are_in(self, text: str) -> bool:
        """Whether a text repeats a value, as it is or encoded, or hides what it says."""
        if len(text) > _LONGEST:
            return True
        encoded = list(islice(_decoded(text, _DEEPEST), _MOST_READINGS))
        return (
            len(encoded) == _MOST_READINGS
            or any(map(self._are_plainly_in, chain([text], _unescaped(text))))
            or any(map(self._are_encoded_in, encoded))
        )

    def _are_plainly_in(self, text: str) -> bool:
        return self._has_sure_one(text) or any(map(_is_peculiar, self.short & _words(text)))

    def _are_encoded_in(self, text: str) -> bool:
        """Nobody encodes a word by chance, nor packs what may be read."""
        return (
            text.startswith(_PACKED) or self._has_sure_one(text) or bool(self.short & _words(text))
        )

    def _has_sure_one(self, text: str) -> bool:
        return any(
            text[start : start + _SURE] in self.starts
            and self._begins(text[start : start + _ENOUGH])
            for start in range(len(text) - _SURE + 1)
        )

    def _begins(self, text: str) -> bool:
        """Whether this begins with one of them: with the nearest before it, or a shorter one."""
        while text:
            place = bisect_right(self.sure, text)
            nearest = self.sure[place - 1] if place else ""
            if nearest and text.startswith(nearest):
                return True
            text = text[: _shared(nearest, text)]
        return False


def _shared(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _words(text: str) -> set[str]:
    return {text, text.strip(), *text.split(), *_SEPARATORS.split(text)}


def _is_peculiar(word: str) -> bool:
    """Whether nobody writes this but as a password: no name, no number and no version."""
    return bool(re.search(r"[^\W\d_]", word)) and not re.fullmatch(r"[^\W\d_]+|v\d[\w.]*", word)


def _parts(value: bytes) -> Iterator[str]:
    """A value, and what is in it that is a secret for itself.

    Of JSON, such as a Docker configuration, every text; of `user:password` the password; of a
    longer text every line.
    https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
    """
    text = value.decode(errors="replace")
    yield text
    yield from _lines(text)
    yield from _passwords(text)
    for inside in _texts(_json(text)):
        yield from (inside, *_lines(inside), *_passwords(inside))
        for login in _from_base64(inside):
            yield from _passwords(login)


def _lines(text: str) -> Iterator[str]:
    yield from (line.strip() for line in text.splitlines() if not line.startswith("-----"))


def _passwords(text: str) -> Iterator[str]:
    yield from _USER_INFO.findall(text)
    if login := _LOGIN.fullmatch(text.strip()):
        yield login[1]


def _json(text: str) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def _texts(node: Any) -> Iterator[str]:
    pending = [node]
    while pending:
        found = pending.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            pending += found.values()
        elif isinstance(found, list):
            pending += found


def _decoded(text: str, depth: int) -> Iterator[str]:
    """What a text says once it is decoded, in all ways and again."""
    if not depth:
        return
    for plain in (text, *_unescaped(text)):
        for found in {*_from_base64(plain), *_from_hex(plain)}:
            yield found
            yield from _unescaped(found)
            yield from _decoded(found, depth - 1)


def _unescaped(text: str) -> Iterator[str]:
    """The text without the escapes of JSON, which may stand in each other, and of addresses."""
    if "%" in text:
        yield unquote(text)
        yield unquote_plus(text)
    for _ in range(_DEEPEST):
        if "\\" not in text:
            return
        text = _ESCAPE.sub(_character, text)
        yield text


def _character(escape: re.Match[str]) -> str:
    number = escape[1] or escape[2]
    return chr(int(number, 16)) if number else _ESCAPED.get(escape[3], escape[3])


def _from_base64(text: str) -> Iterator[str]:
    """What stands in base64 of any alphabet, with or without padding, in one line or many.

    https://www.rfc-editor.org/rfc/rfc4648
    """
    for run in _BASE64.findall(text):
        for word in {_LINE_BREAKS.sub("", run), *_LINE_BREAKS.split(run)}:
            if word == word.lower():
                continue
            whole = len(word) // 4 * 4 if len(word) % 4 == 1 else len(word)
            padded = word[:whole].replace("-", "+").replace("_", "/") + "=" * (-whole % 4)
            with suppress(binascii.Error):
                yield base64.b64decode(padded).decode(errors="replace")


def _from_hex(text: str) -> Iterator[str]:
    for run in _HEX.findall(text):
        yield bytes.fromhex(re.sub(r"[\s:]", "", run)).decode(errors="replace")
