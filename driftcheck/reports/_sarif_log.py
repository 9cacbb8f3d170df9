"""What every log in SARIF 2.1.0 is made of: descriptors, locations, notifications.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from typing import Any

from driftcheck.codec import indented_json
from driftcheck.model import ObjectReference
from driftcheck.reports._sentences import short

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PLACEHOLDER = re.compile(r"\{([0-9]+)\}")
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def sarif_log(run: dict[str, Any]) -> str:
    """A log with one run, as JSON."""
    return indented_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def described(name: str, *, short: str, full: str, help_text: str) -> dict[str, Any]:
    """A descriptor with every text that GitHub asks for."""
    return {
        "id": name,
        "shortDescription": {"text": short},
        "fullDescription": {"text": full},
        "help": {"text": help_text},
    }


def location(uri: str, reference: ObjectReference, path: str) -> dict[str, Any]:
    """A place in an object; of the file that stands for it, the first character."""
    parts = filter(None, (str(reference.group_kind), reference.name, path))
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        },
        "logicalLocations": [
            {
                "name": short(reference.name),
                "fullyQualifiedName": "/".join(map(short, parts)),
                "kind": "property" if path else "object",
            }
        ],
    }


def notification(name: str, index: int, level: str, text: str) -> dict[str, Any]:
    """What is to be said of the run itself."""
    return {
        "descriptor": {"id": name, "index": index},
        "level": level,
        "message": {"text": literal(short(text, 1000))},
    }


def literal(text: str) -> str:
    """The text without what a viewer takes for a link or a placeholder (3.11.5, 3.11.6)."""
    return _PLACEHOLDER.sub(r"{ \1}", text.replace("](", "] ("))


def uri_of(path: str) -> str:
    """A relative path as RFC 3986 has it, https://www.rfc-editor.org/rfc/rfc3986#section-2.1."""
    written = path.encode(errors="backslashreplace")
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in written)
