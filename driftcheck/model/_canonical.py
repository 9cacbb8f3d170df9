"""The canonical form `driftcheck.canonical/v1`: of equal JSON the same bytes, everywhere, for ever.

It is RFC 8785 wherever that says anything: keys by their UTF-16 code units, numbers as ECMAScript
writes them, no white space, UTF-8. Integers beyond 53 bits, which RFC 8785 leaves out since
JavaScript rounds them, are written with all their digits.
https://www.rfc-editor.org/rfc/rfc8785
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

CANONICAL_FORM = "driftcheck.canonical/v1"

_PLAIN_EXPONENTS = range(-6, 21)
"""Of which powers of ten ECMAScript writes all the zeros: `Number::toString`."""


def canonical_json(value: Any) -> bytes:
    """Plain JSON in its canonical form.

    Args:
        value: Maps with keys of text, lists, texts, numbers, booleans and None.

    Returns:
        The bytes.

    Raises:
        ValueError: A number is not finite, or a text is half of a character.
    """
    return "".join(_pieces(value)).encode()


def canonical_number(number: float) -> str:
    """A float as ECMAScript writes it: the shortest digits that are read as the same again.

    https://tc39.es/ecma262/#sec-numeric-types-number-tostring

    Raises:
        ValueError: It is not finite.
    """
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number of JSON")
    sign, shortest, power = Decimal(repr(number)).normalize().as_tuple()
    digits = "".join(map(str, shortest))
    exponent = len(digits) - 1 + int(power)
    if digits == "0":
        return "0"
    return f"{'-' * sign}{_placed(digits, exponent)}"


def _placed(digits: str, exponent: int) -> str:
    """Significant digits, of which the first counts powers of ten."""
    if exponent not in _PLAIN_EXPONENTS:
        fraction = f".{digits[1:]}" if digits[1:] else ""
        return f"{digits[0]}{fraction}e{exponent:+d}"
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    fraction = digits[exponent + 1 :]
    return f"{whole}.{fraction}" if fraction else whole


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for number, key in enumerate(sorted(value, key=_utf16)):
            yield f"{',' if number else '{'}{_text(key)}:"
            yield from _pieces(value[key])
        yield "}" if value else "{}"
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield "," if number else "["
            yield from _pieces(item)
        yield "]" if value else "[]"
    elif isinstance(value, float):
        yield canonical_number(value)
    else:
        yield _text(value)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
