"""Strings that differ: compared inside where they hold a document, else as they are."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import evolve

from driftcheck.codec import is_too_deep, yaml_as_written, yaml_documents
from driftcheck.comparison._selfcheck import explains
from driftcheck.comparison._sides import Places, Sides
from driftcheck.comparison._untyped import untyped_places
from driftcheck.errors import ManifestError
from driftcheck.model import Field, FieldPath, Node, same

FORMATTING_ONLY = "formatting only"
TRAILING_NEWLINE = "differs only by a trailing newline"
_ROUNDED = re.compile(r"(?<!\w)(?:[0-9]*\.)?[0-9]{16,}+(?!\w)")
"""A number with more digits than reading it as YAML keeps."""
_PROPERTY = re.compile(r"((?:[^\s:=\\]|\\.)++)\s*+[:=](.*)")
_GAP = re.compile(r"[^\S\n]{100}")
"""More white space inside a line than anybody writes: `configparser` takes its square in time."""
_MOST_DOTS = 1_000
"""In a line of TOML: `tomllib` takes the square of a dotted key's length in time."""


def text_places(sides: Sides) -> Places:
    """Where strings differ: inside the documents they hold, if they all hold one."""
    documents = {name: document_in(text, sides.path) for name, text in sides.nodes.items()}
    if any(document is None for document in documents.values()):
        yield sides.place(note=_note(list(sides.nodes.values())))
        return
    parsed = evolve(sides, nodes=documents)
    inside = list(untyped_places(parsed))
    if not explains(inside, parsed):
        yield sides.place()
    elif not inside:
        yield sides.place(note=FORMATTING_ONLY if _are_one(sides) else None)
    else:
        yield from (evolve(place, root=sides) for place in inside)


def document_in(text: str, path: FieldPath) -> Node | None:
    """The map or list that a string at a path holds; None where it holds neither.

    One that is too deep to be walked is a text like any other.
    """
    found = _parser(path)(text)
    return None if is_too_deep(found) else found


def _are_one(sides: Sides) -> bool:
    """Whether the documents are the same also for those who tell dates and words from texts."""
    read = _parser(sides.path, _STRICT)
    first, *others = map(read, sides.nodes.values())
    return first is not None and all(same(first, other) for other in others)


def _note(texts: list[str]) -> str | None:
    if len({text.removesuffix("\n") for text in texts}) == 1:
        return TRAILING_NEWLINE
    return None


Parser = Callable[[str], Node | None]
"""Gives the map or list that a text holds; None where it holds neither."""


def _json_or_yaml(text: str) -> Node | None:
    """On one line only JSON: `{a="b"}` and `[a-z]` are no documents."""
    if text.lstrip().startswith(("{", "[")):
        found = _json(text)
        if found is not None:
            return found
    if "\n" not in text.strip() or _ROUNDED.search(text):
        return None
    document = _only(lambda: yaml_as_written(text))
    is_set = isinstance(document, dict) and all(value is None for value in document.values())
    return None if is_set and text.lstrip().startswith("{") else document


def _as_kubectl_reads(text: str) -> Node | None:
    return _only(lambda: yaml_documents(text.encode(), source="a value"))


def _only(read: Callable[[], list[Node]]) -> Node | None:
    """The map or list that a text is; None where it is anything else, or several."""
    try:
        documents = read()
    except ManifestError:
        return None
    if len(documents) == 1 and isinstance(documents[0], dict | list):
        return documents[0]
    return None


def _json(text: str) -> Node | None:
    """With numbers as exact as they are written; not where a key stands twice.

    https://www.rfc-editor.org/rfc/rfc8259
    """
    try:
        found: Node = json.loads(
            text, parse_float=_exact, parse_constant=_refuse, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError):
        return None
    return found


def _exact(digits: str) -> float | str:
    """A float where it is the very number that was written; else its digits."""
    number = float(digits)
    try:
        return number if Decimal(repr(number)) == Decimal(digits) else digits
    except InvalidOperation:  # an exponent that not even a Decimal has
        return digits


def _refuse(constant: str) -> Node:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Node]]) -> dict[str, Node]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _toml(text: str) -> Node | None:
    """https://toml.io; its dates and times as text."""
    return _toml_with(text, str)


def _toml_with_dates(text: str) -> Node | None:
    """The same, with dates and times that are no text."""
    return _toml_with(text, lambda moment: [type(moment).__name__, str(moment)])


def _toml_with(text: str, date: Callable[[Any], Node]) -> Node | None:
    """`tomllib` leaves endless digits, and days that there are not, to what raises ValueError."""
    if any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
        return None
    try:
        parsed = tomllib.loads(text, parse_float=_exact)
        found: Node = json.loads(json.dumps(parsed, default=date))
    except (ValueError, RecursionError):
        return None
    return found


def _ini(text: str) -> Node | None:
    """Sections of options, as `configparser` reads them, with nothing interpolated.

    It stumbles over a line that goes on where nothing was begun (python/cpython#107625).
    """
    if _GAP.search(text):
        return None
    parser = configparser.RawConfigParser(
        allow_no_value=True, default_section="", delimiters=("=",), empty_lines_in_values=False
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except (configparser.Error, AttributeError):
        return None
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _properties(text: str) -> Node | None:
    """Lines of `key=value` or `key: value`, as Java's Properties and env files have them."""
    found: dict[str, Node] = {}
    for line in text.replace("\\\n", "").splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "!")):
            continue
        matched = _PROPERTY.fullmatch(line.strip())
        if not matched or matched[1] in found:
            return None
        found[matched[1]] = matched[2].strip()
    return found


_PARSERS: dict[str, Parser] = {
    "": _json_or_yaml,
    ".env": _properties,
    ".ini": _ini,
    ".properties": _properties,
    ".toml": _toml,
}
"""By the end of the key that the text stands under; any other may be JSON or YAML."""

_STRICT = {**_PARSERS, "": _as_kubectl_reads, ".toml": _toml_with_dates}
"""The same, telling apart what is read as one text."""


def _parser(path: FieldPath, parsers: Mapping[str, Parser] = _PARSERS) -> Parser:
    last = path[-1] if path else None
    name = last.name if isinstance(last, Field) else ""
    _, dot, suffix = name.rpartition(".")
    return parsers.get(f"{dot}{suffix}", parsers[""])
