"""From a request to its answer."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec
import pytest

from driftcheck.testing import Recording, Request
from driftcheck.testing._answers import Answer, Answers
from driftcheck.testing._recording import Collection
from driftcheck.testing._requests import Place

PODS = "/api/v1/namespaces/bookshop-staging/pods"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


def answer(
    recording: Recording, path: str, *, user: str | None = "admin", accept: str = "", **more: Any
) -> Answer:
    """What a server with this recording says."""
    path, _, query = path.partition("?")
    method = more.pop("method", "GET")
    return Answers(recording, **more).answer(Request(method, path, query, user, accept))


def read(recording: Recording, path: str, **more: Any) -> Any:
    """The body of an answer, as JSON."""
    return msgspec.json.decode(answer(recording, path, **more).body)


def names(body: Any) -> list[str]:
    """The names of a list's objects, in order."""
    return [item["metadata"]["name"] for item in body["items"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 11])
def test_pages_of_any_size_make_the_full_list(equal: Recording, limit: int) -> None:
    """Whatever the page size, the pages hold each object once, at one resourceVersion."""
    whole = read(equal, PODS)
    pages = [read(equal, f"{PODS}?limit={limit}")]
    while token := pages[-1]["metadata"].get("continue"):
        pages.append(read(equal, f"{PODS}?limit={limit}&continue={token}"))

    assert whole["items"] == [item for page in pages for item in page["items"]]
    assert {whole["metadata"]["resourceVersion"]} == {
        page["metadata"]["resourceVersion"] for page in pages
    }
    for number, page in enumerate(pages[:-1], start=1):
        assert len(whole["items"]) - number * limit == page["metadata"]["remainingItemCount"]


def test_a_token_does_not_outlive_its_list(equal: Recording) -> None:
    """A token of a list that changed is expired; one that is no token is a bad request."""
    token = read(equal, f"{PODS}?limit=2")["metadata"]["continue"]
    later = equal.without("bookshop-staging", "Pod", "db-0")

    assert answer(later, f"{PODS}?limit=2&continue={token}").status == 410
    assert answer(equal, f"{PODS}?limit=2&continue=xyz").status == 400


def test_metadata_only_lists_hold_the_metadata_alone(equal: Recording) -> None:
    """Every list has a metadata-only form, custom resources too."""
    for place in equal.of_namespace("bookshop-staging"):
        path = f"{place.api}/namespaces/bookshop-staging/{place.resource}"

        full, partial = read(equal, path), read(equal, path, accept=METADATA_ONLY)

        assert partial["kind"] == "PartialObjectMetadataList"
        assert [item["metadata"] for item in full["items"]] == [
            item["metadata"] for item in partial["items"]
        ]
        for item in partial["items"]:
            assert {"apiVersion", "kind", "metadata"} == set(item)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "PodList"),
        ("*/*", "PodList"),
        ("application/json;as=Table;g=meta.k8s.io;v=v1,application/json", "PodList"),
        ("application/vnd.kubernetes.protobuf,application/json", "PodList"),
        (f"{METADATA_ONLY},application/json", "PartialObjectMetadataList"),
        (f"{METADATA_ONLY};q=0.5,application/json", "PodList"),
        ("application/vnd.kubernetes.protobuf", "Status"),
    ],
)
def test_the_form_is_the_first_that_is_asked_for(equal: Recording, accept: str, kind: str) -> None:
    """An Accept header is read by what it prefers, and refused where nothing fits."""
    assert read(equal, PODS, accept=accept)["kind"] == kind


def test_discovery_has_both_forms(equal: Recording) -> None:
    """Discovery is aggregated for who asks so, and legacy for who does not."""
    for path, legacy in [("/api", "APIVersions"), ("/apis", "APIGroupList")]:
        aggregated = answer(equal, path, accept=f"{AGGREGATED},application/json")

        assert aggregated.type == AGGREGATED
        assert msgspec.json.decode(aggregated.body)["kind"] == "APIGroupDiscoveryList"
        assert legacy == read(equal, path)["kind"]


def test_an_old_server_knows_legacy_discovery_alone(equal: Recording) -> None:
    """A server that is not aggregated answers the legacy form, or not at all."""
    old = answer(equal, "/apis", accept=f"{AGGREGATED},application/json", aggregated=False)

    assert msgspec.json.decode(old.body)["kind"] == "APIGroupList"
    assert answer(equal, "/apis", accept=AGGREGATED, aggregated=False).status == 406


def test_the_hash_of_an_openapi_document_is_ignored(equal: Recording) -> None:
    """An OpenAPI document is the same with any hash and with none."""
    path = "/openapi/v3/apis/apps/v1"

    assert answer(equal, path) == answer(equal, f"{path}?hash=ABC&timeout=32s")


def test_single_objects_come_from_their_lists(equal: Recording) -> None:
    """An object got by name is the listed one, with its kind and apiVersion."""
    listed = read(equal, "/apis/apps/v1/namespaces/bookshop-staging/deployments")["items"][0]
    path = f"/apis/apps/v1/namespaces/bookshop-staging/deployments/{listed['metadata']['name']}"

    assert {"kind": "Deployment", "apiVersion": "apps/v1"} | listed == read(equal, path)
    partial = read(
        equal, path, accept="application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    )
    assert listed["metadata"] == partial["metadata"]
    assert partial["kind"] == "PartialObjectMetadata"


def test_what_is_not_there_is_not_found(equal: Recording) -> None:
    """A missing object, a list nobody recorded and an unknown path are three kinds of 404."""
    missing = read(equal, "/apis/apps/v1/namespaces/bookshop-staging/deployments/nope")
    unrecorded = read(equal, "/api/v1/componentstatuses")
    unknown = answer(equal, "/apis/no.such.group/v1/things")

    assert missing["message"] == 'deployments.apps "nope" not found'
    assert unrecorded["message"] == "the recording holds no such list"
    assert (unknown.status, unknown.body) == (404, b"404 page not found\n")


def test_lists_of_a_namespace_that_does_not_exist_are_empty(equal: Recording) -> None:
    """As on a real server, an unknown namespace has every list and no object."""
    assert read(equal, "/api/v1/namespaces/nowhere/pods")["items"] == []
    assert answer(equal, "/api/v1/namespaces/nowhere").status == 404


def test_lists_of_a_namespace_that_was_not_recorded_are_missing(equal: Recording) -> None:
    """A namespace that exists, but whose lists nobody recorded, is never shown as empty."""
    assert answer(equal, "/api/v1/namespaces/kube-system").status == 200
    assert answer(equal, "/api/v1/namespaces/kube-system/pods").status == 404


def test_refusals_hold_for_every_namespace_and_form(equal: Recording) -> None:
    """Who may not list Secrets in one namespace may not in any, nor get one, nor its metadata."""
    secrets = "/api/v1/namespaces/bookshop-dev/secrets"

    refused = read(equal, secrets, user="viewer")
    assert refused["message"] == (
        'secrets is forbidden: User "viewer" cannot list resource "secrets" in API group "" '
        'in the namespace "bookshop-dev"'
    )
    assert answer(equal, secrets, user="viewer", accept=METADATA_ONLY).status == 403
    assert answer(equal, f"{secrets}/tls", user="viewer").status == 403
    assert answer(equal, PODS) == answer(equal, PODS, user="viewer")


def test_nobody_is_answered_without_a_token(equal: Recording) -> None:
    """Everything is 401 for a user that is not known."""
    for path in ("/version", "/api", PODS, "/nowhere"):
        assert answer(equal, path, user=None).status == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writes_are_not_allowed(equal: Recording, method: str) -> None:
    """Nothing that writes is answered with more than 405."""
    assert answer(equal, PODS, method=method).status == 405


def test_nothing_watches(equal: Recording) -> None:
    """A watch is refused rather than left waiting."""
    assert answer(equal, f"{PODS}?watch=1").status == 405


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("labelSelector=app%3Ddb", ["db-0"]),
        ("labelSelector=app%3D%3Ddb", ["db-0"]),
        ("labelSelector=app%3Ddb,nope%3Dx", []),
        ("fieldSelector=metadata.name%3Ddb-0", ["db-0"]),
        ("fieldSelector=metadata.name!%3Ddb-0&labelSelector=app%3Ddb", []),
    ],
)
def test_selectors_choose_by_equality(equal: Recording, query: str, expected: list[str]) -> None:
    """Label and field selectors keep what equals, and every part of them counts."""
    assert expected == names(read(equal, f"{PODS}?{query}"))


def test_pages_of_a_selection_do_not_say_how_many_remain(equal: Recording) -> None:
    """A selected list is paged, but what remains is not counted, as on a real server."""
    first = read(equal, f"{PODS}?labelSelector=app!%3Ddb&limit=2")

    assert "continue" in first["metadata"]
    assert "remainingItemCount" not in first["metadata"]


@pytest.mark.parametrize(
    "query",
    ["labelSelector=app in (db)", "fieldSelector=spec.nodeName%3Dx", "limit=many"],
)
def test_queries_that_are_not_understood_are_bad_requests(equal: Recording, query: str) -> None:
    """A query this server can't read is refused, never ignored."""
    assert answer(equal, f"{PODS}?{query}").status == 400


def test_pages_keep_an_order_that_is_not_that_of_names(equal: Recording) -> None:
    """A list of all namespaces is paged in its own order, though names come again."""
    place = Place("/apis/metrics.k8s.io/v1beta1", "pods")
    objects = [
        {"metadata": {"name": name, "namespace": namespace}}
        for namespace, name in [("b", "x"), ("a", "x"), ("a", "w")]
    ]
    computed = Collection("metrics.k8s.io/v1beta1", "PodMetrics", {}, tuple(objects))
    recording = attrs.evolve(equal, collections={place: computed})

    path, seen, token = f"{place.api}/pods?limit=1", [], ""
    for _ in objects:
        page = read(recording, f"{path}&continue={token}")
        seen += page["items"]
        token = page["metadata"].get("continue", "")

    assert seen == objects
    assert token == ""
