"""Captures: complete, true at one instant, or honest about what they are not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from driftcheck import capture, compare
from driftcheck.capture import Patience, Progress, SecretKey, capture_cluster
from driftcheck.errors import ClusterError, StartError
from driftcheck.model import KindCoverage, ReadStatus, Snapshot
from driftcheck.sources import Cluster, Connection
from driftcheck.sources._kubeconfig import read_access
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
    Request,
    Slow,
    StaleDiscovery,
    Strike,
    Throttled,
    Truncated,
    When,
    load_recording,
)
from driftcheck.testing._recording import ADMIN
from driftcheck.testing._requests import DISCOVERY, METADATA_LIST, PLAIN

RECORDING = Path(__file__).parents[2] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
STAGING = "bookshop-staging"
CAPTURE = import_module("driftcheck.capture._reader")

JSON = dict[str, Any]


@attrs.frozen
class ContentChurning(Churning):
    """Objects whose labels are written between any two looks."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = Churning.respond(self, strike)
        body = msgspec.json.decode(reply.answer.body)
        for item in body["items"]:
            item["metadata"]["labels"] = {"turn": str(strike.turn)}
        answer = attrs.evolve(reply.answer, body=msgspec.json.encode(body))
        return attrs.evolve(reply, answer=answer)


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Three namespaces that hold the same."""
    return load_recording(RECORDING)


@pytest.fixture(scope="module")
def small(recording: Recording) -> Recording:
    """The same on a server that serves less, for what is done hundreds of times."""
    documents = dict(recording.documents)
    for form, groups in ((DISCOVERY, "items"), (PLAIN, "groups")):
        said = documents["/apis", form]
        body = msgspec.json.decode(said.body)
        body[groups] = [
            group
            for group in body[groups]
            if (group.get("metadata") or group)["name"] in ("apps", "bookshop.example.com")
        ]
        documents["/apis", form] = attrs.evolve(said, body=msgspec.json.encode(body))
    return attrs.evolve(recording, documents=documents)


@pytest.fixture(scope="module")
def small_undisturbed(small: Recording) -> Snapshot:
    """The staging namespace as that server shows it when nothing goes wrong."""
    return captured(small)


@pytest.fixture(scope="module")
def undisturbed(recording: Recording) -> Snapshot:
    """The staging namespace as it is seen when nothing goes wrong."""
    return captured(recording)


def captured(
    recording: Recording,
    *faults: Fault,
    namespace: str = STAGING,
    context: str | None = None,
    timeout: float = 20.0,
    aggregated: bool = True,
    **more: Any,
) -> Snapshot:
    """A capture through a playback server."""
    with PlaybackServer(recording, faults=faults, aggregated=aggregated) as server:
        return captured_from(server, namespace, context=context, timeout=timeout, **more)


def captured_from(
    server: PlaybackServer,
    namespace: str = STAGING,
    *,
    context: str | None = None,
    timeout: float = 20.0,
    settle: float = 0.0,
    **more: Any,
) -> Snapshot:
    """A capture from a playback server that is running."""
    access = read_access(str(server.kubeconfig), context)
    ticks = count()
    with Connection(access, timeout=timeout, pause=0.005) as connection:
        return capture_cluster(
            Cluster(connection),
            namespace,
            name=namespace,
            secret_key=lambda: SecretKey(b"k" * 32),
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(ticks)),
            settle=Patience(settle),
            **more,
        )


def rows(snapshot: Snapshot, *statuses: ReadStatus) -> list[KindCoverage]:
    """The rows of the coverage with one of these statuses."""
    return [row for row in snapshot.coverage if row.status in statuses]


def row(snapshot: Snapshot, kind: str) -> KindCoverage:
    """The row of a kind."""
    (only,) = [row for row in snapshot.coverage if row.kind == kind]
    return only


def wholly_equal(left: Snapshot, right: Snapshot) -> bool:
    """Whether two snapshots saw the same, whenever that was."""
    return attrs.evolve(left, window=None) == attrs.evolve(right, window=None)


def with_status(recording: Recording, kind: str, name: str, **status: Any) -> Recording:
    """The recording with another status of one object."""
    changed = recording.object(STAGING, kind, name)
    changed["status"] |= status
    return recording.with_objects(STAGING, [changed])


def test_everything_is_captured(undisturbed: Snapshot, recording: Recording) -> None:
    """Every object of every listable kind is there, and the Namespace itself."""
    counts = {row.kind: row.objects for row in rows(undisturbed, ReadStatus.READ)}
    assert counts["Namespace"] == 1
    for kind in ("Pod", "ReplicaSet", "Endpoints", "ControllerRevision", "FeatureFlag", "Secret"):
        assert counts[kind] == len(recording.objects(STAGING, kind))
    assert sum(counts.values()) == len(undisturbed.documents)
    assert undisturbed.is_complete


def test_a_snapshot_says_where_and_when(undisturbed: Snapshot) -> None:
    """The window begins before the first request, ends after the last, and was quiescent."""
    assert undisturbed.window is not None
    assert undisturbed.window.quiescent
    assert undisturbed.window.start < undisturbed.window.end
    assert (undisturbed.context, undisturbed.namespace) == ("playback", STAGING)
    assert undisturbed.server_version == "v1.36.2"
    assert list(undisturbed.schemas) == ["bookshop.example.com/v1/FeatureFlag"]


def test_what_nobody_configures_is_not_even_read(
    undisturbed: Snapshot, recording: Recording
) -> None:
    """Kinds are left out by a named rule each, without a request."""
    left_out = {row.kind: row.reason or "" for row in rows(undisturbed, ReadStatus.EXCLUDED)}
    assert left_out["Lease"].startswith("leases: ")
    assert left_out["Event"].startswith("events: ")
    with PlaybackServer(recording) as server:
        captured_from(server)
        assert not any("/events" in request.path for request in server.requests)


def test_only_get_is_ever_sent(recording: Recording) -> None:
    """Nothing is written, not even a review of one's own access."""
    with PlaybackServer(recording) as server:
        captured_from(server)
        assert {request.method for request in server.requests} == {"GET"}


def test_secret_values_are_gone(undisturbed: Snapshot, recording: Recording) -> None:
    """No value of a Secret is in the snapshot, only fingerprints with the key's name."""
    values = {
        value
        for secret in recording.objects(STAGING, "Secret")
        for value in (secret.get("data") or {}).values()
    }
    text = repr(undisturbed)
    assert values
    assert not any(value in text for value in values)
    assert undisturbed.secret_key_id == SecretKey(b"k" * 32).id


@pytest.mark.parametrize("faults", [[], [MetadataOnlyIgnored()]])
def test_secret_values_are_not_asked_for(
    recording: Recording, undisturbed: Snapshot, faults: list[Fault]
) -> None:
    """Without their values, Secrets are there by name and labels, in part, and need no key."""
    with PlaybackServer(recording, faults=faults) as server:
        snapshot = captured_from(server, secret_values=False)
        asked = [request for request in server.requests if request.path.endswith("/secrets")]

    secrets = [item for item in snapshot.documents if item.reference.kind == "Secret"]
    assert asked
    assert all(request.is_metadata_only for request in asked)
    assert snapshot.secret_key_id is None
    assert len(secrets) == row(undisturbed, "Secret").objects
    assert {field for item in secrets for field in item.body} == {"apiVersion", "kind", "metadata"}
    assert not [item for item in secrets if "annotations" in item.metadata]
    assert not row(snapshot, "Secret").is_complete
    assert "--no-secret-values" in str(row(snapshot, "Secret").reason)


def test_the_order_does_not_depend_on_the_answers(
    undisturbed: Snapshot, recording: Recording
) -> None:
    """Whichever answer comes first, the snapshot is the same, sorted."""
    slow = Slow(When(resource="[a-m]*"), seconds=0.02)
    assert wholly_equal(captured(recording, slow), undisturbed)
    references = [document.reference for document in undisturbed.documents]
    assert references == sorted(references)


def test_progress_is_told(recording: Recording) -> None:
    """Whoever asks is told of every kind, up to the last."""
    told: list[Progress] = []
    snapshot = captured(recording, on_progress=told.append)
    assert told[-1].kinds_done == told[-1].kinds_total == len(rows(snapshot, ReadStatus.READ))
    assert told[-1].objects == len(snapshot.documents)


def test_a_forbidden_kind_is_a_row(recording: Recording, undisturbed: Snapshot) -> None:
    """A 403 is coverage, with the server's words, and everything else is read."""
    snapshot = captured(recording, Forbidden(When(resource="secrets")))
    assert row(snapshot, "Secret").status is ReadStatus.FORBIDDEN
    assert "cannot list resource" in (row(snapshot, "Secret").reason or "")
    assert not snapshot.is_complete
    assert snapshot.secret_key_id is None
    others = [item for item in undisturbed.documents if item.reference.kind != "Secret"]
    assert list(snapshot.documents) == others


def test_a_viewer_sees_all_but_secrets(recording: Recording) -> None:
    """The recorded refusals of the `view` role are rows, not errors."""
    snapshot = captured(recording, context="viewer")
    assert {row.kind for row in rows(snapshot, ReadStatus.FORBIDDEN)} >= {"Secret"}
    assert row(snapshot, "Deployment").status is ReadStatus.READ


def test_a_forbidden_namespace_object_is_a_row(recording: Recording) -> None:
    """Who may list everything in a namespace need not be allowed to get the Namespace."""
    snapshot = captured(recording, Forbidden(When(resource="namespaces")))
    assert row(snapshot, "Namespace").status is ReadStatus.FORBIDDEN
    assert "perhaps" not in (row(snapshot, "Namespace").reason or "")
    assert row(snapshot, "Pod").status is ReadStatus.READ


def test_a_namespace_that_is_perhaps_not_there(recording: Recording) -> None:
    """Where nobody may say whether there is a Namespace, and nothing is in it, that is said."""
    fault = Forbidden(When(resource="namespaces"))
    snapshot = captured(recording, fault, namespace="bookshop-stagign")
    assert row(snapshot, "Namespace").status is ReadStatus.FORBIDDEN
    assert "perhaps there is no namespace" in (row(snapshot, "Namespace").reason or "")


def test_a_failing_kind_is_a_row(recording: Recording) -> None:
    """A conversion webhook that is down costs its kind, which is named with the reason."""
    fault = Failing(When(resource="featureflags"), message="conversion webhook failed")
    snapshot = captured(recording, fault)
    assert row(snapshot, "FeatureFlag").status is ReadStatus.FAILED
    assert row(snapshot, "FeatureFlag").reason == "conversion webhook failed"


def test_nodes(undisturbed: Snapshot) -> None:
    """The nodes that run something say what they are."""
    assert {node.platform for node in undisturbed.nodes} == {"linux/amd64"}
    assert {node.name for node in undisturbed.nodes} == {
        document.body["spec"]["nodeName"]
        for document in undisturbed.documents
        if document.reference.kind == "Pod"
    }


@pytest.mark.parametrize("fault", [Forbidden, Dropped, InvalidJSON])
def test_nodes_cost_nothing(
    recording: Recording, undisturbed: Snapshot, fault: Callable[[When], Fault]
) -> None:
    """Where nodes can't be read, all else inside is as it was."""
    found = captured(recording, fault(When(resource="nodes")))

    assert found.nodes == ()
    assert wholly_equal(found, attrs.evolve(undisturbed, nodes=(), platform=found.platform))


def test_a_missing_schema_is_a_row(recording: Recording) -> None:
    """Custom resources whose schema does not arrive count as not read."""
    snapshot = captured(recording, Dropped(When(path="/openapi/*")))
    assert row(snapshot, "FeatureFlag").status is ReadStatus.FAILED
    assert "schema" in (row(snapshot, "FeatureFlag").reason or "")
    assert not any(item.reference.kind == "FeatureFlag" for item in snapshot.documents)


def test_a_stale_group_is_a_row(recording: Recording) -> None:
    """A group that discovery cannot tell of is one row with the kind `*`."""
    snapshot = captured(recording, StaleDiscovery(group="bookshop.example.com"))
    assert row(snapshot, "*").group == "bookshop.example.com"
    assert row(snapshot, "*").status is ReadStatus.FAILED


def test_a_stale_group_of_no_account_is_none(recording: Recording, undisturbed: Snapshot) -> None:
    """A group of which nothing is read may be away."""
    stale = StaleDiscovery(group="metrics.k8s.io")
    assert wholly_equal(captured(recording, stale), undisturbed)


def test_a_kind_that_vanished_is_asked_for_again(
    recording: Recording, undisturbed: Snapshot
) -> None:
    """A 404 for a discovered kind leads to discovery once more, and then to a row."""
    once = Failing(When(resource="featureflags", times=1), status=404)
    assert wholly_equal(captured(recording, once), undisturbed)
    always = Failing(When(resource="featureflags"), status=404, message="gone")
    assert row(captured(recording, always), "FeatureFlag").status is ReadStatus.FAILED


def test_a_kind_that_cannot_be_listed_is_left_out(recording: Recording) -> None:
    """A 405 is a named exclusion."""
    snapshot = captured(recording, Failing(When(resource="featureflags"), status=405))
    assert row(snapshot, "FeatureFlag").status is ReadStatus.EXCLUDED
    assert (row(snapshot, "FeatureFlag").reason or "").startswith("not-listable")


def test_no_such_namespace(recording: Recording) -> None:
    """A namespace that is not there is an error, which names the near ones."""
    with pytest.raises(ClusterError, match="no namespace 'bookshop-stagging'") as raised:
        captured(recording, namespace="bookshop-stagging")
    assert "bookshop-staging" in raised.value.hint


def test_no_access_at_all(recording: Recording) -> None:
    """Whoever may read nothing gets an error, not an empty snapshot."""
    with pytest.raises(ClusterError, match="may not read anything"):
        captured(recording, Forbidden())


def test_refused_credentials(recording: Recording) -> None:
    """A 401 is an error that says whose credentials were refused."""
    with pytest.raises(ClusterError, match="refused the credentials of the user 'unknown'"):
        captured(recording, context="unknown")


def test_a_server_that_falls_silent(recording: Recording) -> None:
    """Where nothing can be read after all, the reason is an error."""
    with pytest.raises(ClusterError, match="broke off"):
        captured(recording, Dropped(When(path="/api*/namespaces/*")))


def test_what_moved_once_is_read_again(recording: Recording) -> None:
    """An object written between the two passes is seen as it is now, at one instant."""
    moved = recording.object(STAGING, "ConfigMap", "web-config")
    moved["data"] = {"new": "value"}
    later = recording.with_objects(STAGING, [moved])
    between = Replaced(When(metadata_only=True), by=later)
    snapshot = captured(recording, between)
    assert wholly_equal(snapshot, captured(later))
    assert snapshot.window is not None
    assert snapshot.window.quiescent


@pytest.mark.parametrize("name", ["web-config", "brand-new"])
def test_objects_that_come_and_go_are_noticed(recording: Recording, name: str) -> None:
    """An object made or deleted between the passes is in the snapshot or not, as it is now."""
    made = recording.object(STAGING, "ConfigMap", "web-config")
    made["metadata"] = {"name": "brand-new", "namespace": STAGING}
    later = recording.with_objects(STAGING, [made])
    if name == "web-config":
        later = recording.without(STAGING, "ConfigMap", "web-config")
    assert wholly_equal(
        captured(recording, Replaced(When(metadata_only=True), by=later)), captured(later)
    )


def test_what_moves_for_ever_is_unsettled(recording: Recording) -> None:
    """Objects whose content changes at every look are named, and nothing is proven."""
    snapshot = captured(recording, ContentChurning(When(resource="configmaps")))
    assert row(snapshot, "ConfigMap").status is ReadStatus.UNSETTLED
    assert "web-config" in (row(snapshot, "ConfigMap").reason or "")
    assert row(snapshot, "ConfigMap").objects > 0
    assert [found.kind for found in rows(snapshot, ReadStatus.UNSETTLED)] == ["ConfigMap"]
    assert snapshot.window is not None
    assert not snapshot.window.quiescent


def test_what_only_writes_its_status_is_read(recording: Recording) -> None:
    """Status alone unsettles nothing; it is no longer proven that all was true at one instant."""
    snapshot = captured(recording, Churning(When(resource="pods")))
    assert row(snapshot, "Pod").status is ReadStatus.READ
    assert snapshot.is_complete
    assert snapshot.window is not None
    assert not snapshot.window.quiescent


def test_a_second_look_that_fails_proves_nothing(recording: Recording) -> None:
    """A kind that was read but could not be looked at again is unsettled."""
    snapshot = captured(recording, Failing(When(resource="services", metadata_only=True)))
    assert row(snapshot, "Service").status is ReadStatus.UNSETTLED
    assert "looked at again" in (row(snapshot, "Service").reason or "")


def test_a_rollout_under_way_is_unsettled(recording: Recording) -> None:
    """A workload in the middle of a rollout is named, with what it waits for."""
    rolling = with_status(recording, "Deployment", "web", updatedReplicas=1)
    snapshot = captured(rolling)
    assert row(snapshot, "Deployment").status is ReadStatus.UNSETTLED
    assert "web (1 of 2 replicas updated)" in (row(snapshot, "Deployment").reason or "")


def test_settling_waits_for_a_rollout(
    recording: Recording, undisturbed: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With time to settle, a rollout is waited for."""
    monkeypatch.setattr(CAPTURE, "_POLL", 0.05)
    rolling = with_status(recording, "Deployment", "web", updatedReplicas=1)
    over = Replaced(When(resource="deployments", after=3), by=recording)
    assert wholly_equal(captured(rolling, over, settle=5.0), undisturbed)


def test_settling_ends(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollout that never ends is waited for as long as was said, and then reported."""
    monkeypatch.setattr(CAPTURE, "_POLL", 0.05)
    rolling = with_status(recording, "Deployment", "web", updatedReplicas=1)
    started = time.monotonic()
    snapshot = captured(rolling, settle=0.3)
    assert 0.1 < time.monotonic() - started < 3
    assert row(snapshot, "Deployment").status is ReadStatus.UNSETTLED


@pytest.mark.parametrize("seconds", [0.5, 1.4, 2.0])
def test_the_last_look_is_at_the_end(recording: Recording, seconds: float) -> None:
    """A rollout that ends just before the time given is seen to have ended."""
    rolling = with_status(recording, "Deployment", "web", updatedReplicas=1)
    started = time.monotonic()
    snapshot = captured(rolling, settle=seconds)
    waited = time.monotonic() - started
    assert seconds <= waited < seconds + 2
    assert row(snapshot, "Deployment").status is ReadStatus.UNSETTLED


def test_no_waiting_unless_asked(recording: Recording) -> None:
    """Without time to settle nothing is looked at again, whatever moves."""
    rolling = with_status(recording, "Deployment", "web", updatedReplicas=1)
    with PlaybackServer(rolling) as server:
        capture(STAGING, kubeconfig=str(server.kubeconfig))
        asked = [request.target for request in server.requests if not request.is_metadata_only]

    assert [target.place.resource for target in asked if target].count("deployments") == 1


def test_environments_settle_at_the_same_time(recording: Recording) -> None:
    """Three rollouts that hang are waited for once, and each is said."""
    rolling = with_status(recording, "Deployment", "web", updatedReplicas=1)
    with PlaybackServer(rolling) as server:
        started = time.monotonic()
        result = compare(*[STAGING] * 3, kubeconfig=str(server.kubeconfig), settle=2.0)
        waited = time.monotonic() - started
    assert 2 <= waited < 6
    (said,) = (reason for reason in result.gaps if "web (1 of 2 replicas updated)" in reason)
    assert all(environment.name in said for environment in result.environments)


def test_settling_ends_before_the_time_limit(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has more patience than time gets a snapshot all the same."""
    monkeypatch.setattr(CAPTURE, "_POLL", 0.05)
    rolling = with_status(recording, "Deployment", "web", updatedReplicas=1)
    snapshot = captured(rolling, settle=60.0, timeout=2.0)
    assert row(snapshot, "Deployment").status is ReadStatus.UNSETTLED


def test_old_servers_give_the_same_snapshot(recording: Recording, undisturbed: Snapshot) -> None:
    """Servers without aggregated discovery, or without metadata-only lists, lose nothing."""
    assert wholly_equal(captured(recording, aggregated=False), undisturbed)
    assert wholly_equal(captured(recording, MetadataOnlyIgnored()), undisturbed)


def test_the_time_limit_is_kept(recording: Recording) -> None:
    """A server that is too slow ends in an error when the time is over."""
    started = time.monotonic()
    with pytest.raises(ClusterError, match="time limit"):
        captured(recording, Slow(When(resource="pods"), seconds=5.0), timeout=0.5)
    assert time.monotonic() - started < 2


def test_ctrl_c_stops_at_once(recording: Recording, tmp_path: Path) -> None:
    """Requests under way do not hold the process back."""
    program = tmp_path / "program.py"
    program.write_text(
        "from datetime import UTC, datetime\n"
        "from driftcheck.capture import SecretKey, capture_cluster\n"
        "from driftcheck.sources import Cluster, connect\n"
        "with connect() as connection:\n"
        f"    capture_cluster(Cluster(connection), {STAGING!r}, name='x',\n"
        "        now=lambda: datetime.now(UTC), secret_key=lambda: SecretKey(bytes(32)))\n"
    )
    slow = Slow(When(path="*/namespaces/*"), seconds=30.0)
    with PlaybackServer(recording, faults=[slow]) as server:
        environment = {**os.environ, "KUBECONFIG": str(server.kubeconfig)}
        process = subprocess.Popen(
            [sys.executable, str(program)], env=environment, stderr=subprocess.PIPE
        )
        wait_until(lambda: len(server.requests) >= 6)
        interrupted = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=10)
    assert time.monotonic() - interrupted < 2
    assert b"KeyboardInterrupt" in complaint


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    patience = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < patience
        time.sleep(0.02)


_REQUESTS = {
    "the version": {"path": "/version"},
    "the core group": {"path": "/api"},
    "the other groups": {"path": "/apis"},
    "the Namespace": {"path": f"/api/v1/namespaces/{STAGING}"},
    "a list": {"resource": "deployments", "metadata_only": False},
    "the rest of a list": {"resource": "deployments", "metadata_only": False, "after": 1},
    "the second look": {"resource": "deployments", "metadata_only": True},
    "Secrets": {"resource": "secrets"},
    "a schema": {"path": "/openapi/v3/apis/*"},
}
_WRONG: dict[str, Callable[[When], Fault]] = {
    "throttled": lambda when: Throttled(when, retry_after=0),
    "failing": Failing,
    "unauthorized": lambda when: Failing(when, status=401),
    "not found": lambda when: Failing(when, status=404),
    "dropped": Dropped,
    "truncated": Truncated,
    "no JSON": InvalidJSON,
    "forbidden": Forbidden,
    "gone": ExpiredContinue,
    "gone and inconsistent": InconsistentContinue,
    "stale": lambda when: StaleDiscovery(when, group="bookshop.example.com"),
    "whole objects": MetadataOnlyIgnored,
    "changing": ContentChurning,
}


_DEPLOYMENTS = f"/apis/apps/v1/namespaces/{STAGING}/deployments"
_ASKED = [
    Request("GET", path, query, ADMIN, accept)
    for path, query, accept in (
        ("/version", "", ""),
        ("/api", "", ""),
        ("/apis", "", ""),
        (f"/api/v1/namespaces/{STAGING}", "", ""),
        (_DEPLOYMENTS, "limit=2", ""),
        (_DEPLOYMENTS, "limit=2&continue=x", ""),
        (_DEPLOYMENTS, "limit=2", f"application/json;as={METADATA_LIST}"),
        (f"/api/v1/namespaces/{STAGING}/secrets", "limit=2", ""),
        ("/openapi/v3/apis/bookshop.example.com/v1", "", ""),
    )
]
"""What a look asks for."""
_STRIKES = [
    pytest.param(struck, wrong, id=f"{said} {asked}")
    for asked, struck in _REQUESTS.items()
    for said, wrong in _WRONG.items()
    if any(map(wrong(When(**struck)).concerns, _ASKED))
]
"""Every fault, with every request that it can strike."""


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize(("struck", "wrong"), _STRIKES)
def test_each_fault_at_each_request(
    small: Recording,
    small_undisturbed: Snapshot,
    monkeypatch: pytest.MonkeyPatch,
    *,
    struck: JSON,
    wrong: Callable[[When], Fault],
    times: int | None,
) -> None:
    """The snapshot is as if nothing had happened, or its coverage names what is missing."""
    monkeypatch.setattr("driftcheck.sources._lists._PAGE", 2)
    with suppress(StartError):
        assert honest(captured(small, wrong(When(times=times, **struck))), small_undisturbed)


_KINDS = ["configmaps", "pods", "deployments", "featureflags", "secrets", "services", "namespaces"]
_TIMES = st.sampled_from([None, None, 1, 2, 7])
_WHEN = st.one_of(
    st.builds(When, resource=st.sampled_from(_KINDS), after=st.integers(0, 2), times=_TIMES),
    st.builds(When, resource=st.sampled_from(_KINDS), metadata_only=st.booleans(), times=_TIMES),
    st.builds(When, after=st.integers(0, 62), times=_TIMES),
)
_FAULTS = st.one_of(
    st.builds(Throttled, _WHEN, retry_after=st.just(0)),
    st.builds(Failing, _WHEN, status=st.sampled_from([400, 401, 404, 410, 500, 503])),
    st.builds(Dropped, _WHEN),
    st.builds(Truncated, _WHEN, kept=st.sampled_from([0.0, 0.5, 0.99])),
    st.builds(InvalidJSON, _WHEN),
    st.builds(Forbidden, _WHEN),
    st.builds(ExpiredContinue, _WHEN),
    st.builds(InconsistentContinue, _WHEN),
    st.builds(StaleDiscovery, _WHEN, group=st.sampled_from(["apps", "bookshop.example.com"])),
    st.builds(MetadataOnlyIgnored, _WHEN),
    st.builds(Churning, _WHEN),
    st.builds(ContentChurning, _WHEN),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(faults=st.lists(_FAULTS, min_size=1, max_size=3), page=st.sampled_from([2, 500]))
def test_no_fault_hides_anything(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, faults: list[Fault], page: int
) -> None:
    """Whatever goes wrong, an object is seen, or its kind is named, or nothing starts."""
    # Two that write could give two states of an object one resourceVersion, as no server does.
    assume(sum(isinstance(fault, Churning) for fault in faults) <= 1)
    recording, undisturbed = map(request.getfixturevalue, ("recording", "undisturbed"))
    monkeypatch.setattr("driftcheck.sources._lists._PAGE", page)
    started = time.monotonic()
    with suppress(StartError):
        assert honest(captured(recording, *faults), undisturbed)
    assert time.monotonic() - started < 15


def honest(snapshot: Snapshot, undisturbed: Snapshot) -> bool:
    """Whether everything that differs from the undisturbed snapshot is of a kind that is named."""
    seen = {row.group_kind for row in rows(snapshot, ReadStatus.READ)}
    named = {row.group for row in snapshot.coverage if row.kind == "*"}
    lost = contents(undisturbed.documents) ^ contents(snapshot.documents)
    known = {row.group_kind for row in snapshot.coverage}
    return not any((group, kind) in seen for group, kind, _ in lost) and all(
        row.group_kind in known or row.group in named for row in undisturbed.coverage
    )


def contents(documents: Iterable[Any]) -> set[tuple[str, str, bytes]]:
    """What counts of every object, whenever it was last written."""
    return {
        (
            *document.reference.group_kind,
            msgspec.json.encode({**document.body, "metadata": stable(document.metadata)}),
        )
        for document in documents
    }


def stable(metadata: Any) -> JSON:
    """The metadata without what each write leaves behind."""
    return {key: value for key, value in metadata.items() if key != "resourceVersion"}
