"""Looks at a playback server, and what is written between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import msgspec

from driftcheck.capture import Patience, SecretKey, capture_cluster
from driftcheck.codec import read_snapshot, snapshot_bytes
from driftcheck.errors import UsageError
from driftcheck.model import GroupKind, Snapshot
from driftcheck.sources import Cluster, Connection
from driftcheck.sources._kubeconfig import read_access
from driftcheck.testing import (
    Fault,
    PlaybackServer,
    Recording,
    Reply,
    Request,
    Strike,
)

RECORDING = Path(__file__).parents[2] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
STAGING = "bookshop-staging"
KEY = SecretKey(b"k" * 32)

UNASKABLE = "what moved has a name that can't be asked for"

AUTOSCALER = GroupKind("autoscaling", "HorizontalPodAutoscaler")
CONFIG_MAP = GroupKind("", "ConfigMap")
FLAG = GroupKind("bookshop.example.com", "FeatureFlag")
NAMESPACE = GroupKind("", "Namespace")
SECRET = GroupKind("", "Secret")
DEFINITION = "featureflags.bookshop.example.com"

JSON = dict[str, Any]
Edit = Callable[[Recording], Recording]


@attrs.frozen
class Rewritten(Fault):
    """A server that shows objects otherwise than they were, though nobody wrote them."""

    edit: Callable[[JSON], object] = attrs.field(kw_only=True)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = strike.go_on()
        body = msgspec.json.decode(reply.answer.body)
        for item in body.get("items", [body]):
            self.edit(item)
        answer = attrs.evolve(reply.answer, body=msgspec.json.encode(body))
        return attrs.evolve(reply, answer=answer)


def config_map(number: int, data: str = "v") -> JSON:
    name = f"settings-{number:02}"
    metadata = {"name": name, "managedFields": [{"manager": "m", "time": "2026-11-24T00:00:00Z"}]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": data}}


def look(
    server: PlaybackServer,
    earlier: Snapshot | None = None,
    *,
    namespace: str = STAGING,
    context: str | None = None,
    driftcheck: str | None = "1.0",
    key: SecretKey = KEY,
    **more: Any,
) -> Snapshot:
    """A look at what a playback server holds, a day after it was recorded."""
    ticks = count()
    access = read_access(str(server.kubeconfig), context)
    with Connection(access, timeout=20.0, pause=0.001) as connection:
        return capture_cluster(
            Cluster(connection),
            namespace,
            name="shop",
            secret_key=lambda: key,
            now=lambda: datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=next(ticks)),
            settle=Patience(0),
            driftcheck=driftcheck,
            earlier=earlier,
            **more,
        )


def content(snapshot: Snapshot) -> Snapshot:
    """What was seen, whenever and however that was."""
    return attrs.evolve(snapshot, window=None, taken_over=None)


def is_quiescent(snapshot: Snapshot) -> bool:
    return snapshot.window is not None and snapshot.window.quiescent


def taken(snapshot: Snapshot) -> dict[GroupKind, int]:
    assert snapshot.taken_over is not None
    return dict(snapshot.taken_over.objects)


def whole(snapshot: Snapshot) -> dict[GroupKind, str]:
    assert snapshot.taken_over is not None
    return dict(snapshot.taken_over.whole)


def lists(requests: Iterable[Request], *, metadata_only: bool) -> list[str]:
    """The kinds of which whole lists were asked for, in full or by metadata."""
    return [
        request.target.place.resource
        for request in requests
        if request.target and request.target.place.namespace == STAGING
        if "fieldSelector" not in request.query
        if request.is_metadata_only is metadata_only
    ]


def edited(kind: str, name: str, **fields: Any) -> Edit:
    """An edit that writes some fields of an object."""

    def edit(recording: Recording) -> Recording:
        found = recording.object(STAGING, kind, name)
        found.update(fields)
        return recording.with_objects(STAGING, [found])

    return edit


def deleted(kind: str, name: str) -> Edit:
    """An edit that deletes an object."""
    return lambda recording: recording.without(STAGING, kind, name)


def recreated(kind: str, name: str) -> Edit:
    """An edit that deletes an object and makes it anew, as it was but for its uid."""

    def edit(recording: Recording) -> Recording:
        found = recording.object(STAGING, kind, name)
        found["metadata"]["uid"] = "00000000-0000-4000-8000-000000000000"
        return recording.without(STAGING, kind, name).with_objects(STAGING, [found])

    return edit


def redefined(**spec: Any) -> Edit:
    """An edit of the definition of the custom resources."""

    def edit(recording: Recording) -> Recording:
        found = recording.object("", "CustomResourceDefinition", DEFINITION)
        found["spec"] |= spec
        found["metadata"]["generation"] += 1
        return recording.with_objects("", [found])

    return edit


def look_again(recording: Recording, earlier: Snapshot) -> Snapshot:
    with PlaybackServer(recording) as server:
        return look(server, earlier)


EDITS: tuple[Edit, ...] = (
    edited("ConfigMap", "settings-01", data={"k": "w"}),
    edited("ConfigMap", "settings-01", data={"k": "x"}),
    edited("ConfigMap", "web-config", data={"new": "value"}),
    edited("Deployment", "web", spec={"replicas": 7}),
    edited("Deployment", "worker", status={"observedGeneration": 9}),
    edited("Secret", "db-credentials", data={"password": "bmV3"}),
    edited("FeatureFlag", "wishlist", spec={"enabled": True}),
    deleted("ConfigMap", "settings-02"),
    deleted("Service", "web"),
    recreated("ConfigMap", "settings-03"),
    recreated("Secret", "db-credentials"),
    recreated("Deployment", "web"),
    redefined(preserveUnknownFields=False),
    lambda recording: recording.with_objects(STAGING, [config_map(77)]),
)


def applied(recording: Recording, edits: Iterable[Edit]) -> Recording:
    """The recording after these edits, but for those of what is gone already."""
    for edit in edits:
        with suppress(UsageError):
            recording = edit(recording)
    return recording


def saved_and_read(snapshot: Snapshot) -> Snapshot:
    return read_snapshot(snapshot_bytes(snapshot, compressed=True), source="earlier")
