"""Strings that differ: compared inside where they hold a document, else as they are."""

from __future__ import annotations

from attrs import evolve

from driftcheck.codec import yaml_documents
from driftcheck.comparison._sides import Differences, Sides
from driftcheck.comparison._untyped import untyped_differences
from driftcheck.errors import ManifestError
from driftcheck.model import Node

FORMATTING_ONLY = "formatting only"
TRAILING_NEWLINE = "differs only by a trailing newline"


def text_differences(sides: Sides) -> Differences:
    """The difference between strings, inside the documents they hold if they all hold one."""
    documents = {name: _document(text) for name, text in sides.nodes.items()}
    if any(document is None for document in documents.values()):
        yield sides.difference(note=_note(list(sides.nodes.values())))
        return
    inside = list(untyped_differences(evolve(sides, nodes=documents)))
    if not inside:
        yield sides.difference(note=FORMATTING_ONLY)
    yield from inside


def _document(text: str) -> Node | None:
    """The map or list that a text holds as JSON or YAML; None where it holds neither."""
    if "\n" not in text and not text.lstrip().startswith(("{", "[")):
        return None
    try:
        documents = yaml_documents(text.encode(), source="a value")
    except ManifestError:
        return None
    if len(documents) == 1 and isinstance(documents[0], dict | list):
        return documents[0]
    return None


def _note(texts: list[str]) -> str | None:
    if len({text.removesuffix("\n") for text in texts}) == 1:
        return TRAILING_NEWLINE
    return None
