"""From a recording's bytes to its meaning."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import msgspec

from driftcheck.errors import StartError
from driftcheck.testing._recording import ADMIN, Collection, Document, Recording, Resource
from driftcheck.testing._requests import DISCOVERY, METADATA_LIST, PLAIN, Place, Request

_OK = 200
_UNAUTHORIZED = 401
_FORBIDDEN = 403


@attrs.frozen
class Exchange:
    """One line of a recording: what was asked, by whom, and what was said."""

    path: str
    """The path with its query."""
    status: int
    type: str
    body: msgspec.Raw
    accept: str = ""
    user: str = ADMIN

    @property
    def request(self) -> Request:
        """What was asked."""
        path, _, query = self.path.partition("?")
        return Request("GET", path, query, self.user, self.accept)

    @property
    def answer(self) -> bytes:
        """The body as it went over the wire."""
        raw = bytes(self.body)
        return msgspec.json.decode(raw, type=str).encode() if raw.startswith(b'"') else raw


def read_exchanges(path: str | os.PathLike[str]) -> list[Exchange]:
    """Read the lines of a recording.

    Args:
        path: A gzipped file with one exchange a line, as JSON.

    Returns:
        The exchanges, in order.

    Raises:
        StartError: The file cannot be read, or a line is not an exchange.
    """
    name = os.fspath(path)
    try:
        lines = gzip.decompress(Path(path).read_bytes()).splitlines()
    except gzip.BadGzipFile as error:
        raise StartError(f"{name} is not a recording: it is not gzipped") from error
    except (EOFError, zlib.error) as error:
        raise StartError(f"the recording {name} is cut short or damaged") from error
    except OSError as error:
        raise StartError(f"cannot read the recording {name}: {error.strerror}") from error
    return [_decode(line, f"{name}, line {number}") for number, line in enumerate(lines, start=1)]


def load_recording(path: str | os.PathLike[str]) -> Recording:
    """Read a recording by its meaning.

    Args:
        path: A gzipped file with one exchange a line, as JSON.

    Returns:
        The recording.

    Raises:
        StartError: The file cannot be read, or is not a recording.
    """
    exchanges = read_exchanges(path)
    try:
        recording = understand(exchanges)
    except (msgspec.DecodeError, LookupError, TypeError, ValueError) as error:
        raise StartError(
            f"{os.fspath(path)} is not a recording: "
            f"it holds an answer that no API server gives ({error!r})"
        ) from error
    if not recording.resources:
        raise StartError(f"{os.fspath(path)} is not a recording: it holds no discovery")
    return recording


def understand(exchanges: Iterable[Exchange]) -> Recording:
    """Find out what an API server holds from what it said.

    Args:
        exchanges: Exchanges in any order; what the administrator saw is the truth.

    Returns:
        The recording.

    Raises:
        LookupError, TypeError, ValueError: An answer is not what an API server says.
    """
    exchanges = list(exchanges)
    answered = [found for found in exchanges if found.status == _OK and found.user == ADMIN]
    documents = dict(_documents(answered))
    return Recording(
        documents=documents,
        resources=tuple(_resources(documents)),
        collections=dict(_collections(answered)),
        denials=frozenset(_denials(exchanges)),
        failures={found.status: found.answer for found in exchanges if found.status != _OK},
        users=_users(exchanges),
    )


def _decode(line: bytes, where: str) -> Exchange:
    try:
        return msgspec.json.decode(line, type=Exchange)
    except msgspec.DecodeError as error:
        raise StartError(f"{where} is not an exchange: {error}") from error


def _documents(answered: Iterable[Exchange]) -> Iterator[tuple[tuple[str, str], Document]]:
    for exchange in answered:
        target = exchange.request.target
        if target is None or target.name:
            form = DISCOVERY if f"as={DISCOVERY}" in exchange.type else PLAIN
            yield (exchange.request.path, form), Document(exchange.type, exchange.answer)


def _collections(answered: Iterable[Exchange]) -> Iterator[tuple[Place, Collection]]:
    for exchange in answered:
        target = exchange.request.target
        if target and not target.name and "continue" not in exchange.request.parameters:
            body = msgspec.json.decode(exchange.answer)
            if body["kind"] != METADATA_LIST and not body["metadata"].get("continue"):
                yield target.place, _collection(body)


def _collection(body: dict[str, Any]) -> Collection:
    kind = body["kind"].removesuffix("List")
    objects = tuple(body["items"] or ())
    if not all(found["metadata"].get("name") for found in objects):
        raise ValueError(f"a {body['kind']} holds an object without a name")
    return Collection(body["apiVersion"], kind, body["metadata"], objects)


def _denials(exchanges: Iterable[Exchange]) -> Iterator[tuple[str, str, str]]:
    for exchange in exchanges:
        target = exchange.request.target
        if exchange.status == _FORBIDDEN and target:
            yield exchange.user, target.place.api, target.place.resource


def _users(exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    known = {found.user for found in exchanges if found.status != _UNAUTHORIZED}
    return (ADMIN, *sorted(known - {ADMIN}))


def _resources(documents: dict[tuple[str, str], Document]) -> Iterator[Resource]:
    for root in ("/api", "/apis"):
        aggregated = documents.get((root, DISCOVERY))
        plain = documents.get((root, PLAIN))
        if aggregated:
            yield from _aggregated_resources(root, msgspec.json.decode(aggregated.body))
        elif plain:
            yield from _legacy_resources(root, msgspec.json.decode(plain.body), documents)


def _aggregated_resources(root: str, body: dict[str, Any]) -> Iterator[Resource]:
    for group in body["items"]:
        parts = [root, group["metadata"].get("name", "")]
        for version in group["versions"]:
            api = "/".join([part for part in parts if part] + [version["version"]])
            for found in version.get("resources") or ():
                if found.get("responseKind"):
                    kind, scope = found["responseKind"]["kind"], found["scope"]
                    yield Resource(api, found["resource"], kind, scope == "Namespaced")


def _legacy_resources(
    root: str, body: dict[str, Any], documents: dict[tuple[str, str], Document]
) -> Iterator[Resource]:
    versions = body.get("versions") or [
        version["groupVersion"] for group in body["groups"] for version in group["versions"]
    ]
    for version in versions:
        document = documents.get((f"{root}/{version}", PLAIN))
        for found in msgspec.json.decode(document.body)["resources"] if document else ():
            name, kind, is_namespaced = found["name"], found["kind"], found["namespaced"]
            if "/" not in name:
                yield Resource(f"{root}/{version}", name, kind, is_namespaced)
