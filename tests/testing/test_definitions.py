"""Custom resources that a recording did not have."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client, config

from driftcheck import capture
from driftcheck.errors import UsageError
from driftcheck.testing import PlaybackServer, Recording, with_definition

STAGING = "bookshop-staging"
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "caches.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Cache", "plural": "caches", "singular": "cache", "shortNames": ["ca"]},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {"ttl": {"type": "integer", "default": 300}},
                            }
                        },
                    }
                },
            },
            {"name": "v1alpha1", "served": False, "storage": False, "schema": {}},
        ],
    },
}
CACHE = {
    "apiVersion": "example.com/v1",
    "kind": "Cache",
    "metadata": {"name": "front"},
    "spec": {"ttl": 60},
}


@pytest.mark.parametrize("aggregated", [True, False])
def test_a_client_finds_the_kind(equal: Recording, aggregated: bool) -> None:
    """Discovery in both forms tells of it, its list is there, empty where nothing was written."""
    recording = with_definition(equal, DEFINITION).with_objects(STAGING, [CACHE])

    with PlaybackServer(recording, aggregated=aggregated) as server:
        found = capture(STAGING, kubeconfig=str(server.kubeconfig))
        with config.new_client_from_config(str(server.kubeconfig)) as api:
            listing = client.CustomObjectsApi(api)
            other = listing.list_namespaced_custom_object(
                "example.com", "v1", "bookshop-production", "caches"
            )

    (cache,) = (item for item in found.documents if item.reference.kind == "Cache")
    assert cache.body["spec"] == {"ttl": 60}
    assert other["items"] == []
    (row,) = (row for row in found.coverage if row.kind == "Cache")
    assert (row.status.value, row.objects) == ("read", 1)


def test_its_schema_is_published(equal: Recording) -> None:
    """A default of the schema counts as if it had been written."""
    recording = with_definition(equal, DEFINITION)
    said, silent = ({**CACHE, "spec": spec} for spec in ({"ttl": 300}, {}))

    with PlaybackServer(recording.with_objects(STAGING, [said])) as server:
        one = capture(STAGING, kubeconfig=str(server.kubeconfig))
        server.recording = recording.with_objects(STAGING, [silent])
        other = capture(STAGING, kubeconfig=str(server.kubeconfig))

    assert one.schemas["example.com/v1/Cache"]["properties"]["spec"]["properties"]["ttl"]
    assert one.schemas == other.schemas


def test_a_kind_outside_any_namespace(equal: Recording) -> None:
    """A definition of cluster-scoped resources makes one list."""
    definition = {**DEFINITION, "spec": {**DEFINITION["spec"], "scope": "Cluster"}}

    recording = with_definition(equal, definition).with_objects("", [CACHE])

    assert recording.object("", "Cache", "front")["spec"] == {"ttl": 60}


def test_what_is_no_definition(equal: Recording) -> None:
    with pytest.raises(UsageError, match="not a CustomResourceDefinition: it lacks 'spec'"):
        with_definition(equal, {"metadata": {"name": "caches.example.com"}})


def test_another_kind_of_the_group(equal: Recording) -> None:
    """A group has as many kinds as were defined of it, those that were recorded among them."""
    names = {"kind": "Lock", "plural": "locks"}
    more = {**DEFINITION, "metadata": {"name": "locks.bookshop.example.com"}}
    more["spec"] = {**DEFINITION["spec"], "group": "bookshop.example.com", "names": names}

    with PlaybackServer(with_definition(equal, more)) as server:
        found = capture(STAGING, kubeconfig=str(server.kubeconfig))
        with config.new_client_from_config(str(server.kubeconfig)) as api:
            (group,) = (
                group
                for group in client.ApisApi(api).get_api_versions().groups
                if group.name == "bookshop.example.com"
            )

    rows = {row.kind: row.status.value for row in found.coverage}
    assert (rows["Lock"], rows["FeatureFlag"]) == ("read", "read")
    assert [version.version for version in group.versions] == ["v1"]


def test_a_kind_that_is_there(equal: Recording) -> None:
    with pytest.raises(UsageError, match=r"tells of caches\.example\.com already"):
        with_definition(with_definition(equal, DEFINITION), DEFINITION)
