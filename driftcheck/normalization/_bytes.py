"""Bytes, which JSON writes as base64."""

from __future__ import annotations

import base64
import binascii


def plain_bytes(text: str) -> str | None:
    """The one spelling of some bytes in base64; None where the API server takes no such text.

    https://pkg.go.dev/encoding/base64#Encoding.Strict: Go passes over line breaks, and writes none.
    """
    unbroken = text.replace("\r", "").replace("\n", "")
    try:
        return base64.b64encode(base64.b64decode(unbroken, validate=True)).decode()
    except (binascii.Error, ValueError):
        return None
