"""What was normalized already, on any side of a comparison, and so need not be again.

Most of what environments hold is the same. An object is known where all that the steps saw of
an earlier one is the same here. What they see is watched, so that none has to promise anything:
where one looked at more than a key holds, the object is normalized every time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple, cast

import msgspec
from attrs import field, frozen

from driftcheck.model import (
    Document,
    FieldPath,
    Node,
    ObjectReference,
    Origin,
    Pick,
    canonical_bytes,
)
from driftcheck.normalization._inside import inside
from driftcheck.normalization._metadata import CONTROLLER_LABELS, SERVER_FIELDS
from driftcheck.normalization._references import Names
from driftcheck.normalization._schema import Schema
from driftcheck.normalization._surroundings import (
    POD,
    SERVICE,
    SERVICE_ACCOUNT,
    VOLUME_CLAIM,
    Surroundings,
)

_ESCAPE = rb"\u"
"""How JSON inside a text may spell any name."""
_NEVER_KNOWN = frozenset({POD, SERVICE, SERVICE_ACCOUNT, VOLUME_CLAIM})
"""The kinds of which some step always looks beyond the key, so that none is worth making."""
_BEYOND_BODY = frozenset({"status"})
_BEYOND_METADATA = frozenset(SERVER_FIELDS) - {"name"}


@frozen
class Normalized:
    """What became of an object.

    Args:
        content: Everything that counts; nobody changes it any more.
        picks: What the server picked, by its place.
        hits: How often each rule was applied to it.
    """

    content: Mapping[str, Node]
    picks: Mapping[FieldPath, Pick]
    hits: Counter[str]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical content, `sha256:...`."""
        return f"sha256:{hashlib.sha256(canonical_bytes(self.content)).hexdigest()}"


Steps = Callable[[Mapping[str, Any], Document, Surroundings], Normalized]
"""What becomes of what an object says, by the object itself and what is around it."""


class Key(NamedTuple):
    """Everything that decides what becomes of an object, as long as no step looks any further.

    Args:
        reference: The object.
        version: The API version it was seen in.
        schema: Its kind's schema, as text; empty for a built-in kind.
        body: SHA-256 of what it says, but for its status and what a server keeps in the metadata.
        namespace: The environment's own namespace, where any of that may name it.
        origin: Whether it was seen in a cluster or read from manifests.
        is_autoscaled: Whether autoscalers hold its replicas everywhere.
        kapp_app: The app that kapp deployed all objects of.
        picking: The labels of tools on it by which a selector may pick it.
    """

    reference: ObjectReference
    version: str
    schema: bytes
    body: bytes
    namespace: str
    origin: Origin
    is_autoscaled: bool
    kapp_app: str | None
    picking: frozenset[str]


Known = dict[Key, Normalized]
"""What is known in one comparison, whose sides all have the same mirrors."""


@frozen
class Recognition:
    """Recognises one environment's objects, and normalizes the others.

    Args:
        known: What is known; what is normalized here is known from then on.
        steps: Normalize an object.
        around: The environment.
        schema: The types of its objects.
        names: What its objects are called in the comparison.
        has_mirrors: Whether images may get other names, in which the namespace's may stand.
    """

    known: Known
    steps: Steps
    around: Surroundings
    schema: Schema
    names: Names
    has_mirrors: bool
    _elsewhere: frozenset[bytes] = field(init=False)

    @_elsewhere.default
    def _called_otherwise_elsewhere(self) -> frozenset[bytes]:
        return frozenset(
            piece for reference in self.names.common for piece in _pieces(reference.name)
        )

    def normalized(
        self, body: Mapping[str, Any], document: Document, around: Surroundings
    ) -> Normalized:
        """What becomes of an object, which may be known."""
        is_hopeless = document.reference.group_kind in _NEVER_KNOWN
        key = None if is_hopeless else self._key(body, document)
        if key is None:
            return self.steps(body, document, around)
        if key in self.known:
            return self.known[key]
        watch = _Watch(document, key, around)
        normalized = self.steps(body, watch.document, watch.around)
        if not watch.is_beyond:
            self.known[key] = normalized
        return normalized

    def _key(self, body: Mapping[str, Any], document: Document) -> Key | None:
        """By what an object is recognised; None where it may say what others are called."""
        with suppress(OverflowError):
            text = msgspec.msgpack.encode(body)
            schema = self.schema.text(document)
            namespace = self.around.namespace if self._may_name_own(text, schema) else ""
            if not self._elsewhere or not (namespace or self._may_name_others(body, schema)):
                return self._key_of(text, schema, namespace, document)
        return None

    def _key_of(self, text: bytes, schema: bytes, namespace: str, document: Document) -> Key:
        return Key(
            reference=document.reference,
            version=document.version,
            schema=schema,
            body=hashlib.sha256(text).digest(),
            namespace=namespace,
            origin=self.around.origin,
            is_autoscaled=document.reference in self.around.autoscaled,
            kapp_app=self.around.kapp_app,
            picking=frozenset(
                label
                for label in _labels_of_tools(document)
                if self.around.selects(document, label)
            ),
        )

    def _may_name_own(self, text: bytes, schema: bytes) -> bool:
        """Whether the own namespace's name may stand in an object, or in what is filled in."""
        name = self.around.namespace.encode()
        return name in text or name in schema or _ESCAPE in text or self.has_mirrors

    def _may_name_others(self, body: Mapping[str, Any], schema: bytes) -> bool:
        """Whether a text in it may be the name of an object that has another one elsewhere."""
        return not self._elsewhere.isdisjoint((*_pieces(body), *schema.split(b'"')))


def _pieces(value: Any) -> list[bytes]:
    """The texts in a value, each in one piece unless it has quotes in it."""
    return msgspec.json.encode(value).split(b'"')[1:-1]


def _labels_of_tools(document: Document) -> frozenset[str]:
    return CONTROLLER_LABELS.intersection(inside(document.metadata, "labels"))


class _Watch:
    """Lets the steps see an object and its environment, and sees what they look at.

    Args:
        document: The object.
        key: Its key.
        around: Its environment.
    """

    def __init__(self, document: Document, key: Key, around: Surroundings) -> None:
        self.is_beyond = False
        """Whether a step looked at anything that the key does not hold."""
        metadata = _WatchedMap(document.metadata, _BEYOND_METADATA, self)
        self.document = Document(
            _WatchedMap({**document.body, "metadata": metadata}, _BEYOND_BODY, self)
        )
        self.around = cast("Surroundings", _WatchedSurroundings(around, document, key, self))


class _WatchedMap(Mapping[str, Any]):
    """A map with some fields that no key holds; nor does a key say which fields there are."""

    def __init__(self, fields: Mapping[str, Any], beyond: frozenset[str], watch: _Watch) -> None:
        self._fields, self._beyond, self._watch = fields, beyond, watch

    def __getitem__(self, field: str) -> Any:
        self._watch.is_beyond |= field in self._beyond
        return self._fields[field]

    def get(self, field: str, default: Any = None) -> Any:
        self._watch.is_beyond |= field in self._beyond
        return self._fields.get(field, default)

    def __iter__(self) -> Iterator[str]:
        self._watch.is_beyond = True
        return iter(self._fields)

    def __len__(self) -> int:
        self._watch.is_beyond = True
        return len(self._fields)


class _WatchedSurroundings:
    """An environment of which a key holds a few answers about one object, and nothing else."""

    def __init__(self, around: Surroundings, document: Document, key: Key, watch: _Watch) -> None:
        self._around, self._document, self._watch = around, document, watch
        self.origin, self.kapp_app = key.origin, key.kapp_app
        self.autoscaled = frozenset({key.reference} if key.is_autoscaled else ())

    def selects(self, _: Document, label: str) -> bool:
        self._watch.is_beyond |= label not in _labels_of_tools(self._document)
        return self._around.selects(self._document, label)

    def controller_of(self, document: Document) -> Document | None:
        is_own = document.reference == self._document.reference
        self._watch.is_beyond |= not is_own or "ownerReferences" in self._document.metadata
        return self._around.controller_of(self._document if is_own else document)

    def owners_of(self, document: Document) -> Iterator[Document]:
        if "ownerReferences" in document.metadata:
            self._watch.is_beyond = True
            yield from self._around.owners_of(document)

    def __getattr__(self, name: str) -> Any:
        self._watch.is_beyond = True
        return getattr(self._around, name)
