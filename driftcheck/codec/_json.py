"""JSON for people, for `git diff`, and for the logs that it may be printed in."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

_NOT_PLAIN = re.compile(r"[^\x00-\x7e]")
LOG_COMMAND = re.compile(r"##(?=\w*\[)")
"""How a command begins in a pipeline's log, anywhere in a line: `##[`, `##vso[`, `##teamcity[`."""


def indented_json(content: Any) -> str:
    """Write plain values as JSON, indented, with a newline at its end, and inert.

    Half a character (a lone surrogate), which UTF-8 has no way to write, is written as an
    escape: a backslash, u, and its number.
    """
    try:
        encoded = msgspec.json.encode(content)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_encodable(msgspec.to_builtins(content)))
    return inert_json(msgspec.json.format(encoded, indent=2).decode()) + "\n"


def inert_json(text: str) -> str:
    """JSON that means the same, with everything in its strings that hides or steers as escapes.

    Such as marks of direction, a terminal's controls, and the commands of a pipeline's log.
    """
    text = LOG_COMMAND.sub(r"#\\u0023", text)
    return text if text.isascii() and "\x7f" not in text else _NOT_PLAIN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list | tuple) else value
