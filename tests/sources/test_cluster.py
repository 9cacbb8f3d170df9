"""A cluster as a source: what it serves, and lists that belong to one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from driftcheck.errors import ClusterError
from driftcheck.sources import (
    NAMESPACES,
    Cluster,
    Connection,
    Discovery,
    Listing,
    Refusal,
    Resource,
)
from driftcheck.sources._kubeconfig import read_access
from driftcheck.testing import (
    ExpiredContinue,
    Failing,
    Fault,
    Forbidden,
    InconsistentContinue,
    InvalidJSON,
    MetadataOnlyIgnored,
    PlaybackServer,
    Recording,
    Reply,
    StaleDiscovery,
    Strike,
    Throttled,
    When,
    load_recording,
)

RECORDING = Path(__file__).parents[2] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
STAGING = "bookshop-staging"

PODS = Resource("", "v1", "Pod", "pods")
DEPLOYMENTS = Resource("apps", "v1", "Deployment", "deployments")
FLAGS = Resource("bookshop.example.com", "v1", "FeatureFlag", "featureflags")

JSON = dict[str, Any]


@attrs.frozen
class Edited(Fault):
    """The server says something else than was recorded."""

    edit: Callable[[JSON], Any] = attrs.field(kw_only=True)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = strike.go_on()
        body = msgspec.json.decode(reply.answer.body)
        self.edit(body)
        answer = attrs.evolve(reply.answer, body=msgspec.json.encode(body))
        return attrs.evolve(reply, answer=answer)


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Three namespaces that hold the same."""
    return load_recording(RECORDING)


@contextmanager
def playing(
    recording: Recording, *faults: Fault, aggregated: bool = True
) -> Iterator[tuple[Cluster, PlaybackServer]]:
    """A cluster, and the server behind it."""
    with PlaybackServer(recording, faults=faults, aggregated=aggregated) as server:
        access = read_access(str(server.kubeconfig), None)
        with Connection(access, timeout=20, pause=0.01) as connection:
            yield Cluster(connection), server


def discovered(recording: Recording, *faults: Fault, aggregated: bool = True) -> Discovery:
    """What a cluster says that it serves."""
    with playing(recording, *faults, aggregated=aggregated) as (cluster, _):
        return cluster.discover()


def listed(recording: Recording, resource: Resource, *faults: Fault) -> Listing | Refusal:
    """A list of the staging namespace."""
    with playing(recording, *faults) as (cluster, _):
        return cluster.read(resource, STAGING)


def names(found: Listing | Refusal) -> list[str]:
    """The names of what was listed."""
    assert isinstance(found, Listing)
    return sorted(body["metadata"]["name"] for body in found.bodies)


def serve(group: str, versions: Sequence[JSON]) -> Edited:
    """A group with these versions, besides all others."""
    item = {"metadata": {"name": group}, "versions": versions}
    return Edited(When(path="/apis"), edit=lambda body: body["items"].append(item))


def resource(plural: str, kind: str | None, **more: Any) -> JSON:
    """A resource as aggregated discovery tells of it."""
    response_kind = {"group": "", "version": "", "kind": kind} if kind else None
    return {
        "resource": plural,
        "responseKind": response_kind,
        "scope": "Namespaced",
        "verbs": ["get", "list"],
        **more,
    }


def found(discovery: Discovery, group: str) -> list[tuple[str, str]]:
    """The kinds of a group, each with its version."""
    return [(item.kind, item.version) for item in discovery.resources if item.group == group]


def test_both_forms_of_discovery_agree(recording: Recording) -> None:
    """A server that knows no aggregated discovery is asked version by version, to the same end."""
    aggregated = discovered(recording)
    assert aggregated == discovered(recording, aggregated=False)
    assert {PODS, DEPLOYMENTS, FLAGS} <= set(aggregated.resources)
    assert not aggregated.failures


def test_discovery_takes_two_requests(recording: Recording) -> None:
    """Aggregated discovery asks `/api` and `/apis`, and nothing else."""
    with playing(recording) as (cluster, server):
        cluster.discover()
        assert sorted(request.path for request in server.requests) == ["/api", "/apis"]


def test_the_version_is_chosen_for_each_resource(recording: Recording) -> None:
    """A resource is read in the preferred version, or in the first that serves it."""
    versions = [
        {"version": "v2", "resources": [resource("doors", "Door")]},
        {"version": "v1", "resources": [resource("doors", "Door"), resource("keys", "Key")]},
    ]
    assert found(discovered(recording, serve("house", versions)), "house") == [
        ("Key", "v1"),
        ("Door", "v2"),
    ]


def test_what_cannot_be_listed_in_a_namespace_is_passed_over(recording: Recording) -> None:
    """Cluster-scoped, unlistable and kindless resources are no candidates."""
    resources = [
        resource("walls", "Wall", scope="Cluster"),
        resource("reviews", "Review", verbs=["create"]),
        resource("ghosts", None),
        resource("doors", "Door"),
    ]
    discovery = discovered(recording, serve("house", [{"version": "v1", "resources": resources}]))
    assert found(discovery, "house") == [("Door", "v1")]


def test_autoscalers_are_read_in_v2(recording: Recording) -> None:
    """Even where v1 is preferred, autoscalers are read in the version that hides nothing."""

    def prefer_v1(body: JSON) -> None:
        for item in body["items"]:
            item["versions"].sort(key=lambda version: version["version"])

    discovery = discovered(recording, Edited(When(path="/apis"), edit=prefer_v1))
    assert found(discovery, "autoscaling") == [("HorizontalPodAutoscaler", "v2")]


@pytest.mark.parametrize("aggregated", [True, False])
def test_a_stale_group_is_named(recording: Recording, aggregated: bool) -> None:
    """A group whose server is away is a failure with a reason, in both forms of discovery."""
    fault = StaleDiscovery(group="bookshop.example.com")
    discovery = discovered(recording, fault, aggregated=aggregated)
    assert list(discovery.failures) == ["bookshop.example.com"]
    assert "bookshop.example.com/v1" in discovery.failures["bookshop.example.com"]
    assert FLAGS not in discovery.resources


def test_a_group_that_comes_back_is_read(recording: Recording) -> None:
    """Staleness that passes within a few requests leaves no trace."""
    fault = StaleDiscovery(When(times=2), group="bookshop.example.com")
    assert discovered(recording, fault) == discovered(recording)


@attrs.frozen
class Instead(Fault):
    """The server answers 200 with something else."""

    body: JSON = attrs.field(kw_only=True)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = strike.go_on()
        answer = attrs.evolve(reply.answer, status=200, body=msgspec.json.encode(self.body))
        return attrs.evolve(reply, answer=answer)


STATUS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 500}


@pytest.mark.parametrize("body", [STATUS, {}, {"kind": "APIGroupList", "groups": []}])
def test_discovery_that_is_none_costs_its_group(recording: Recording, body: JSON) -> None:
    """A group that answers 200 with something else is a group of which nothing is known."""
    fault = Instead(When(path="/apis/bookshop.example.com/*"), body=body)

    discovery = discovered(recording, fault, aggregated=False)

    assert set(discovery.failures) == {"bookshop.example.com"}
    assert found(discovery, "bookshop.example.com") == []
    assert DEPLOYMENTS in discovery.resources


@pytest.mark.parametrize("path", ["/api", "/apis"])
@pytest.mark.parametrize("body", [STATUS, {"kind": "APIResourceList", "resources": []}])
def test_discovery_that_is_none_is_an_error(recording: Recording, path: str, body: JSON) -> None:
    """A server that says 200 to the question what it serves, and does not say it, is refused."""
    with pytest.raises(ClusterError, match=rf"{path}: the answer is a {body['kind']}\n"):
        discovered(recording, Instead(When(path=path), body=body))


@pytest.mark.parametrize(
    "vague",
    [
        {"responseKind": None},
        {"responseKind": {"group": "", "version": "", "kind": ""}},
        {"scope": ""},
        {"scope": None, "responseKind": None},
    ],
)
def test_a_kind_without_a_name_costs_its_group(recording: Recording, vague: JSON) -> None:
    """What can be listed, and is not said to be what, is not passed over; the rest is read."""
    vague = {key: value for key, value in vague.items() if key != "scope" or value is not None}
    served = [resource("known", "Known"), resource("wishes", "Wish", **vague)]

    discovery = discovered(recording, serve("x.example", [{"version": "v1", "resources": served}]))

    assert "wishes" in discovery.failures["x.example"]
    assert found(discovery, "x.example") == [("Known", "v1")]


@pytest.mark.parametrize("vague", [{"verbs": []}, {"verbs": ["create"]}, {"resource": "a/b"}])
def test_a_parent_without_operations_costs_nothing(recording: Recording, vague: JSON) -> None:
    """What can't be listed may be without a kind: kubernetes/kubernetes#119835."""
    served = [resource("wishes", None, **vague)]

    discovery = discovered(recording, serve("x.example", [{"version": "v1", "resources": served}]))

    assert not discovery.failures


@pytest.mark.parametrize("versions", [{"versions": None}, {}, {"versions": []}])
@pytest.mark.parametrize("aggregated", [True, False])
def test_a_group_without_versions_serves_nothing(
    recording: Recording, aggregated: bool, versions: JSON
) -> None:
    """A nil slice is null or left out, and says that a group is empty."""

    def add(body: JSON) -> None:
        named = {"metadata": {"name": "x.example"}} if aggregated else {"name": "x.example"}
        body["items" if aggregated else "groups"].append({**named, **versions})

    discovery = discovered(recording, Edited(When(path="/apis"), edit=add), aggregated=aggregated)

    assert discovery == discovered(recording)


@pytest.mark.parametrize("kind", [PODS, FLAGS])
@pytest.mark.parametrize(
    ("api_version", "list_kind"), [("v1", "ServiceList"), ("v1", "Status"), ("apps/v1", "PodList")]
)
def test_a_list_of_something_else_is_refused(
    recording: Recording, kind: Resource, api_version: str, list_kind: str
) -> None:
    """An empty list of another kind does not prove that there is nothing of this one."""
    body = {
        "apiVersion": api_version,
        "kind": list_kind,
        "metadata": {"resourceVersion": "1"},
        "items": [],
    }
    fault = Instead(When(resource=kind.plural), body=body)

    with playing(recording, fault) as (cluster, _):
        assert isinstance(cluster.read(kind, STAGING), Refusal)
        assert isinstance(cluster.look(kind, STAGING), Refusal)
        assert isinstance(cluster.read_metadata(kind, STAGING), Refusal)


def test_an_object_of_another_kind_is_refused(recording: Recording) -> None:
    """A list whose objects say that they are something else is not taken for it."""

    def change(body: JSON) -> None:
        body["items"][0] |= {"apiVersion": "v1", "kind": "Service"}

    fault = Edited(When(resource="pods", metadata_only=False), edit=change)

    refusal = listed(recording, PODS, fault)

    assert isinstance(refusal, Refusal)
    assert "holds a Service of v1" in refusal.reason


def test_custom_resources_name_their_lists(recording: Recording) -> None:
    """A definition may call its lists what it likes (`spec.names.listKind`)."""
    fault = Edited(
        When(resource=FLAGS.plural), edit=lambda body: body.update(kind="ManyFeatureFlags")
    )

    assert isinstance(listed(recording, FLAGS, fault), Listing)


def test_a_discovery_that_is_forbidden(recording: Recording) -> None:
    """Where discovery is forbidden, the hint is what allows it."""

    @attrs.frozen
    class Refused(Fault):
        def respond(self, strike: Strike) -> Reply:
            body = msgspec.json.encode({**STATUS, "message": "ann may not"})
            return Reply(attrs.evolve(strike.go_on().answer, status=403, body=body))

    with pytest.raises(ClusterError, match="/apis: ann may not") as raised:
        discovered(recording, Refused(When(path="/apis")))
    assert "system:discovery" in raised.value.hint


def test_no_discovery_is_an_error(recording: Recording) -> None:
    """A server that does not say what it serves is none that can be captured."""
    with pytest.raises(ClusterError, match="does not say what it serves"):
        discovered(recording, Failing(When(path="/apis"), status=500))


def test_objects_say_what_they_are(recording: Recording) -> None:
    """Objects of a list get the apiVersion and kind that the server leaves out."""
    listing = listed(recording, DEPLOYMENTS)
    assert isinstance(listing, Listing)
    assert {(body["apiVersion"], body["kind"]) for body in listing.bodies} == {
        ("apps/v1", "Deployment")
    }


def test_lists_are_read_in_pages(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list is asked for page by page, without a resourceVersion, and comes whole."""
    whole = names(listed(recording, PODS))
    monkeypatch.setattr("driftcheck.sources._lists._PAGE", 2)
    with playing(recording) as (cluster, server):
        assert names(cluster.read(PODS, STAGING)) == whole
        pages = [request.parameters for request in server.requests]
    assert len(pages) == -(-len(whole) // 2)
    assert all(page["limit"] == "2" and "resourceVersion" not in page for page in pages)


@pytest.mark.parametrize("fault", [ExpiredContinue, InconsistentContinue])
def test_an_expired_list_begins_again(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, fault: type[Fault]
) -> None:
    """A 410 in the middle of paging starts the list again, and never stitches two moments."""
    whole = names(listed(recording, PODS))
    monkeypatch.setattr("driftcheck.sources._lists._PAGE", 2)
    with playing(recording, fault(When(times=1))) as (cluster, server):
        assert names(cluster.read(PODS, STAGING)) == whole
        begun = [request for request in server.requests if "continue" not in request.parameters]
    assert len(begun) == 2


@pytest.mark.parametrize("fault", [ExpiredContinue, InconsistentContinue])
def test_a_list_that_always_expires_is_read_at_once(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, fault: type[Fault]
) -> None:
    """After three restarts the list is asked for in one piece."""
    whole = names(listed(recording, PODS))
    monkeypatch.setattr("driftcheck.sources._lists._PAGE", 2)
    with playing(recording, fault()) as (cluster, server):
        assert names(cluster.read(PODS, STAGING)) == whole
        assert "limit" not in server.requests[-1].parameters


def test_pages_of_two_moments_are_not_joined(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with another resourceVersion than the first starts the list again."""
    whole = names(listed(recording, PODS))
    monkeypatch.setattr("driftcheck.sources._lists._PAGE", 2)
    fault = Edited(
        When(after=1, times=1), edit=lambda body: body["metadata"].update(resourceVersion="1")
    )
    with playing(recording, fault) as (cluster, server):
        assert names(cluster.read(PODS, STAGING)) == whole
        begun = [request for request in server.requests if "continue" not in request.parameters]
    assert len(begun) == 2


def test_a_null_list_is_empty(recording: Recording) -> None:
    """A server may write an empty list as null."""
    fault = Edited(edit=lambda body: body.update(items=None))
    assert names(listed(recording, PODS, fault)) == []


def test_a_refusal_has_the_servers_words(recording: Recording) -> None:
    """A kind that may not be listed comes back with what the server said."""
    refusal = listed(recording, PODS, Forbidden())
    assert isinstance(refusal, Refusal)
    assert refusal.status == 403
    assert 'cannot list resource "pods"' in refusal.reason


def test_one_broken_answer_does_no_harm(recording: Recording) -> None:
    """JSON that breaks off is asked for again; if it always does, that is the reason."""
    assert names(listed(recording, PODS, InvalidJSON(When(times=1))))
    refusal = listed(recording, PODS, InvalidJSON())
    assert isinstance(refusal, Refusal)
    assert "not the JSON" in refusal.reason


def test_something_else_than_objects_is_refused(recording: Recording) -> None:
    """A list of things without names is not a list of objects."""
    refusal = listed(recording, PODS, Edited(edit=lambda body: body["items"].append({})))
    assert isinstance(refusal, Refusal)


def test_a_busy_server_is_waited_for(recording: Recording) -> None:
    """A 429 costs time, and nothing else."""
    assert names(listed(recording, PODS, Throttled(When(times=1), retry_after=0)))


@pytest.mark.parametrize("kind", [PODS, FLAGS, NAMESPACES])
@pytest.mark.parametrize("faults", [[], [MetadataOnlyIgnored()]])
def test_a_look_sees_the_versions_of_a_read(
    recording: Recording, kind: Resource, faults: list[Fault]
) -> None:
    """Metadata alone tells the state of every object, and so do full objects in its place."""
    with playing(recording, *faults) as (cluster, server):
        listing = cluster.read(kind, STAGING)
        assert isinstance(listing, Listing)
        assert listing.versions
        assert cluster.look(kind, STAGING) == listing.versions
        assert "PartialObjectMetadata" in server.requests[-1].accept


def test_schemas_keep_what_lists_mean(recording: Recording) -> None:
    """A custom resource's schema has its list types and no prose; built-in kinds have none here."""
    with playing(recording) as (cluster, _):
        schemas = cluster.schemas([PODS, FLAGS])
    assert list(schemas) == [FLAGS]
    schema = schemas[FLAGS]
    assert isinstance(schema, dict)
    text = msgspec.json.encode(schema).decode()
    assert '"x-kubernetes-list-type":"map"' in text
    assert schema["properties"]["metadata"] == {"allOf": [{}]}
    assert "$ref" not in text
    assert "APIVersion defines" not in text


def test_a_server_without_schemas_has_none(recording: Recording) -> None:
    """A server that knows no OpenAPI v3 is no failure; one that does not answer is."""
    with playing(recording, Failing(When(path="/openapi/*"), status=404)) as (cluster, _):
        assert cluster.schemas([FLAGS]) == {}
    for fault in (
        Failing(When(path="/openapi/*")),
        Failing(When(path="/openapi/*"), status=403),
        Failing(When(path="/openapi/v3/*"), status=404),
    ):
        with playing(recording, fault) as (cluster, _):
            assert isinstance(cluster.schemas([FLAGS])[FLAGS], Refusal)


def test_the_version_is_the_servers(recording: Recording) -> None:
    """The server's version is read, and not demanded of a server that keeps it to itself."""
    with playing(recording) as (cluster, _):
        assert cluster.version == "v1.36.2"
    with playing(recording, Failing(When(path="/version"), status=403)) as (cluster, _):
        assert cluster.version is None
