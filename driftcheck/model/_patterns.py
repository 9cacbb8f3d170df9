"""Which places a rule speaks of: paths as findings print them, with wildcards.

`[*]` is any item of a list, `*` in a name any letters, and `**` any steps or none.
`docs/paths.md` holds the grammar.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from fnmatch import translate

from attrs import frozen

from driftcheck.errors import UsageError
from driftcheck.model._paths import Field, FieldPath, Index, Item, Member, Scalar, Step

Reached = frozenset[int]
"""Where in a pattern the way to a place may have come; empty where it leads astray."""

_REST = "**"
_TEXT = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(
    rf"""(?P<rest>\*\*)
    |\[(?P<item>\*)\]
    |\[(?P<index>[0-9]+)\]
    |\[(?P<quoted>{_TEXT})\]
    |\[=(?P<member>{_TEXT}|[^\],"\s]+)\]
    |\[(?P<pairs>[^\s.\[\]/"',=*]+(?:\.[^\s.\[\]/"',=*]+)*=(?:{_TEXT}|[^\],"\s]*)
        (?:,[^\s\[\]/"',=*]+=(?:{_TEXT}|[^\],"\s]*))*)\]
    |(?P<name>(?:[^\s.\[\]/"',=*]|\*(?!\*))+)""",
    re.VERBOSE,
)
_PAIR = re.compile(rf'([^\s\[\]/"\',=*]+)=({_TEXT}|[^\],"\s]*)')


@frozen
class _Rest:
    """Any steps, or none."""


@frozen
class _AnyItem:
    """Any item of a list."""


@frozen
class _Name:
    """Any field whose name matches."""

    expression: re.Pattern[str]


_Element = Field | Item | Member | Index | _Rest | _AnyItem | _Name


@frozen
class PathPattern:
    """A path with wildcards.

    Args:
        text: As it was written.
        elements: The steps it is made of.
    """

    text: str
    elements: tuple[_Element, ...]

    def __str__(self) -> str:
        return self.text

    @property
    def start(self) -> Reached:
        """How far the way to the object itself comes."""
        return self._with_rests(0)

    @property
    def is_open(self) -> bool:
        """Whether it speaks of everything below a place, rather than of the place."""
        return bool(self.elements) and isinstance(self.elements[-1], _Rest)

    def after(self, reached: Reached, step: Step) -> Reached:
        """How far the way comes with one step more."""
        further: set[int] = set()
        for position in reached:
            if position < len(self.elements):
                element = self.elements[position]
                if isinstance(element, _Rest):
                    further |= self._with_rests(position)
                elif _leads(element, step):
                    further |= self._with_rests(position + 1)
        return frozenset(further)

    def ends(self, reached: Reached) -> bool:
        """Whether a way that came so far may end here."""
        return len(self.elements) in reached

    def matches(self, path: FieldPath) -> bool:
        """Whether it speaks of the place."""
        *_, reached = self._along(path)
        return self.ends(reached)

    def covers(self, path: FieldPath) -> bool:
        """Whether it speaks of the place, or of one that the place is in."""
        return any(map(self.ends, self._along(path)))

    def _along(self, path: FieldPath) -> Iterator[Reached]:
        """How far the way comes, step by step."""
        reached = self.start
        yield reached
        for step in path:
            reached = self.after(reached, step)
            yield reached
            if not reached:
                return

    def _with_rests(self, position: int) -> frozenset[int]:
        """A position, and those behind it that need no step."""
        found = {position}
        while position < len(self.elements) and isinstance(self.elements[position], _Rest):
            position += 1
            found.add(position)
        return frozenset(found)


def _leads(element: _Element, step: Step) -> bool:
    """Whether an element of a pattern stands for a step; a key left out may be anything."""
    if isinstance(step, Field):
        if isinstance(element, Field):
            return element.name == step.name
        return isinstance(element, _Name) and element.expression.fullmatch(step.name) is not None
    if isinstance(element, _AnyItem):
        return True
    if isinstance(element, Item) and isinstance(step, Item):
        told = {key: _said(value) for key, value in step.keys}
        return all(told.get(key) == value for key, value in element.keys)
    if isinstance(element, Member) and isinstance(step, Member):
        return element.value == _said(step.value)
    return element == step


def _said(value: Scalar) -> str:
    """A key's value without its quotes: a number and its digits are written alike."""
    return value if isinstance(value, str) else json.dumps(value)


def parse_pattern(text: str) -> PathPattern:
    """Read a path that may have wildcards.

    Args:
        text: Such as `spec.rules[*].host`, `spec.tls**` or `**[name=BUCKET].value`.

    Returns:
        The pattern.

    Raises:
        UsageError: It is not one.
    """
    return PathPattern(text, tuple(_elements(text)))


def parse_path(text: str) -> FieldPath:
    """Read a path as findings print it; the values of keys are text.

    Raises:
        UsageError: It is not a path, or has wildcards.
    """
    elements = tuple(_elements(text))
    steps = tuple(item for item in elements if isinstance(item, Field | Item | Member | Index))
    if len(steps) < len(elements):
        raise UsageError(f"{text!r} has wildcards", hint="write one path, as findings print it")
    return steps


def _elements(text: str) -> Iterator[_Element]:
    end = 0
    while end < len(text):
        start = end + (text[end] == "." and 0 < end < len(text) - 1)
        token = _TOKEN.match(text, start)
        if token is None or not _may_follow(token, end, start):
            raise UsageError(
                f"{text!r} is not a path: {text[end:]!r} is not understood",
                hint="write it as findings print it, with [*] for any item and ** for any rest",
            )
        yield _element(token)
        end = token.end()


def _may_follow(token: re.Match[str], end: int, start: int) -> bool:
    """Whether a token may stand behind what is before it: names after dots, brackets without."""
    if end == 0 or token.lastgroup == "rest":
        return True
    is_after_dot = start > end
    return is_after_dot is (token.lastgroup == "name")


def _element(token: re.Match[str]) -> _Element:
    kind, text = str(token.lastgroup), token[str(token.lastgroup)]
    if kind == "rest":
        return _Rest()
    if kind == "item":
        return _AnyItem()
    if kind == "index":
        return Index(int(text))
    if kind == "quoted":
        return Field(_unquoted(text))
    if kind == "member":
        return Member(_unquoted(text))
    if kind == "pairs":
        return Item(tuple((key, _unquoted(value)) for key, value in _pairs(text)))
    return _Name(re.compile(translate(_only_stars(text)))) if "*" in text else Field(text)


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    return _PAIR.findall(text)


def _only_stars(text: str) -> str:
    """Let nothing but a star stand for other letters."""
    return text.replace("?", "[?]")


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        raise UsageError(
            f"{text} is not a text as JSON writes it", hint="mind the quotes and backslashes"
        ) from None
