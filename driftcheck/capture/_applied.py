"""What `kubectl apply` last applied to each object of a Namespace becomes a snapshot.

It keeps that in an annotation, Secret values and all: no error says anything of what stands there.
https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import define, evolve, field, frozen

from driftcheck.capture._keys import SecretKey
from driftcheck.capture._secrets import redact_all
from driftcheck.model import (
    Declaration,
    Declarer,
    Document,
    GroupKind,
    KindCoverage,
    ObjectReference,
    Origin,
    Snapshot,
    counted,
    list_names,
    managers_of,
)
from driftcheck.sources import NotAppliedError, read_applied

_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
_SERVER_SIDE, _NOT_APPLIED = "applied-server-side", "not-applied"
_STATUS = "status"
_NOTHING = (
    "no object there says what kubectl last applied to it: kubectl apply --server-side, Helm and"
    " most GitOps tools leave no such annotation"
)
_UNREADABLE = "what kubectl last applied can't be read, for it is not what it writes: {}"

Body = Mapping[str, Any]


@frozen
class _Noted:
    """What one object says of how it was applied.

    Args:
        text: What was last applied to it; empty where it does not say.
        rule: What it counts as where it does not.
    """

    text: str = field(repr=False)
    rule: str


@define
class _Read:
    """What was last applied to objects, as far as they say so."""

    bodies: list[Body] = field(factory=list, repr=False)
    unreadable: list[str] = field(factory=list)
    aside: dict[GroupKind, Counter[str]] = field(factory=lambda: defaultdict(Counter))


class AppliedNotes:
    """What objects say of how they were applied, noted while they are read."""

    def __init__(self) -> None:
        self._noted: dict[GroupKind, dict[str, _Noted]] = defaultdict(dict)

    def note(self, kind: GroupKind, bodies: Iterable[Body], *, are_all: bool) -> None:
        """Note what objects say, before anything is taken out of them.

        Args:
            kind: Their kind.
            bodies: The objects, or their metadata.
            are_all: Whether there are no others of the kind.
        """
        if are_all:
            self._noted[kind].clear()
        for body in bodies:
            self._noted[kind][body["metadata"]["name"]] = _noted(body["metadata"])

    def snapshot(self, live: Snapshot, name: str, secret_key: Callable[[], SecretKey]) -> Snapshot:
        """What was last applied, object by object; nothing runs in it.

        Args:
            live: What was seen of the Namespace.
            name: What the environment is called in a result.
            secret_key: Where the key for Secret fingerprints comes from.

        Raises:
            SecretKeyError: There is a Secret value, and the key cannot be used.
        """
        read = self._read(live)
        bodies, key_id = redact_all(read.bodies, secret_key)
        documents = tuple(sorted(map(Document, bodies), key=_reference))
        gaps = [_UNREADABLE.format(list_names(read.unreadable))] if read.unreadable else []
        return Snapshot(
            name=name,
            origin=Origin.MANIFESTS,
            context=live.context,
            namespace=live.namespace,
            window=live.window,
            server_version=None,
            secret_key_id=key_id,
            coverage=tuple(_row(row, documents, read.aside) for row in live.coverage),
            documents=documents,
            schemas=live.schemas,
            warnings=tuple(_of_server_side(read.aside.values())),
            declaration=Declaration(
                Declarer.APPLIED,
                live.namespace_uid,
                tuple(gaps),
                "" if documents or gaps else _NOTHING,
            ),
        )

    def _read(self, live: Snapshot) -> _Read:
        """What was last applied to the objects that are there."""
        read = _Read()
        for document in live.documents:
            kind, name = document.kind, document.reference.name
            noted = self._noted.get(kind, {}).get(name, _NOTHING_NOTED)
            try:
                body = noted.text and read_applied(noted.text, kind, name, live.namespace or "")
            except NotAppliedError:
                body = ""
            if body:
                read.bodies.append(body)
            elif body is None:
                read.unreadable.append(str(document.reference))
            else:
                read.aside[kind][noted.rule] += 1
        return read


_NOTHING_NOTED = _Noted("", _NOT_APPLIED)


def _noted(metadata: Mapping[str, Any]) -> _Noted:
    is_server_side = any(
        entry.get("operation") == "Apply" and entry.get("subresource") != _STATUS
        for entry in managers_of(metadata)
    )
    text = (metadata.get("annotations") or {}).get(_ANNOTATION)
    return _Noted(str(text or ""), _SERVER_SIDE if is_server_side else _NOT_APPLIED)


def _reference(document: Document) -> ObjectReference:
    return document.reference


def _of_server_side(aside: Iterable[Counter[str]]) -> Iterator[str]:
    """How many objects leave no record that anybody applies them."""
    if count := sum(rules[_SERVER_SIDE] for rules in aside):
        are = "is" if count == 1 else "are"
        yield f"{counted(count, 'object')} {are} applied server-side, and kubectl keeps no copy"


def _row(
    row: KindCoverage, documents: Iterable[Document], aside: Mapping[GroupKind, Counter[str]]
) -> KindCoverage:
    """How a kind was looked at, with what was applied of it, and what was not."""
    applied = [document for document in documents if document.kind == row.group_kind]
    return evolve(
        row,
        objects=len(applied),
        version=applied[0].version if applied else row.version,
        excluded=dict(sorted(aside.get(row.group_kind, Counter()).items())),
    )
