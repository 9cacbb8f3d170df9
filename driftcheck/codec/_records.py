"""A record of a store of looks: `driftcheck.look/v1`, a line for its header, a line for its body.

The header names the header before it, and the body, by their SHA-256. What is hashed are canonical
bytes before they are compressed, so that whoever compresses them again breaks nothing.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from attrs import evolve, frozen

from driftcheck.codec._portions import Portion, Portions
from driftcheck.codec._saved import Captured, Moment, SavedFormat, captured_of, packed
from driftcheck.errors import HistoryError
from driftcheck.model import KeptLook, Origin, Window

_FORMAT = SavedFormat(
    "look",
    HistoryError,
    writer="`driftcheck history add ENV` writes one",
    again="take the store from a backup, from before it was damaged",
)
LOOK_SCHEMA = _FORMAT.schema
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Number = Annotated[int, msgspec.Meta(ge=1)]


class _Header(msgspec.Struct, rename="camel"):
    schema: str
    store: str
    environment: str
    number: _Number
    previous: str | None
    name: str
    origin: Origin
    cluster: str | None
    namespace: str | None
    namespace_uid: str | None
    captured: Captured | None
    written: Moment
    driftcheck: str
    secret_key_id: str | None
    complete: bool
    unseen: tuple[str, ...]
    objects: _Count
    changed: _Count
    stirred: _Count
    root: str
    body: str
    base: _Number | None


class _Kept(msgspec.Struct, omit_defaults=True):
    """What is under a key now; of an object, what of it is as before is left out."""

    declared: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    observed: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Body(msgspec.Struct):
    gone: list[str]
    kept: dict[str, _Kept]


@frozen
class Step:
    """What a look has otherwise than the one before it, or all of it.

    Args:
        kept: What stands under each key that has something else; of a portion, what is empty is
            as before.
        gone: The keys under which nothing stands any more.
    """

    kept: Portions
    gone: frozenset[str]

    @classmethod
    def between(cls, before: Portions, after: Portions) -> Step:
        """What makes one of the other; from nothing, all of it."""
        return cls(
            {
                key: _other(before.get(key), portion)
                for key, portion in after.items()
                if key not in before or before[key].digest != portion.digest
            },
            frozenset(before.keys() - after.keys()),
        )

    def taken(self, before: Portions) -> dict[str, Portion]:
        """What stands there after it."""
        after = {key: portion for key, portion in before.items() if key not in self.gone}
        for key, portion in self.kept.items():
            after[key] = portion.completed(before[key]) if key in before else portion
        return after


def _other(before: Portion | None, after: Portion) -> Portion:
    if before is None:
        return after
    return Portion(
        b"" if before.declared == after.declared else after.declared,
        b"" if before.observed == after.observed else after.observed,
    )


@frozen
class Record:
    """A look as it is kept.

    Args:
        look: What its header says.
        header: The same, as text.
        body: The rest, as text; empty where it was pruned.
    """

    look: KeptLook
    header: bytes
    body: bytes

    def step(self, source: str) -> Step:
        """What it has otherwise than the look it builds on.

        Raises:
            HistoryError: The body is no body.
        """
        with _FORMAT.refusals(source):
            body = msgspec.json.decode(self.body, type=_Body)
        return Step(
            {
                key: Portion(_text(kept.declared), _text(kept.observed))
                for key, kept in body.kept.items()
            },
            frozenset(body.gone),
        )


def _text(raw: msgspec.Raw | msgspec.UnsetType) -> bytes:
    return b"" if raw is msgspec.UNSET else bytes(raw)


def body_text(step: Step) -> bytes:
    """What stands in a record behind its header."""
    body = _Body(
        sorted(step.gone),
        {
            key: _Kept(_raw(portion.declared), _raw(portion.observed))
            for key, portion in step.kept.items()
        },
    )
    return msgspec.json.encode(body, order="sorted")


def _raw(text: bytes) -> msgspec.Raw | msgspec.UnsetType:
    return msgspec.Raw(text) if text else msgspec.UNSET


def digest_of(text: bytes) -> str:
    """SHA-256, `sha256:...`."""
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def _header_text(look: KeptLook) -> bytes:
    """What stands in a header; the look's own digest is that of this text."""
    header = _Header(
        schema=LOOK_SCHEMA,
        store=look.store,
        environment=look.environment,
        number=look.number,
        previous=look.previous,
        name=look.name,
        origin=look.origin,
        cluster=look.cluster,
        namespace=look.namespace,
        namespace_uid=look.namespace_uid,
        captured=captured_of(look.window) if look.window else None,
        written=look.written,
        driftcheck=look.driftcheck,
        secret_key_id=look.secret_key_id,
        complete=look.is_complete,
        unseen=look.unseen,
        objects=look.objects,
        changed=look.changed,
        stirred=look.stirred,
        root=look.root,
        body=look.body,
        base=look.base,
    )
    return msgspec.json.encode(header, order="sorted")


def record_of(look: KeptLook, body: bytes) -> Record:
    """A record whose header says of its body what it is.

    Args:
        look: What its header is to say, but for both digests.
        body: What stands behind it.
    """
    told = evolve(look, body=digest_of(body))
    header = _header_text(told)
    return Record(evolve(told, digest=digest_of(header)), header, body)


def record_bytes(record: Record) -> bytes:
    """A record as its file has it."""
    return packed(record.header + b"\n" + record.body + b"\n")


def pruned_bytes(record: Record) -> bytes:
    """What is left of a record that is pruned: its header, as it is."""
    return record.header + b"\n"


def read_record(data: bytes, *, source: str, is_pruned: bool = False) -> Record:
    """Read a record from its file's content, and hold its body to its header.

    Args:
        data: The content.
        source: What to call the file in errors.
        is_pruned: Whether the file holds a header alone.

    Returns:
        The record.

    Raises:
        HistoryError: It is none, of a newer version, cut off, or its body is another one's.
    """
    if not data:
        raise _FORMAT.damaged(source, "it is empty: whoever wrote it did not come to an end")
    header, _, rest = _FORMAT.unpacked(data, source).partition(b"\n")
    look = _read_header(header, source)
    if is_pruned:
        if rest:
            raise _FORMAT.damaged(source, "something follows its header")
        return Record(evolve(look, is_pruned=True), header, b"")
    body = rest.removesuffix(b"\n")
    if digest_of(body) != look.body:
        raise _FORMAT.damaged(source, "its body is not the one that its header names")
    return Record(look, header, body)


def read_state(data: bytes, look: KeptLook, *, source: str) -> Step:
    """Read all of a look from the file that pruning leaves of it, which names its header.

    Raises:
        HistoryError: It is none, or is of another look.
    """
    header, _, rest = _FORMAT.unpacked(data, source).partition(b"\n")
    if digest_of(header) != look.digest:
        raise _FORMAT.damaged(source, f"it is not of #{look.number}, as its name says")
    return Record(look, header, rest.removesuffix(b"\n")).step(source)


def state_bytes(record: Record, portions: Portions) -> bytes:
    """All of a look in a file of its own, which no other look's is needed to read."""
    body = body_text(Step.between({}, portions))
    return packed(record.header + b"\n" + body + b"\n")


def _read_header(text: bytes, source: str) -> KeptLook:
    header = _FORMAT.read(text, _Header, source)
    try:
        window = _window(header.captured)
    except OverflowError:
        raise _FORMAT.damaged(source, "a time that no calendar has") from None
    return KeptLook(
        store=header.store,
        environment=header.environment,
        number=header.number,
        digest=digest_of(text),
        previous=header.previous,
        name=header.name,
        origin=header.origin,
        cluster=header.cluster,
        namespace=header.namespace,
        namespace_uid=header.namespace_uid,
        window=window,
        written=header.written,
        driftcheck=header.driftcheck,
        secret_key_id=header.secret_key_id,
        is_complete=header.complete,
        unseen=header.unseen,
        objects=header.objects,
        changed=header.changed,
        stirred=header.stirred,
        root=header.root,
        body=header.body,
        base=header.base,
    )


def _window(captured: Captured | None) -> Window | None:
    if captured is None:
        return None
    return Window(captured.start, captured.end, captured.quiescent)


class _Marker(msgspec.Struct):
    schema: str
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f-]{36}$")]


class _Tag(msgspec.Struct):
    schema: str
    environment: str
    number: _Number
    digest: str


_MARKER = SavedFormat(
    "history",
    HistoryError,
    writer="`driftcheck history add ENV --store FOLDER` makes a store",
    again="name the folder of a store, or an empty one",
)
_TAG = SavedFormat(
    "tag", HistoryError, writer="`driftcheck history tag REF NAME`", again="tag it anew"
)


def marker_bytes(store: str) -> bytes:
    """What says that a folder is a store, and which."""
    return msgspec.json.encode(_Marker(_MARKER.schema, store)) + b"\n"


def read_marker(data: bytes, *, source: str) -> str:
    """The id of the store whose marker this is.

    Raises:
        HistoryError: It is none, or is of a newer version.
    """
    return _MARKER.decoded(data, _Marker, source).id


def tag_bytes(look: KeptLook) -> bytes:
    """What stands in a tag."""
    tag = _Tag(_TAG.schema, look.environment, look.number, look.digest)
    return msgspec.json.encode(tag) + b"\n"


def read_tag(data: bytes, *, source: str) -> tuple[int, str]:
    """The number and the digest of the look that a tag names.

    Raises:
        HistoryError: It is none, or is of a newer version.
    """
    tag = _TAG.decoded(data, _Tag, source)
    return tag.number, tag.digest
