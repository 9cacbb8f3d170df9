"""The recorded bookshop after edits, in every form in which somebody may compare it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from attrs import evolve, frozen

from driftcheck.model import (
    Document,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
)
from tests import ways
from tests.accuracy.bodies import fields_v1

Body = dict[str, Any]
Edit = Mapping[tuple[str, str], Body | None]
"""By kind and name, the object that stands there afterwards; None where it is gone."""

STAGING, PRODUCTION = ways.STAGING, "bookshop-production"
UNTOUCHED: Edit = {}

_SERVER_WRITTEN = frozenset(
    {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}
)
"""https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/."""


def served(body: Body, *, namespace: str = ways.STAGING, **picked: object) -> Body:
    """An object as a server shows it after somebody has created it, who owns every field.

    Args:
        body: What was written.
        namespace: Where it stands.
        picked: Fields of the spec that the server has filled in, which nobody owns.
    """
    kind, name = body["kind"], body["metadata"]["name"]
    entry = {
        "manager": "kubectl-create",
        "operation": "Update",
        "apiVersion": body["apiVersion"],
        "time": "2026-11-23T22:10:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_v1(body),
    }
    given = {
        "namespace": namespace,
        "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{namespace}/{kind}/{name}")),
        "resourceVersion": str(40000 + int(hashlib.sha256(name.encode()).hexdigest()[:4], 16)),
        "creationTimestamp": "2026-11-23T22:10:00Z",
        "managedFields": [entry],
    }
    written = {**body, "metadata": {**given, **body["metadata"]}}
    if picked:
        written["spec"] = {**written["spec"], **picked}
    if kind == "Pod":
        written["status"] = running(written["spec"])
    return written


def running(spec: Body) -> Body:
    """The status of a Pod that runs, each image by a digest that follows from its name."""
    return {
        "phase": "Running",
        "startTime": "2026-11-23T22:10:01Z",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [_running(container) for container in spec.get("containers", ())],
        "initContainerStatuses": [_running(item) for item in spec.get("initContainers", ())],
    }


def _running(container: Body) -> Body:
    image = container.get("image", "")
    digest = hashlib.sha256(image.encode()).hexdigest()
    repository = image.rpartition(":")[0]
    return {
        "name": container.get("name", ""),
        "image": image,
        "imageID": f"{repository}@sha256:{digest}",
        "ready": True,
        "started": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": "2026-11-23T22:10:02Z"}},
    }


def edit(*bodies: Body) -> Edit:
    """Objects that are put into a world."""
    return {(body["kind"], body["metadata"]["name"]): body for body in bodies}


@cache
def _bookshop(namespace: str) -> Snapshot:
    return ways.look(ways.recording(), namespace)


def live(edit: Edit, namespace: str = ways.STAGING) -> Snapshot:
    """What is captured of the bookshop in a cluster, after an edit.

    Production's own Ingress is left out, since it rightly has another host than staging's.
    """
    own: Edit = {("Ingress", "web"): None} if namespace == PRODUCTION else {}
    return _edited(_bookshop(namespace), {**own, **edit})


def dumped(edit: Edit, namespace: str = ways.STAGING) -> Snapshot:
    """The same from a file that `kubectl get -o yaml --show-managed-fields` wrote."""
    return _from_file(live(edit, namespace), live(edit, namespace).documents)


def declared(edit: Edit, namespace: str = ways.STAGING) -> Snapshot:
    """The same from manifests, of which controllers have made nothing yet."""
    ours = {document.reference for document in _bookshop(namespace).documents}
    seen = live(edit, namespace)
    kept = [
        _manifest(document)
        for document in seen.documents
        if (document.reference.kind, document.reference.name) in edit
        or not _is_made_by_a_controller(document)
        or document.reference not in ours
    ]
    return _from_file(seen, kept)


def _is_made_by_a_controller(document: Document) -> bool:
    """Whether the recorded cluster's controllers made an object, which no manifest would hold."""
    kind, name = document.reference.kind, document.reference.name
    return (
        "ownerReferences" in document.metadata
        or kind == "Endpoints"
        or (kind, name) == ("PersistentVolumeClaim", "data-db-0")
    )


def _manifest(document: Document) -> Document:
    """What somebody would have written of an object."""
    body = {field: value for field, value in document.body.items() if field != "status"}
    metadata = {
        field: value for field, value in document.metadata.items() if field not in _SERVER_WRITTEN
    }
    if document.reference.group_kind == ("", "Service"):
        body["spec"] = _without_picked(body["spec"], json.dumps(document.metadata["managedFields"]))
    return Document({**body, "metadata": metadata})


def _without_picked(spec: Body, owned: str) -> Body:
    """A Service's spec without what the server picked, which nobody owns."""
    picked = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort")
    kept = {
        field: value
        for field, value in spec.items()
        if field not in picked or f'"f:{field}"' in owned
    }
    if '"f:nodePort"' not in owned and "ports" in spec:
        kept["ports"] = [
            {field: value for field, value in port.items() if field != "nodePort"}
            for port in spec["ports"]
        ]
    return kept


def _from_file(seen: Snapshot, documents: Iterable[Document]) -> Snapshot:
    documents = tuple(documents)
    return evolve(
        seen,
        origin=Origin.MANIFESTS,
        context=None,
        window=None,
        server_version=None,
        nodes=(),
        documents=documents,
        coverage=tuple(_rows(documents)),
    )


def _edited(seen: Snapshot, edit: Edit) -> Snapshot:
    kept = [
        document
        for document in seen.documents
        if (document.reference.kind, document.reference.name) not in edit
    ]
    put = [Document(body) for body in edit.values() if body is not None]
    documents = tuple(sorted([*kept, *put], key=lambda document: document.reference))
    counted = {row.group_kind: row for row in _rows(documents)}
    rows = [
        evolve(row, objects=counted[row.group_kind].objects if row.group_kind in counted else 0)
        if row.status is ReadStatus.READ
        else row
        for row in seen.coverage
    ]
    known = {row.group_kind for row in rows}
    rows += [row for kind, row in counted.items() if kind not in known]
    return evolve(seen, documents=documents, coverage=tuple(rows))


def _rows(documents: Iterable[Document]) -> Iterator[KindCoverage]:
    documents = tuple(documents)
    versions = {document.reference.group_kind: document.version for document in documents}
    counts = Counter(document.reference.group_kind for document in documents)
    for kind, count in sorted(counts.items()):
        yield KindCoverage(*kind, ReadStatus.READ, objects=count, version=versions[kind])


@frozen
class Form:
    """How two sides come: `live`, `manifests against live`.

    Args:
        name: What it is called.
        left: Makes the side that nobody has tampered with.
        right: Makes the other side.
    """

    name: str
    left: Callable[[Edit, str], Snapshot]
    right: Callable[[Edit, str], Snapshot]

    def __str__(self) -> str:
        return self.name


LIVE = Form("live", live, live)
DUMPS = Form("dumps", dumped, dumped)
MANIFESTS = Form("manifests", declared, declared)
AGAINST_LIVE = Form("manifests against live", declared, live)
AGAINST_MANIFESTS = Form("live against manifests", live, declared)
DUMP_AGAINST_LIVE = Form("a dump against live", dumped, live)
FORMS = (LIVE, DUMPS, MANIFESTS, AGAINST_LIVE, AGAINST_MANIFESTS, DUMP_AGAINST_LIVE)


def kind_of(api_version: str, kind: str) -> GroupKind:
    """A kind as objects name it."""
    return GroupKind(api_version.rpartition("/")[0], kind)
