"""JSON that means one thing to every reader, or is refused."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from driftcheck.codec._limits import TOO_DEEP, TOO_MANY, has_too_many_values, is_too_deep


def strict_json(data: bytes) -> Any:
    """Read JSON of which no reader could make something else.

    Args:
        data: UTF-8, with nothing before and nothing behind it.

    Returns:
        What stands in it.

    Raises:
        ValueError: It is no JSON, has a key twice, a number that is none, or half a character,
            or is larger than anything that we write.
    """
    if has_too_many_values(data):
        raise ValueError(TOO_MANY)
    try:
        text = data.decode()
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError:
        raise ValueError("it is not JSON, or is cut off") from None
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if is_too_deep(value):
        raise ValueError(TOO_DEEP)
    _check_characters(value)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError("a number in it is none")


def _check_characters(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half of a character stands in it") from None
