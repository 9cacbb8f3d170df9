"""One GET, understood: a document of the expected shape, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from attrs import frozen
from msgspec.json import Decoder

from driftcheck.codec import (
    TOO_DEEP,
    TOO_MANY,
    has_too_many_values,
    is_too_deep,
    may_be_too_deep,
)
from driftcheck.errors import ClusterError
from driftcheck.sources._connection import Answer, Connection

JSON = "application/json"

OK = 200
FORBIDDEN = 403
NOT_FOUND = 404
GONE = 410

_ATTEMPTS = 2
"""How often an answer is asked for that is not what it should be."""

_LONGEST_REASON = 300
_REDIRECTS = (301, 302, 303, 307, 308)

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
            return _refusal(connection, answer)
        if has_too_many_values(answer.body):
            return Refusal(None, f"{connection.server}: {path}: {TOO_MANY}")
        try:
            document = decoder.decode(answer.body)
            is_walkable = not _is_too_deep(answer.body)
        except msgspec.DecodeError:
            # The decoder's own message may quote the document.
            continue
        except RecursionError:
            is_walkable = False
        if not is_walkable:
            return Refusal(None, f"{connection.server}: {path}: {TOO_DEEP}")
        return document
    what = "a web page, and not JSON" if _is_page(answer) else "not the JSON that was asked for"
    return Refusal(
        None, f"{connection.server}: {path}: the answer is {what}", _somebody_else(connection)
    )


def _is_too_deep(text: bytes) -> bool:
    return may_be_too_deep(text) and is_too_deep(msgspec.json.decode(text))


def _refusal(connection: Connection, answer: Answer) -> Refusal:
    """What a server said instead; a page or a redirect is hardly an API server's."""
    status = f"HTTP status {answer.status}"
    if answer.status in _REDIRECTS:
        place = _place(answer.headers.get("Location", ""))
        said = f"{status}: {connection.server} sends us on to {place}, which is not followed"
        return Refusal(answer.status, said, _somebody_else(connection))
    if _is_page(answer):
        said = f"{status}, with a web page, from {connection.server}"
        return Refusal(answer.status, said, _somebody_else(connection))
    return Refusal(answer.status, _words(answer) or status)


def _somebody_else(connection: Connection) -> str:
    return (
        "log in to whatever stands before it, a VPN or a login page; or check the server of"
        f" the context {connection.context!r}"
    )


def _words(answer: Answer) -> str:
    try:
        return _STATUS.decode(answer.body).message[:_LONGEST_REASON]
    except (msgspec.DecodeError, RecursionError):
        return ""


def _is_page(answer: Answer) -> bool:
    return answer.body.lstrip()[:1] == b"<"


def _place(location: str) -> str:
    """Where a redirect leads, without what may follow: it can be a token."""
    try:
        address = urlsplit(location)
    except ValueError:
        return "nowhere"
    host = address.netloc.rpartition("@")[2]
    return f"{address.scheme}://{host}" if address.scheme and host else "another path"
