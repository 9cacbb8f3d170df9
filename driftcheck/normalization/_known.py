"""What was normalized already, on any side of a comparison, and so need not be again.

Most of what environments hold is the same. An object is known where all that the steps saw of
an earlier one is the same here. What they see is watched, so that none has to promise anything:
what they ask beyond the key is asked here as well, and where one looked at what no answer tells,
the object is normalized every time.
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
    Pick,
    canonical_bytes,
)
from driftcheck.normalization._metadata import SERVER_FIELDS
from driftcheck.normalization._references import Names
from driftcheck.normalization._schema import Schema
from driftcheck.normalization._surroundings import (
    VOLUME_CLAIM,
    Surroundings,
)

_ESCAPE = rb"\u"
"""How JSON inside a text may spell any name."""
_NEVER_KNOWN = frozenset({VOLUME_CLAIM})
"""The kinds of which some step always looks too far, so that no key is worth making."""
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


Question = Callable[[Document, Surroundings], Any]
"""What a step asks of an object or its environment beyond the key; the answers can be compared."""


@frozen
class Remembered:
    """What became of an object, and of every other one of its key of which the same is answered.

    Args:
        normalized: What became of it.
        answers: What the steps asked, and were told.
    """

    normalized: Normalized
    answers: tuple[tuple[Question, Any], ...]

    def is_about(self, document: Document, around: Surroundings) -> bool:
        """Whether the steps would be told the same of another object of its key."""
        return all(question(document, around) == answer for question, answer in self.answers)


class Key(NamedTuple):
    """What decides what becomes of an object, as far as no step asks any further.

    Args:
        reference: The object.
        version: The API version it was seen in.
        schema: Its kind's schema, as text; empty for a built-in kind.
        body: SHA-256 of what it says, but for its status and what a server keeps in the metadata.
        namespace: The environment's own namespace, where any of that may name it.
    """

    reference: ObjectReference
    version: str
    schema: bytes
    body: bytes
    namespace: str


Known = dict[Key, list[Remembered]]
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
        is_hopeless = document.kind in _NEVER_KNOWN
        key = None if is_hopeless else self._key(body, document)
        if key is None:
            return self.steps(body, document, around)
        of_its_key = self.known.setdefault(key, [])
        for remembered in of_its_key:
            if remembered.is_about(document, around):
                return remembered.normalized
        watch = _Watch(document, around)
        normalized = self.steps(body, watch.document, watch.around)
        if not watch.is_beyond:
            of_its_key.append(Remembered(normalized, tuple(watch.answers)))
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


class _Watch:
    """Lets the steps see an object and its environment, and notes what they ask.

    Args:
        document: The object.
        around: Its environment.
    """

    def __init__(self, document: Document, around: Surroundings) -> None:
        self.is_beyond = False
        """Whether a step looked at anything of which no answer can be compared."""
        self.answers: list[tuple[Question, Any]] = []
        """What the steps asked, and were told."""
        self._asked = document, around
        metadata = _WatchedMap(document.metadata, _BEYOND_METADATA, self)
        body = _WatchedMap({**document.body, "metadata": metadata}, _BEYOND_BODY, self)
        self.document = _WatchedDocument(body, self)
        self.around = cast("Surroundings", _WatchedSurroundings(around, document, self))

    def ask(self, question: Question) -> Any:
        """The answer."""
        answer = question(*self._asked)
        self.answers.append((question, answer))
        return answer


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


class _WatchedDocument(Document):
    """An object of which a step may ask whether it is live, and who owns a field."""

    _watch: _Watch

    def __init__(self, body: Mapping[str, Any], watch: _Watch) -> None:
        super().__init__(body)
        object.__setattr__(self, "_watch", watch)

    @property
    def is_live(self) -> bool:
        return bool(self._watch.ask(lambda document, _: document.is_live))

    def owning(self, path: FieldPath) -> frozenset[str] | None:
        names: frozenset[str] | None = self._watch.ask(lambda document, _: document.owning(path))
        return names


class _WatchedSurroundings:
    """An environment of which a step may ask what concerns the object itself, and nothing else."""

    def __init__(self, around: Surroundings, document: Document, watch: _Watch) -> None:
        self._around, self._document, self._watch = around, document, watch

    @property
    def origin(self) -> Any:
        return self._watch.ask(lambda _, around: around.origin)

    @property
    def kapp_app(self) -> Any:
        return self._watch.ask(lambda _, around: around.kapp_app)

    @property
    def autoscaled(self) -> Any:
        return self._watch.ask(lambda document, around: around.autoscaled & {document.reference})

    def selects(self, _: Document, label: str) -> Any:
        return self._watch.ask(lambda document, around: around.selects(document, label))

    def is_of_api_server(self, _: Document) -> Any:
        return self._watch.ask(lambda document, around: around.is_of_api_server(document))

    def denies_token(self, account: str) -> Any:
        return self._watch.ask(lambda _, around: around.denies_token(account))

    def controller_of(self, document: Document) -> Document | None:
        is_own = document.reference == self._document.reference
        self._watch.is_beyond |= not is_own or bool(self._document.metadata.get("ownerReferences"))
        return self._around.controller_of(self._document if is_own else document)

    def owners_of(self, document: Document) -> Iterator[Document]:
        if document.metadata.get("ownerReferences"):
            self._watch.is_beyond = True
            yield from self._around.owners_of(document)

    def __getattr__(self, name: str) -> Any:
        self._watch.is_beyond = True
        return getattr(self._around, name)
