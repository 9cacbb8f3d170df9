"""Manifests become a snapshot that says what it is made of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from driftcheck.capture import SecretKey, capture_manifests
from driftcheck.errors import SecretKeyError
from driftcheck.model import Document, KindCoverage, Origin, ReadStatus, Snapshot
from driftcheck.sources import read_objects

KEY = SecretKey(b"0123456789abcdef")
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "db"},
    "stringData": {"password": "hunter2"},
}
WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}


def definition(**versions: Any) -> dict[str, Any]:
    """The definition of Widget with these schemas."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Widget"},
            "versions": [
                {"name": name, "schema": {"openAPIV3Schema": schema}}
                for name, schema in versions.items()
            ],
        },
    }


def no_key() -> SecretKey:
    """Where there is no key to be found."""
    raise SecretKeyError("no key")


def capture(*bodies: dict[str, Any]) -> Snapshot:
    """The snapshot of these objects."""
    return capture_manifests(read_objects(bodies), name="shop", secret_key=lambda: KEY)


def test_snapshot() -> None:
    """A snapshot of manifests has objects, a namespace and a name, and nothing of a cluster."""
    body = {**CONFIG_MAP, "metadata": {"name": "a", "namespace": "shop-eu"}}
    assert capture(body) == Snapshot(
        name="shop",
        origin=Origin.MANIFESTS,
        context=None,
        namespace="shop-eu",
        window=None,
        server_version=None,
        secret_key_id=None,
        coverage=(KindCoverage("", "ConfigMap", ReadStatus.READ, 1, version="v1"),),
        documents=(Document(body),),
    )


def test_coverage() -> None:
    """Each kind has one row, sorted; what is nobody's configuration is left out, and counted."""
    event = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}}
    other = {**CONFIG_MAP, "metadata": {"name": "b"}}
    snapshot = capture(WIDGET, event, CONFIG_MAP, other)
    assert snapshot.coverage == (
        KindCoverage("", "ConfigMap", ReadStatus.READ, 2, version="v1"),
        KindCoverage(
            "", "Event", ReadStatus.EXCLUDED, 1, reason="events: what happened, kept for an hour"
        ),
        KindCoverage("example.com", "Widget", ReadStatus.READ, 1, version="v1"),
    )
    assert [document.reference.kind for document in snapshot.documents] == [
        "Widget", "ConfigMap", "ConfigMap",
    ]  # fmt: skip
    assert snapshot.is_complete


def test_what_could_not_be_read() -> None:
    """An object that no server would take costs its kind the whole; of Events nothing does."""
    odd = {"metadata": {"name": "odd", "labels": ["x"]}}
    (row,) = capture(CONFIG_MAP, {**CONFIG_MAP, **odd}).coverage
    assert (row.status, row.objects, row.is_complete) == (ReadStatus.READ, 1, False)
    assert "ConfigMap odd" in str(row.reason)
    event = {"apiVersion": "v1", "kind": "Event"}
    assert capture(CONFIG_MAP, {**event, **odd}).is_complete


def test_secrets() -> None:
    """Secret values are fingerprints before the snapshot exists, and the key is named."""
    snapshot = capture(SECRET)
    assert snapshot.secret_key_id == KEY.id
    assert snapshot.documents[0].body["data"] == {
        "password": KEY.fingerprint("password", b"hunter2")
    }
    assert "hunter2" not in json.dumps(snapshot.documents[0].body)


def test_key_is_not_needed() -> None:
    """Without a Secret value nobody looks for a key; with one, its absence is an error."""
    manifests = read_objects([CONFIG_MAP, {**SECRET, "stringData": {}}])
    snapshot = capture_manifests(manifests, name="shop", secret_key=no_key)
    assert snapshot.secret_key_id is None
    with pytest.raises(SecretKeyError):
        capture_manifests(read_objects([SECRET]), name="shop", secret_key=no_key)


def test_schemas() -> None:
    """Definitions that came along give the schemas of the custom resources that are there."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    snapshot = capture(definition(v1=schema, v1beta1={"type": "object"}), WIDGET)
    assert snapshot.schemas == {"example.com/v1/Widget": schema}
    assert capture(definition(v1=schema)).schemas == {}


@pytest.mark.parametrize(
    "spec",
    [None, [], {"versions": {}}, {"versions": [3, {"schema": []}, {"schema": {}}]},
     {"scope": "Cluster", "names": []}],
)  # fmt: skip
def test_broken_definitions(spec: Any) -> None:
    """A definition that is not shaped like one gives no schema, and no trouble."""
    assert capture({**definition(), "spec": spec}, WIDGET).schemas == {}
