"""What values do for their users, though a value knows neither files nor rules."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def deed(name: str) -> Any:
    """What the pipeline does under this name; the pipeline is loaded when a value is asked."""
    return getattr(import_module("driftcheck.pipeline"), name)
