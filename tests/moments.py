"""One place at three recorded moments, and what is seen of it when somebody writes an object."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from attrs import evolve

from driftcheck.model import Document, Snapshot, Window, Witness
from driftcheck.pipeline import capture, compare_snapshots
from driftcheck.testing import PlaybackServer
from tests.builders import Body
from tests.conftest import EXAMPLES

STAGED, QUIET, HANDS = "1-staged", "2-quiet", "3-hands"
MOMENTS = {
    name: EXAMPLES / "recordings" / "moments" / f"{name}.jsonl.gz"
    for name in (STAGED, QUIET, HANDS)
}
RECORDED = {
    name: datetime(2026, 11, 25, hour, tzinfo=UTC)
    for name, hour in ((STAGED, 12), (QUIET, 13), (HANDS, 18))
}
"""Times in their order, whenever a test looks at which of them."""

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"
NOON = {"manager": "kubectl-patch", "operation": "Update", "time": "2026-11-26T12:00:00Z"}
"""An entry of managedFields that is later than all that was recorded."""

Edit = Callable[[Body], None]


@cache
def seen(moment: str, namespace: str = PRODUCTION) -> Snapshot:
    """What is captured of a namespace at a moment, over HTTP."""
    with PlaybackServer(MOMENTS[moment]) as server:
        found = capture(namespace, kubeconfig=str(server.kubeconfig))
    at = RECORDED[moment]
    return evolve(found, name=moment, window=Window(at, at + timedelta(seconds=1), quiescent=True))


def body(snapshot: Snapshot, kind: str, name: str) -> Body:
    """An object of a snapshot, free to edit."""
    (found,) = [
        document.body for document in snapshot.documents if document.reference[1:] == (kind, name)
    ]
    return copy.deepcopy(dict(found))


def later(kind: str, name: str, /, edit: Edit, **fields: Any) -> Snapshot:
    """The quiet staging a while later, with an edit of one object."""
    snapshot = seen(QUIET, STAGING)
    changed = body(snapshot, kind, name)
    edit(changed)
    documents = tuple(
        Document(changed) if document.reference[1:] == (kind, name) else document
        for document in snapshot.documents
    )
    return evolve(snapshot, **{"name": "later", **fields}, documents=documents)


def without(snapshot: Snapshot, kind: str, name: str) -> Snapshot:
    """The snapshot without one object."""
    left = tuple(item for item in snapshot.documents if item.reference[1:] != (kind, name))
    return evolve(snapshot, documents=left)


def written(target: Body, *, times: int = 1, **entry: Any) -> None:
    """What the API server keeps of writes that leave all else as it is."""
    metadata = target["metadata"]
    metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + times)
    if entry:
        metadata["managedFields"] = [
            *metadata["managedFields"],
            {"apiVersion": target["apiVersion"], "fieldsV1": {}, **NOON, **entry},
        ]


def witnessed(*snapshots: Snapshot) -> dict[tuple[str, str], Witness]:
    """The witness of each object that is not untouched, of two looks."""
    (found,) = compare_snapshots(snapshots).witnesses
    return {item.object[1:]: item.witness for item in found.objects}


def witness(after: Snapshot, kind: str, name: str) -> Witness:
    """The witness of one object between the quiet staging and a later look at it."""
    return witnessed(seen(QUIET, STAGING), after).get((kind, name), Witness.UNTOUCHED)
