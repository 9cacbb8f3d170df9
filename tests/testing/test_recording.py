"""Edits of recordings."""

from __future__ import annotations

import re

import msgspec
import pytest

from driftcheck.errors import UsageError
from driftcheck.testing import Recording, large_namespace
from driftcheck.testing._requests import Place
from tests.builders import config_map

STAGING = "bookshop-staging"


def test_an_object_put_back_unchanged_differs_by_its_resource_version_alone(
    equal: Recording,
) -> None:
    """Replacing an object by itself is a write that changes nothing else."""
    before = equal.object(STAGING, "Deployment", "web")

    after = equal.with_objects(STAGING, [before]).object(STAGING, "Deployment", "web")

    assert after["metadata"].pop("resourceVersion") != before["metadata"].pop("resourceVersion")
    assert after == before


def test_edits_leave_the_recording_they_came_from_alone(equal: Recording) -> None:
    """A recording never changes; what is handed out is a copy."""
    web = equal.object(STAGING, "Deployment", "web")
    web["spec"]["replicas"] = 99
    changed = equal.with_objects(STAGING, [web])
    web["spec"]["replicas"] = 100

    assert changed.object(STAGING, "Deployment", "web")["spec"]["replicas"] == 99
    assert equal.object(STAGING, "Deployment", "web")["spec"]["replicas"] == 2


def test_a_manifest_becomes_an_object(equal: Recording) -> None:
    """A plain manifest gets what a server gives, and its place in the order of names."""
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {}}

    changed = equal.with_objects(STAGING, [manifest])

    stored = changed.objects(STAGING, "ConfigMap")[0]
    assert stored["metadata"]["namespace"] == STAGING
    assert {"name", "uid", "creationTimestamp", "resourceVersion"} <= set(stored["metadata"])
    listed = changed.collections[Place("/api/v1", "configmaps", STAGING)]
    assert "kind" not in listed.objects[0]
    assert listed.metadata["resourceVersion"] == stored["metadata"]["resourceVersion"]


def test_a_namespace_that_was_not_recorded(equal: Recording) -> None:
    """What is written to a namespace of which nothing was recorded is all that it holds."""
    before = equal.object("", "Namespace", "default")

    changed = equal.with_objects("default", [config_map("a")])

    assert [found["metadata"]["name"] for found in changed.objects("default", "ConfigMap")] == ["a"]
    assert changed.objects("default", "Secret") == []
    assert changed.object("", "Namespace", "default") == before


def test_custom_resources_bear_their_kind_in_lists(equal: Recording) -> None:
    """As on a real server, listed custom resources have apiVersion and kind."""
    flag = equal.object(STAGING, "FeatureFlag", "wishlist")

    changed = equal.with_objects(STAGING, [flag])

    (place,) = (
        found for found in changed.of_namespace(STAGING) if found.resource == "featureflags"
    )
    assert changed.collections[place].objects[0]["kind"] == "FeatureFlag"


def test_objects_may_live_in_a_new_namespace(equal: Recording) -> None:
    """A namespace is created with the first object put into it."""
    web = equal.object(STAGING, "Deployment", "web")

    changed = equal.with_objects("new", [web])

    assert changed.object("new", "Deployment", "web")["metadata"]["namespace"] == "new"
    assert changed.object("", "Namespace", "new")["status"] == {"phase": "Active"}
    assert changed.objects("new", "Pod") == []


def test_cluster_scoped_objects_have_no_namespace(equal: Recording) -> None:
    """A cluster-scoped object is put where all clients look for it."""
    fast = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"}}

    changed = equal.with_objects("", [fast])

    assert "namespace" not in changed.object("", "StorageClass", "fast")["metadata"]


def test_a_deleted_object_is_gone_in_every_version(equal: Recording) -> None:
    """An autoscaler that is deleted is in neither version's list, and both were written."""
    (name,) = (found["metadata"]["name"] for found in equal.objects(STAGING, _HPA))

    changed = equal.without(STAGING, _HPA, name)

    for version in ("v1", "v2"):
        place = Place(f"/apis/autoscaling/{version}", "horizontalpodautoscalers", STAGING)
        assert changed.collections[place].objects == ()
        assert changed.collections[place].revision > equal.collections[place].revision


_HPA = "HorizontalPodAutoscaler"


@pytest.mark.parametrize(
    "given",
    [
        {"apiVersion": "v1", "kind": "Nothing", "metadata": {"name": "a"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}},
        {"apiVersion": "v1", "kind": "ConfigMap"},
        {},
    ],
)
def test_an_object_needs_a_name_and_a_kind(equal: Recording, given: dict[str, object]) -> None:
    """What no server would store is refused."""
    with pytest.raises(UsageError):
        equal.with_objects(STAGING, [given])


def test_what_is_not_there_cannot_be_edited(equal: Recording) -> None:
    """Names that the recording does not know are refused, not passed over."""
    with pytest.raises(UsageError, match="nope"):
        equal.without(STAGING, "Deployment", "nope")
    with pytest.raises(UsageError, match="Nothing"):
        equal.objects(STAGING, "Nothing")
    with pytest.raises(UsageError, match="copy"):
        equal.copied("nowhere", to="there")
    with pytest.raises(UsageError, match="copy"):
        equal.copied(STAGING, to="bookshop-dev")
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    with pytest.raises(UsageError, match="namespace"):
        equal.with_objects("", [manifest])


def test_a_copy_holds_the_same_under_another_name(equal: Recording) -> None:
    """A copied namespace differs by its name and by uids, which still refer to each other."""
    copy = equal.copied(STAGING, to="copy")
    text = msgspec.json.encode([held.objects for held in copy.of_namespace("copy").values()])

    assert STAGING not in text.decode()
    originals, copies = _uids(equal, STAGING), _uids(copy, "copy")
    assert len(originals) == len(copies)
    assert not originals & copies
    assert _owners(copy, "copy") <= copies
    assert _uids(copy, STAGING) == originals
    assert "copy" in copy.namespaces


def test_a_large_namespace_is_whole(equal: Recording) -> None:
    """A grown namespace has the objects asked for, with names, uids and owners of their own."""
    large = large_namespace(equal, STAGING, objects=500)

    assert len(_uids(large, STAGING)) >= 500
    assert _owners(large, STAGING) <= _uids(large, STAGING)
    for held in large.of_namespace(STAGING).values():
        names = [found["metadata"]["name"] for found in held.objects]
        assert names == sorted(set(names))


def test_a_large_namespace_may_be_a_new_one(equal: Recording) -> None:
    """A large namespace that does not exist yet is made beside the others."""
    large = large_namespace(equal, "large", objects=200)

    assert len(_uids(large, "large")) >= 200
    assert _uids(large, STAGING) == _uids(equal, STAGING)


def _uids(recording: Recording, namespace: str) -> set[str]:
    return {
        found["metadata"]["uid"]
        for held in recording.of_namespace(namespace).values()
        for found in held.objects
        if held.kind != "Event"
    }


def _owners(recording: Recording, namespace: str) -> set[str]:
    text = msgspec.json.encode(
        [
            found["metadata"].get("ownerReferences", [])
            for held in recording.of_namespace(namespace).values()
            for found in held.objects
        ]
    )
    return set(re.findall(r'"uid":"([^"]+)"', text.decode()))
