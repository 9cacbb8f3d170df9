"""YAML as kubectl reads it.

kubectl turns YAML into JSON with `sigs.k8s.io/yaml`, which rests on go-yaml v2
and resolves scalars by rules of its own. A reader that follows other rules sees
another object than the cluster does, so the rules here are theirs.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

import msgspec
import yaml

from driftcheck.codec._limits import MAX_DEPTH, TOO_DEEP, is_too_deep
from driftcheck.codec._pieces import pieces
from driftcheck.errors import ManifestError

MAX_SIZE = 64 * 1024 * 1024
"""How many bytes one file may have."""

_MAX_ALIASED = 16 * 1024 * 1024
_NODE_WEIGHT = 16
"""What a node counts beside its text, so that many empty nodes weigh something too."""

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_INTEGER = re.compile(
    r"[-+]?(?:0[xX](?P<hexadecimal>[0-9a-fA-F]+)|0[bB](?P<binary>[01]+)"
    r"|0[oO]?(?P<octal>[0-7]+)|(?P<decimal>0|[1-9][0-9]*))"
)
_BASES = {"hexadecimal": 16, "binary": 2, "octal": 8, "decimal": 10}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_INTEGER = 100
_MIN_INT64, _MAX_INT64, _MAX_UINT64 = -(2**63), 2**63 - 1, 2**64 - 1
_FIRST_IN_EXPONENT_FORM = 1e21
_SMALLEST_PLAIN_EXPONENT, _LARGEST_PLAIN_EXPONENT = -4, 5
_ENOUGH_DIGITS = 9
"""Every single precision number is told apart by so many digits."""

_TAG = "tag:yaml.org,2002:"
_BINARY = f"{_TAG}binary"
_MERGE = f"{_TAG}merge"
_TYPES_OF_TAGS: dict[str, tuple[type, ...]] = {
    f"{_TAG}bool": (bool,),
    f"{_TAG}int": (int,),
    f"{_TAG}float": (int, float),
    f"{_TAG}null": (type(None),),
}

_UNTAGGED = (None, "!", f"{_TAG}str", f"{_TAG}map", f"{_TAG}seq", *_TYPES_OF_TAGS)
"""The tags that say no more than the value they stand before."""
_WORDS_OF_ALL = frozenset(
    {"true", "True", "TRUE", "false", "False", "FALSE", "", "~", "null", "Null", "NULL"}
)
_NUMBER_OF_ALL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
"""What YAML 1.1 and 1.2 read alike; `on`, `0755` and `1_000` they do not.

https://yaml.org/spec/1.2.2/ext/changes/
"""

_SOMETHING = re.compile(r"[^ \t\r\n]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")

_EXPLANATIONS = (
    ("cannot start any token", "a character that cannot stand here, often a tab as indentation"),
    (
        "mapping values are not allowed",
        "a colon too many: quote the value, or indent the line less",
    ),
    ("find expected key", "the indentation does not fit the lines above, or a quote is missing"),
    ("expected <block end>", "the indentation does not fit the lines above, or a quote is missing"),
    ("find expected ':'", "a key without a colon, or the line belongs to a text above"),
    ("unexpected end of stream", "the text ends in the middle of a quoted string"),
    ("',' or", "a comma or a closing bracket is missing"),
    ("escape", "an escape sequence that YAML does not have"),
    ("character", "a character that YAML does not allow"),
    ("document start", "something stands between two documents"),
)


class LocatedDocument(NamedTuple):
    """One document of a file, and the line it begins at."""

    line: int
    value: Any


class ReadPiece(NamedTuple):
    """What stands in a piece of a text, and how much of it aliases stand for."""

    documents: list[LocatedDocument]
    aliased: int


KnownTexts = dict[str, ReadPiece]
"""The pieces that were read already; nobody changes what stands in them."""


def yaml_documents(data: bytes, *, source: str) -> list[Any]:
    """Read every document of a YAML or JSON text the way kubectl does.

    Args:
        data: The text, in UTF-8, or in UTF-16 with a byte order mark.
        source: What to call the text in errors.

    Returns:
        The documents as plain JSON values, without the empty ones.

    Raises:
        ManifestError: The text is not YAML, has a key twice, or is too large.
    """
    return [document.value for document in located_documents(data, source=source)]


def yaml_as_written(text: str) -> list[Any]:
    """Read every document of a text whose reader nobody knows.

    A tag that means something stands around its value, `{"!Ref": "Api"}` for `!Ref Api`; what
    versions of YAML read differently is the text that is written, and so is every key.

    Raises:
        ManifestError: The text is not YAML, has a key twice, or is too large.
    """
    documents = _yaml_documents(text, "a value", _AsWritten)
    return [document.value for document in documents]


def located_documents(
    data: bytes, *, source: str, known: KnownTexts | None = None
) -> list[LocatedDocument]:
    """Read every document as `yaml_documents` does, and say where each begins.

    Args:
        data: The text.
        source: What to call it in errors.
        known: What was read of other files, to which this one's documents are added; None reads
            every document.

    Raises:
        ManifestError: The text is not YAML, has a key twice, or is too large.
    """
    if len(data) > MAX_SIZE:
        raise ManifestError(
            f"{source}: larger than {MAX_SIZE // 2**20} MiB",
            hint="split the file, or give a folder of smaller ones",
        )
    text = _text(data, source)
    if text.lstrip()[:1] in ("{", "["):
        documents = _json_documents(text, source)
        if documents is not None:
            return documents
    return _yaml_documents(text, source) if known is None else _in_pieces(text, source, known)


def _in_pieces(text: str, source: str, known: KnownTexts) -> list[LocatedDocument]:
    """The documents of a text, of which each that is known is not read again.

    What is wrong with a piece is said of the whole text, with the right line.
    """
    documents: list[LocatedDocument] = []
    aliased = 0
    for line, piece in pieces(text):
        try:
            read = known[piece] if piece in known else known.setdefault(piece, _read(piece, source))
        except ManifestError:
            return _yaml_documents(text, source)
        documents += [LocatedDocument(line + each.line, each.value) for each in read.documents]
        aliased += read.aliased
    return documents if aliased <= _MAX_ALIASED else _yaml_documents(text, source)


def _text(data: bytes, source: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ManifestError(
            f"{source}: line {line}: the text is not in UTF-8",
            hint="save the file in UTF-8",
        ) from None


class _NotJsonError(Exception):
    """The text is not strict JSON; it may be YAML."""


def _json_documents(text: str, source: str) -> list[LocatedDocument] | None:
    """The JSON values that follow one another in the text; None where it is not JSON.

    A key that stands twice is left to the YAML parser, which knows its line.
    """
    try:
        documents = list(_json_values(text, source))
        if _SURROGATE_ESCAPE.search(text):
            for document in documents:
                msgspec.json.encode(document.value)
    except (ValueError, _NotJsonError):
        return None
    except RecursionError:
        raise _depth_refusal(source, 1) from None
    for document in documents:
        if is_too_deep(document.value):
            raise _depth_refusal(source, document.line)
    return documents


def _json_values(text: str, source: str) -> Iterator[LocatedDocument]:
    def refuse_constant(_: str) -> NoReturn:
        raise ManifestError(
            f"{source}: NaN or Infinity, which JSON does not have",
            hint="Kubernetes takes finite numbers only",
        )

    def integer(digits: str) -> int | float:
        if len(digits) <= _LONGEST_INTEGER:
            return _as_go_prints(int(digits))
        return fraction(digits)

    def fraction(digits: str) -> int | float:
        number = float(digits)
        if math.isinf(number):
            raise ManifestError(
                f"{source}: a number that is larger than any float of 64 bits",
                hint="Kubernetes refuses it: put it in quotes if a text is meant",
            )
        return _as_go_prints(number)

    decoder = json.JSONDecoder(
        object_pairs_hook=_without_duplicates,
        parse_int=integer,
        parse_float=fraction,
        parse_constant=refuse_constant,
    )
    line, end = 1, 0
    while start := _SOMETHING.search(text, end):
        line += text.count("\n", end, start.start())
        value, end = decoder.raw_decode(text, start.start())
        if value is not None:
            yield LocatedDocument(line, value)
        line += text.count("\n", start.start(), end)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _NotJsonError
    return mapping


def _depth_refusal(source: str, line: int) -> ManifestError:
    return ManifestError(
        f"{source}: line {line}: {TOO_DEEP}",
        hint="no Kubernetes object is that deep: is this the right file?",
    )


def _yaml_documents(
    text: str, source: str, composer: type[_Composer] | None = None
) -> list[LocatedDocument]:
    return _read(text, source, composer).documents


def _read(text: str, source: str, composer: type[_Composer] | None = None) -> ReadPiece:
    try:
        parser = _Parser(text)
        try:
            composing = (composer or _Composer)(parser, source)
            return ReadPiece(list(composing.documents()), composing.aliased)
        finally:
            parser.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _broken(source, line, str(error.problem), text) from None
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise _broken(source, line, "character", text) from None


def _broken(source: str, line: int, problem: str, text: str) -> ManifestError:
    """The parser's complaint in words of our own: its own may quote the file."""
    said = next((ours for theirs, ours in _EXPLANATIONS if theirs in problem), "")
    hint = (
        "it looks like a template: render it first (`helm template`), then compare what comes out"
        if "{{" in text
        else "the mistake is on that line or just above it"
    )
    return ManifestError(
        f"{source}: line {line}: not valid YAML{': ' if said else ''}{said}", hint=hint
    )


class _Composer:
    """Builds values from a parser's events, and weighs what aliases multiply."""

    def __init__(self, parser: Any, source: str) -> None:
        self._next = parser.get_event
        self._source = source
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._weight = 0
        self.aliased = 0
        """How much aliases stand for."""

    def documents(self) -> Iterator[LocatedDocument]:
        """Every document that is not empty."""
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
                first = self._next()
                value = self._value(first, 0)
                if value is not None:
                    yield LocatedDocument(first.start_mark.line + 1, value)

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._referenced(event)
        if depth > MAX_DEPTH:
            raise _depth_refusal(self._source, event.start_mark.line + 1)
        before = self._weight
        self._weight += _NODE_WEIGHT
        self._anchors.pop(event.anchor, None)
        value = self._composed(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._weight - before)
        return value

    def _composed(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._weight += len(event.value)
            return self._scalar(event)
        return self._mapping(depth) if kind is yaml.MappingStartEvent else self._sequence(depth)

    def _referenced(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise self._refusal(
                event,
                "an alias (*name) without a finished anchor (&name) above it",
                hint="an anchor ends with its document, and cannot hold itself",
            )
        value, weight = self._anchors[event.anchor]
        self._weight += weight
        self.aliased += weight
        if self.aliased > _MAX_ALIASED:
            raise self._refusal(
                event,
                "aliases multiply the text beyond any use (a YAML bomb)",
                hint="write the values out, or leave the file out",
            )
        return value

    def _sequence(self, depth: int) -> list[Any]:
        items = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        written: set[str] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if _is_merge(event):
                mapping.update(self._merged(event, depth))
                continue
            key = self._key(event)
            if key in written:
                raise self._refusal(
                    event,
                    "a key that stands twice in the same map",
                    hint="keep one of the two: kubectl quietly takes the last",
                )
            written.add(key)
            self._weight += _NODE_WEIGHT + len(key)
            mapping[key] = self._value(self._next(), depth + 1)
        return mapping

    def _merged(self, key: Any, depth: int) -> dict[str, Any]:
        """What `<<` brings in; of several maps the first to have a key wins."""
        value = self._value(self._next(), depth + 1)
        mappings = value if isinstance(value, list) else [value]
        merged: dict[str, Any] = {}
        for mapping in reversed(mappings):
            if not isinstance(mapping, dict):
                raise self._refusal(
                    key,
                    "`<<` with something that is not a map",
                    hint="`<<` takes an alias to a map, or a list of them",
                )
            merged.update(mapping)
        return merged

    def _key(self, event: Any) -> str:
        """A key as the text that `sigs.k8s.io/yaml` makes of it."""
        key = self._key_value(event)
        if isinstance(key, str):
            return key
        if isinstance(key, bool):
            return "true" if key else "false"
        if isinstance(key, int):
            return str(key)
        if isinstance(key, float):
            return _as_go_writes_keys(key)
        raise self._refusal(
            event,
            "a key that is empty, a map or a list",
            hint="`{{ }}` of a template is read so: render it first; other keys want quotes",
        )

    def _key_value(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._referenced(event)
        if not isinstance(event, yaml.ScalarEvent):
            return None
        key = self._resolve(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (key, _NODE_WEIGHT + len(event.value))
        return key

    def _scalar(self, event: Any) -> Any:
        value = self._resolve(event)
        if value is None or isinstance(value, (str, bool)):
            return value
        return _as_go_prints(value)

    def _resolve(self, event: Any) -> Any:
        is_plain, is_quoted = event.implicit
        text: str = event.value
        if is_plain:
            return self._finite(event, _resolved(text))
        if is_quoted:
            return self._encodable(event, text)
        if event.tag == _BINARY:
            return self._decoded(event)
        if event.tag not in _TYPES_OF_TAGS:
            return self._encodable(event, text)
        value = self._finite(event, _resolved(text))
        if type(value) not in _TYPES_OF_TAGS[event.tag]:
            raise self._refusal(
                event,
                "a value that is not what its tag (!!int, !!bool, ...) says",
                hint="leave the tag out",
            )
        return value

    def _finite(self, event: Any, value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            raise self._refusal(
                event,
                ".inf or .nan, which JSON does not have",
                hint="put it in quotes if a text is meant",
            )
        return value

    def _encodable(self, event: Any, text: str) -> str:
        try:
            text.isascii() or text.encode()
        except UnicodeEncodeError:
            raise self._refusal(
                event,
                "an escape sequence that is half of a character",
                hint="write the character itself",
            ) from None
        return text

    def _decoded(self, event: Any) -> str:
        try:
            return _base64_text(event.value)
        except ValueError:
            raise self._refusal(
                event,
                "a !!binary value that is not base64",
                hint="`base64 -w0` writes what is wanted here",
            ) from None

    def _refusal(self, event: Any, problem: str, *, hint: str) -> ManifestError:
        line = event.start_mark.line + 1
        return ManifestError(f"{self._source}: line {line}: {problem}", hint=hint)


class _AsWritten(_Composer):
    """Builds values in which nothing is taken for another than every reader of YAML takes it."""

    def _composed(self, event: Any, depth: int) -> Any:
        value = super()._composed(event, depth)
        return value if event.tag in _UNTAGGED else {event.tag.replace(_TAG, "!!"): value}

    def _key(self, event: Any) -> str:
        key = super()._key(event)
        return str(event.value) if isinstance(event, yaml.ScalarEvent) else key

    def _resolve(self, event: Any) -> Any:
        text: str = event.value
        is_read_alike = text in _WORDS_OF_ALL or _NUMBER_OF_ALL.fullmatch(text)
        if event.tag not in _UNTAGGED or (event.implicit[0] and not is_read_alike):
            return self._encodable(event, text)
        return super()._resolve(event)


def _is_merge(event: Any) -> bool:
    return (
        isinstance(event, yaml.ScalarEvent)
        and event.value == "<<"
        and (event.implicit[0] or event.tag == _MERGE)
    )


def _base64_text(text: str) -> str:
    data = base64.b64decode(text.replace("\n", ""), validate=True)
    return data.decode(errors="replace")


def _resolved(text: str) -> Any:
    """What a plain scalar means, by go-yaml v2's `resolve.go`."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    digits = text if text[0] == "." else text.replace("_", "")
    for number in (_integer(digits), _float(digits)):
        if number is not None:
            return number
    return text


def _integer(digits: str) -> int | None:
    """An integer of 64 bits, read as Go's `ParseInt` does; longer ones are floats."""
    match = _INTEGER.fullmatch(digits)
    if match is None or len(digits) > _LONGEST_INTEGER:
        return None
    name = str(match.lastgroup)
    number = int(match[name], _BASES[name])
    signed = -number if digits[0] == "-" else number
    return signed if _MIN_INT64 <= signed <= _MAX_UINT64 else None


def _float(digits: str) -> float | None:
    """A finite float; what is too large for one stays text."""
    if not _FLOAT.fullmatch(digits):
        return None
    number = float(digits)
    return number if math.isfinite(number) else None


def _as_go_prints(number: float) -> int | float:
    """The number as a JSON reader sees it after Go has read and printed it.

    Go reads an integer beyond 64 bits as a float, and prints a float without a
    fraction as an integer unless it is 1e21 or more: `encoding/json`, `floatEncoder`.
    """
    if isinstance(number, int) and _MIN_INT64 <= number <= _MAX_INT64:
        return number
    number = float(number)
    if number.is_integer() and abs(number) < _FIRST_IN_EXPONENT_FORM:
        return int(Decimal(repr(number)))
    return number


def _as_go_writes_keys(number: float) -> str:
    """`strconv.FormatFloat(number, 'g', -1, 32)`, by which sigs.k8s.io/yaml writes keys."""
    single = _single_precision(number)
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    shortest = next(
        text
        for text in (f"{single:.{digits}e}" for digits in range(_ENOUGH_DIGITS + 1))
        if _single_precision(float(text)) == single
    )
    if _SMALLEST_PLAIN_EXPONENT <= int(shortest.partition("e")[2]) <= _LARGEST_PLAIN_EXPONENT:
        return format(Decimal(shortest), "f")
    return shortest


def _single_precision(number: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)
