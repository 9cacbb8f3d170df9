"""Two environments compared in every way there is: files, saved snapshots, live; from both ends.

A rule that holds in one of them and not in another is a hole, or a false alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from attrs import frozen

from driftcheck.codec import read_snapshot, snapshot_bytes
from driftcheck.model import Result, Snapshot, Verdict
from driftcheck.pipeline import capture, compare_snapshots
from driftcheck.testing import PlaybackServer, Recording, load_recording
from tests.builders import Body
from tests.conftest import RECORDINGS

NAMESPACE = "shop"
STAGING = "bookshop-staging"


@frozen
class Way:
    """One way of comparing: `live, from right to left`."""

    form: str
    direction: str

    def __str__(self) -> str:
        return f"{self.form}, {self.direction}"


def in_every_way(left: Iterable[Body], right: Iterable[Body]) -> dict[Way, Result]:
    """What a comparison of two sets of objects says, whatever way they come.

    Args:
        left: Objects as a server shows them; what every object has (uid, resourceVersion) may
            be left out.
        right: Likewise.

    Returns:
        The result for each form and direction.
    """
    return dict(_results(tuple(left), tuple(right)))


def verdicts(left: Iterable[Body], right: Iterable[Body]) -> set[Verdict]:
    """The verdicts of every way, which should be one."""
    return {result.verdict for result in in_every_way(left, right).values()}


def findings(left: Iterable[Body], right: Iterable[Body]) -> dict[Way, set[tuple[str, str, str]]]:
    """What each way finds: kind, name and path, whichever side lacks it."""
    return {
        way: {(item.object.kind, item.object.name, item.path) for item in result.findings}
        for way, result in in_every_way(left, right).items()
    }


def _results(left: tuple[Body, ...], right: tuple[Body, ...]) -> Iterator[tuple[Way, Result]]:
    for form, sides in _forms(left, right).items():
        yield Way(form, "from left to right"), compare_snapshots(sides)
        yield Way(form, "from right to left"), compare_snapshots(sides[::-1])


def _forms(left: tuple[Body, ...], right: tuple[Body, ...]) -> dict[str, list[Snapshot]]:
    lives = [live(*bodies) for bodies in (left, right)]
    return {
        "files": [capture(list(bodies)) for bodies in (left, right)],
        "live": lives,
        "saved": [saved(snapshot) for snapshot in lives],
    }


def saved(snapshot: Snapshot) -> Snapshot:
    """The snapshot as it comes back from its file."""
    return read_snapshot(snapshot_bytes(snapshot, compressed=True), source="saved")


def live(*bodies: Body, namespace: str = NAMESPACE) -> Snapshot:
    """What is captured of a namespace that holds these objects and nothing else."""
    return look(recording().with_objects(namespace, bodies), namespace)


def twin(edit: Mapping[tuple[str, str], Body | None]) -> Snapshot:
    """What is captured of the recorded staging after an edit.

    Args:
        edit: By kind and name, the object that stands there afterwards; None where it is gone.
    """
    edited = recording()
    for (kind, name), body in edit.items():
        if body is None:
            edited = edited.without(STAGING, kind, name)
        else:
            edited = edited.with_objects(STAGING, [body])
    return look(edited, STAGING)


def recorded(kind: str, name: str) -> Body:
    """An object of the recorded staging, free to edit."""
    return recording().object(STAGING, kind, name)


def look(recording: Recording, namespace: str) -> Snapshot:
    """What is captured of a recording's namespace, over HTTP."""
    with PlaybackServer(recording) as server:
        return capture(namespace, kubeconfig=str(server.kubeconfig))


def owner(body: Body, **fields: object) -> Body:
    """A controller reference to an object that has a uid."""
    metadata = body["metadata"]
    return {
        "apiVersion": body["apiVersion"],
        "kind": body["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
        **fields,
    }


@cache
def recording() -> Recording:
    """The recorded cluster, which is read once."""
    return load_recording(RECORDINGS["equal"])
