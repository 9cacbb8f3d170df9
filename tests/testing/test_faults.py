"""What goes wrong on demand."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from typing import Any

import attrs
import msgspec
import pytest

from driftcheck.testing import (
    Churning,
    Dropped,
    ExpiredContinue,
    Failing,
    Fault,
    Forbidden,
    InconsistentContinue,
    InvalidJSON,
    MetadataOnlyIgnored,
    PlaybackServer,
    Recording,
    Replaced,
    Reply,
    Slow,
    StaleDiscovery,
    Strike,
    Throttled,
    Truncated,
    Unserved,
    When,
)

PODS = "/api/v1/namespaces/bookshop-staging/pods"
SERVICES = "/api/v1/namespaces/bookshop-staging/services"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

Ask = Callable[..., Any]


def statuses(server: PlaybackServer, ask: Ask, path: str, times: int) -> list[int]:
    """The statuses of the same request, asked several times."""
    return [ask(server, path).status for _ in range(times)]


def test_a_fault_strikes_as_often_as_it_says(equal: Recording, ask: Ask) -> None:
    """A fault lets the first requests go, strikes the next, and is over."""
    with PlaybackServer(equal, faults=[Failing(When(after=1, times=2))]) as server:
        assert statuses(server, ask, PODS, 5) == [200, 500, 500, 200, 200]


def test_a_fault_strikes_what_it_says(equal: Recording, ask: Ask) -> None:
    """Paths, resources and forms that a fault does not name go unharmed and are not counted."""
    faults = [
        Failing(When(resource="pod*", metadata_only=True, times=1)),
        Throttled(When(path="*/services", times=1)),
    ]
    with PlaybackServer(equal, faults=faults) as server:
        assert ask(server, PODS).status == 200
        assert ask(server, "/version").status == 200
        assert ask(server, SERVICES).status == 429
        assert ask(server, PODS, Accept=METADATA_ONLY).status == 500


def test_faults_may_change_while_the_server_runs(equal: Recording, ask: Ask) -> None:
    """Other faults may be set at any time, and count from then on."""
    with PlaybackServer(equal) as server:
        assert ask(server, PODS).status == 200
        server.faults = [Failing(When(times=1), status=503)]
        assert statuses(server, ask, PODS, 2) == [503, 200]
        server.faults = []
        assert server.faults == ()


def test_several_faults_strike_one_request(equal: Recording, ask: Ask) -> None:
    """Faults stand in front of each other, the first outermost."""
    with PlaybackServer(equal, faults=[Slow(seconds=0.2), Failing()]) as server:
        began = time.monotonic()

        assert ask(server, PODS).status == 500
        assert time.monotonic() - began >= 0.2


def test_throttling_says_when_to_come_back(equal: Recording, ask: Ask) -> None:
    """429 comes with Retry-After, in text as priority and fairness writes it."""
    with PlaybackServer(equal, faults=[Throttled(retry_after=7)]) as server:
        response = ask(server, PODS)

    assert (response.status, response.headers["Retry-After"]) == (429, "7")


def test_a_dropped_connection_sends_nothing(equal: Recording, ask: Ask) -> None:
    """The client sees the connection close where an answer should be."""
    with (
        PlaybackServer(equal, faults=[Dropped()]) as server,
        pytest.raises(http.client.RemoteDisconnected),
    ):
        ask(server, PODS)


def test_a_truncated_answer_ends_early(equal: Recording, ask: Ask) -> None:
    """The client sees fewer bytes than were promised."""
    with (
        PlaybackServer(equal, faults=[Truncated(kept=0.25)]) as server,
        pytest.raises(http.client.IncompleteRead),
    ):
        ask(server, PODS)


def test_invalid_json_arrives_whole(equal: Recording, ask: Ask) -> None:
    """Every promised byte arrives, and they are not JSON."""
    with PlaybackServer(equal, faults=[InvalidJSON()]) as server:
        response = ask(server, PODS)

    assert response.status == 200
    with pytest.raises(msgspec.DecodeError):
        _ = response.body


def test_a_kind_may_be_forbidden(equal: Recording, ask: Ask) -> None:
    """The refusal names the user, the resource and the namespace that were asked."""
    with PlaybackServer(equal, faults=[Forbidden(When(resource="ingresses"))]) as server:
        response = ask(server, "/apis/networking.k8s.io/v1/namespaces/bookshop-dev/ingresses")
        unharmed = ask(server, "/apis")

    assert response.body["message"] == (
        'ingresses.networking.k8s.io is forbidden: User "admin" cannot list resource "ingresses" '
        'in API group "networking.k8s.io" in the namespace "bookshop-dev"'
    )
    assert response.status == 403
    assert unharmed.status == 200


def test_paging_may_expire(equal: Recording, ask: Ask) -> None:
    """The first page is whole, a later one is 410 and holds no token."""
    with PlaybackServer(equal, faults=[ExpiredContinue(When(times=1))]) as server:
        token = ask(server, f"{PODS}?limit=3").body["metadata"]["continue"]
        gone = ask(server, f"{PODS}?limit=3&continue={token}")
        again = ask(server, f"{PODS}?limit=3&continue={token}")
        server.faults = [InconsistentContinue()]
        bad = ask(server, f"{PODS}?limit=3&continue=xyz")

    assert bad.status == 400
    assert (gone.status, gone.body["reason"], gone.body["metadata"]) == (410, "Expired", {})
    assert again.status == 200


def test_an_inconsistent_token_goes_on_with_what_is_there_now(equal: Recording, ask: Ask) -> None:
    """The token of the other 410 continues the list as it has become, past what was seen."""
    later = equal.without("bookshop-staging", "Pod", "db-0")
    faults = [InconsistentContinue(), Replaced(When(after=1), by=later)]
    with PlaybackServer(equal, faults=faults) as server:
        first = ask(server, f"{PODS}?limit=2").body
        gone = ask(server, f"{PODS}?limit=2&continue={first['metadata']['continue']}")
        server.faults = []
        rest = ask(server, f"{PODS}?continue={gone.body['metadata']['continue']}").body

    seen = [item["metadata"]["uid"] for item in first["items"] + rest["items"]]
    existing = [found["metadata"]["uid"] for found in later.objects("bookshop-staging", "Pod")]
    assert seen == existing
    assert gone.status == 410
    assert "inconsistent" in gone.body["message"]
    assert rest["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]


@pytest.mark.parametrize("aggregated", [True, False])
def test_discovery_may_be_stale(equal: Recording, ask: Ask, *, aggregated: bool) -> None:
    """A stale group is marked in aggregated discovery, and 503 in the legacy one."""
    fault = StaleDiscovery(group="bookshop.example.com")
    with PlaybackServer(equal, faults=[fault], aggregated=aggregated) as server:
        groups = ask(server, "/apis", Accept=f"{AGGREGATED},application/json").body
        legacy = ask(server, "/apis/bookshop.example.com/v1")
        other = ask(server, "/apis/apps/v1")

    freshness = {
        group["metadata"]["name"]: group["versions"][0]["freshness"]
        for group in groups.get("items", [])
    }
    assert (legacy.status, other.status) == (503, 200)
    assert not aggregated or freshness["bookshop.example.com"] == "Stale"
    assert not aggregated or freshness["apps"] == "Current"


@pytest.mark.parametrize("aggregated", [True, False])
def test_a_version_may_be_unserved(equal: Recording, ask: Ask, *, aggregated: bool) -> None:
    """Neither form of discovery tells of the version, and nothing is found below it."""
    fault = Unserved(group="autoscaling", version="v2")
    accept = f"{AGGREGATED},application/json" if aggregated else "application/json"
    with PlaybackServer(equal, faults=[fault], aggregated=aggregated) as server:
        told = ask(server, "/apis", Accept=accept).body
        gone = ask(server, "/apis/autoscaling/v2")
        there = ask(server, "/apis/autoscaling/v1")

    (group,) = [
        group
        for group in told["items" if aggregated else "groups"]
        if "autoscaling" in (group.get("name"), group.get("metadata", {}).get("name"))
    ]
    assert [version["version"] for version in group["versions"]] == ["v1"]
    assert (gone.status, there.status) == (404, 200)


def test_the_metadata_only_form_may_be_ignored(equal: Recording, ask: Ask) -> None:
    """The server sends full objects, and their kind tells so."""
    with PlaybackServer(equal, faults=[MetadataOnlyIgnored()]) as server:
        assert ask(server, PODS, Accept=METADATA_ONLY).body["kind"] == "PodList"


def test_objects_may_change_between_two_passes(equal: Recording, ask: Ask) -> None:
    """The full list shows one state, and from the metadata-only list on there is another."""
    changed = equal.without("bookshop-staging", "Pod", "db-0")
    fault = Replaced(When(metadata_only=True), by=changed)
    with PlaybackServer(equal, faults=[fault]) as server:
        sizes = [
            len(ask(server, PODS, Accept=accept).body["items"])
            for accept in ("application/json", METADATA_ONLY, METADATA_ONLY, "application/json")
        ]
        assert server.recording is changed

    assert sizes == [10, 9, 9, 9]


def test_objects_may_never_settle(equal: Recording, ask: Ask) -> None:
    """No two looks see the same resourceVersions, until the fault is over."""
    with PlaybackServer(equal, faults=[Churning(When(resource="pods", times=3))]) as server:
        seen = [
            tuple(item["metadata"]["resourceVersion"] for item in ask(server, PODS).body["items"])
            for _ in range(5)
        ]

    assert len(set(seen)) == 4
    assert seen[3] == seen[4]


@attrs.frozen
class Shouting(Fault):
    """A fault that is not one of ours."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = strike.go_on()
        return attrs.evolve(reply, answer=attrs.evolve(reply.answer, body=b'"HERE"'))


def test_other_faults_may_be_written(equal: Recording, ask: Ask) -> None:
    """Whoever subclasses `Fault` says what happens instead."""
    with PlaybackServer(equal, faults=[Shouting(When(path="/version"))]) as server:
        assert ask(server, "/version").body == "HERE"
