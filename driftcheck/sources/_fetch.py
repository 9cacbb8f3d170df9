"""One GET, understood: a document of the expected shape, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from attrs import frozen
from msgspec.json import Decoder

from driftcheck.errors import ClusterError
from driftcheck.sources._connection import Answer, Connection

JSON = "application/json"

OK = 200
NOT_FOUND = 404
GONE = 410

_ATTEMPTS = 2
"""How often an answer is asked for that is not what it should be."""

_LONGEST_REASON = 300

Document = TypeVar("Document")


@frozen
class Refusal:
    """Why something could not be read.

    Args:
        status: The HTTP status; None where there was no answer, or one that makes no sense.
        reason: The server's own words, or ours.
        hint: What the reader can do about it; may be empty.
    """

    status: int | None
    reason: str
    hint: str = ""


class _Status(msgspec.Struct):
    message: str = ""


_STATUS = Decoder(_Status)


def fetch(
    connection: Connection,
    path: str,
    decoder: Decoder[Document],
    *,
    query: Mapping[str, str] | None = None,
    accept: str = JSON,
) -> Document | Refusal:
    """Ask for a document.

    Args:
        connection: A connection.
        path: A path of the Kubernetes API.
        decoder: Knows what the document looks like; made before there are threads, since
            msgspec may crash where two threads are the first to meet a type.
        query: The query's parameters.
        accept: The Accept header.

    Returns:
        The document, or why there is none.

    Raises:
        ClusterError: The time limit is over.
    """
    for _ in range(_ATTEMPTS):
        try:
            answer = connection.get(path, query, accept)
        except ClusterError as error:
            if connection.is_over:
                raise
            return Refusal(None, str(error), error.hint)
        if answer.status != OK:
            return Refusal(answer.status, _words(answer))
        try:
            return decoder.decode(answer.body)
        except msgspec.DecodeError:
            # The decoder's own message may quote the document.
            continue
    return Refusal(None, f"{path}: the answer is not the JSON that was asked for")


def _words(answer: Answer) -> str:
    try:
        message = _STATUS.decode(answer.body).message
    except msgspec.DecodeError:
        message = ""
    return message[:_LONGEST_REASON] or f"HTTP status {answer.status}"
