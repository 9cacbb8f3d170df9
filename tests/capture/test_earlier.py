"""Looks that build on an earlier one: what a full look sees, of which only what moved is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftcheck.capture import Patience, SecretKey, capture_cluster
from driftcheck.codec import read_snapshot, snapshot_bytes
from driftcheck.errors import SecretKeyError, UsageError
from driftcheck.model import Grounds, GroupKind, ReadStatus, Snapshot
from driftcheck.sources import Cluster, Connection
from driftcheck.sources._kubeconfig import read_access
from driftcheck.testing import (
    Churning,
    ExpiredContinue,
    Failing,
    Fault,
    Forbidden,
    MetadataOnlyIgnored,
    PlaybackServer,
    Recording,
    Replaced,
    Reply,
    Request,
    Strike,
    Unserved,
    When,
    load_recording,
)

RECORDING = Path(__file__).parents[2] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
STAGING = "bookshop-staging"
KEY = SecretKey(b"k" * 32)

CONFIG_MAP = GroupKind("", "ConfigMap")
DEPLOYMENT = GroupKind("apps", "Deployment")
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


@pytest.fixture(scope="module")
def recording() -> Recording:
    """A namespace with forty more ConfigMaps, so that one of them is few."""
    return load_recording(RECORDING).with_objects(STAGING, map(config_map, range(40)))


@pytest.fixture(scope="module")
def earlier(recording: Recording) -> Snapshot:
    """What was seen of it."""
    with PlaybackServer(recording) as server:
        return look(server)


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists come in pages, which may end too soon."""
    monkeypatch.setattr("driftcheck.sources._cluster._PAGE", 25)


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


def test_nothing_moved(recording: Recording, earlier: Snapshot) -> None:
    """Where nobody wrote anything, metadata is listed once, and nothing is read twice."""
    with PlaybackServer(recording) as server:
        found = look(server, earlier)
        in_full = lists(server.requests, metadata_only=False)
        by_metadata = lists(server.requests, metadata_only=True)

    held = {document.reference.group_kind for document in earlier.documents} - {NAMESPACE}
    assert content(found) == content(earlier)
    assert is_quiescent(found)
    assert taken(found).keys() == held
    assert sum(taken(found).values()) == len(earlier.documents) - 1
    assert not {"configmaps", "secrets", "pods", "featureflags"} & set(in_full)
    assert len(by_metadata) == len(set(by_metadata))


def test_what_moved_is_read_by_itself(recording: Recording, earlier: Snapshot) -> None:
    """Of a kind of many objects, only those are read that were written or are new."""
    written = recording.with_objects(STAGING, [config_map(3, "other"), config_map(90)])
    with PlaybackServer(deleted("ConfigMap", "settings-04")(written)) as server:
        found, full = look(server, earlier), look(server)
        asked = [request.parameters for request in server.requests if request.query]
        in_full = lists(server.requests, metadata_only=False)

    names = {asked["fieldSelector"] for asked in asked if "fieldSelector" in asked}
    assert content(found) == content(full)
    assert is_quiescent(found)
    assert names == {"metadata.name=settings-03", "metadata.name=settings-90"}
    assert in_full.count("configmaps") == 1
    assert taken(found)[CONFIG_MAP] == taken(look_again(recording, earlier))[CONFIG_MAP] - 2
    assert CONFIG_MAP not in whole(found)


def look_again(recording: Recording, earlier: Snapshot) -> Snapshot:
    with PlaybackServer(recording) as server:
        return look(server, earlier)


def test_where_much_moved_the_kind_is_read_whole(recording: Recording, earlier: Snapshot) -> None:
    """A request for each of many objects costs more than their list."""
    many = recording.with_objects(STAGING, [config_map(n, "other") for n in range(10)])
    with PlaybackServer(many) as server:
        found, full = look(server, earlier), look(server)
        assert not any("fieldSelector" in request.query for request in server.requests)

    assert content(found) == content(full)
    assert whole(found) == {CONFIG_MAP: "10 of 42 objects moved"}
    assert CONFIG_MAP not in taken(found)


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


FAULTS: tuple[Fault, ...] = (
    MetadataOnlyIgnored(),
    ExpiredContinue(When(times=2)),
    Forbidden(When(resource="configmaps")),
    Forbidden(When(resource="namespaces")),
    Forbidden(When(resource="customresourcedefinitions")),
    Failing(When(resource="configmaps", metadata_only=True), status=406),
    Failing(When(resource="featureflags"), message="conversion webhook failed"),
    Failing(When(path="/version"), status=403),
    Churning(When(resource="configmaps", times=3)),
    Unserved(group="autoscaling", version="v2"),
)


@pytest.mark.usefixtures("short_pages")
@settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "6")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    first=st.lists(st.sampled_from(EDITS), max_size=3, unique=True),
    second=st.lists(st.sampled_from(EDITS), max_size=3, unique=True),
    faults=st.lists(st.sampled_from(FAULTS), max_size=2),
)
def test_the_same_as_a_full_look(
    recording: Recording,
    earlier: Snapshot,
    first: list[Edit],
    second: list[Edit],
    faults: list[Fault],
) -> None:
    """Whatever was written since, and whatever goes wrong, look upon look sees what is there."""
    with PlaybackServer(applied(recording, first)) as server:
        middle = look(server, earlier)
        server.recording = applied(server.recording, second)
        server.faults = faults
        found = look(server, saved_and_read(middle))
        server.faults = faults
        full = look(server)
    assert is_quiescent(found) == is_quiescent(full)
    assert found.coverage == full.coverage
    assert content(found) == content(full) or not is_quiescent(full)


def saved_and_read(snapshot: Snapshot) -> Snapshot:
    return read_snapshot(snapshot_bytes(snapshot, compressed=True), source="earlier")


@pytest.mark.parametrize("edit", EDITS)
def test_what_moves_between_the_looks_is_seen(
    recording: Recording, earlier: Snapshot, edit: Edit
) -> None:
    """What is written during a look is there or is not, and never in part."""
    later = edit(recording)
    when = When(path="*/namespaces/*/[a-m]*", metadata_only=True, after=4)
    with PlaybackServer(recording, faults=[Replaced(when, by=later)]) as server:
        found = look(server, earlier)
        full = look(server)

    assert is_quiescent(found)
    assert found.documents in (earlier.documents, full.documents)


def test_what_moves_again_while_it_is_read(recording: Recording, earlier: Snapshot) -> None:
    """What moved is not believed before it was looked at again: then it is read whole."""
    once, twice = (edited("ConfigMap", "settings-01", data={"k": text}) for text in ("1", "2"))
    moving = Replaced(When(resource="configmaps", after=1), by=twice(once(recording)))
    with PlaybackServer(once(recording), faults=[moving]) as server:
        found, full = look(server, earlier), look(server)

    assert found.documents == full.documents
    assert is_quiescent(found)


def test_an_object_that_moves_for_ever(recording: Recording, earlier: Snapshot) -> None:
    """What never stands still is no more proven by an earlier look than by a full one."""
    churning = Churning(When(resource="configmaps"))
    with PlaybackServer(recording, faults=[churning]) as server:
        found = look(server, earlier)

    assert not is_quiescent(found)
    assert CONFIG_MAP not in taken(found)


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("it notes nothing", {"grounds": None}),
        ("the context was elsewhere, and is playback", {"context": "elsewhere"}),
        ("the namespace was other, and is bookshop-staging", {"namespace": "other"}),
        ("the server's version was v1.36.1, and is v1.36.2", {"server_version": "v1.36.1"}),
        ("the server's version was not known", {"server_version": None}),
        ("driftcheck was 0.9, and is 1.0", {"grounds": Grounds("0.9")}),
        ("somebody took something out", {"warnings": ("somebody took something out",)}),
        ("its list had no revision", {"grounds": Grounds("1.0")}),
    ],
)
def test_where_nothing_can_be_taken_over(
    recording: Recording, earlier: Snapshot, reason: str, change: dict[str, Any]
) -> None:
    """An earlier snapshot that may not be of this place, by these means, is of no use."""
    with PlaybackServer(recording) as server:
        found = look(server, attrs.evolve(earlier, **change))

    assert content(found) == content(earlier)
    assert taken(found) == {}
    assert all(said.startswith(reason) for said in whole(found).values())
    assert whole(found).keys() >= {CONFIG_MAP, SECRET, FLAG}


def test_another_server(recording: Recording, earlier: Snapshot) -> None:
    """Another Namespace of the same name has other uids, so that nothing of it is known."""
    other = Rewritten(
        When(path=f"*/{STAGING}*"),
        edit=lambda item: item["metadata"].update(uid=item["metadata"]["uid"][::-1]),
    )
    with PlaybackServer(recording, faults=[other]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert taken(found) == {}


def test_another_key(recording: Recording, earlier: Snapshot) -> None:
    """Fingerprints of one key say nothing under another: Secrets are read again."""
    other = SecretKey(b"o" * 32)
    with PlaybackServer(recording) as server:
        found, full = look(server, earlier, key=other), look(server, key=other)

    assert content(found) == content(full)
    assert whole(found) == {SECRET: "its values were fingerprinted with another key"}


def test_no_key(recording: Recording, earlier: Snapshot) -> None:
    """Without a key Secrets are read, so that it is missed as in a full look."""

    def no_key() -> SecretKey:
        raise SecretKeyError("there is no key")

    with (
        PlaybackServer(recording) as server,
        Connection(read_access(str(server.kubeconfig), None), timeout=20.0) as connection,
        pytest.raises(SecretKeyError),
    ):
        capture_cluster(
            Cluster(connection),
            STAGING,
            name="shop",
            secret_key=no_key,
            now=lambda: datetime(2026, 11, 24, tzinfo=UTC),
            driftcheck="1.0",
            earlier=earlier,
        )


@pytest.mark.parametrize(("before", "now"), [(True, False), (False, True), (False, False)])
def test_without_the_values_of_secrets(recording: Recording, before: bool, now: bool) -> None:
    """Secrets that were read by name alone are not those whose values are asked for."""
    with PlaybackServer(recording) as server:
        known = look(server, secret_values=before)
        found, full = look(server, known, secret_values=now), look(server, secret_values=now)

    assert content(found) == content(full)
    assert SECRET not in taken(found)


def test_a_value_that_another_secret_repeats(recording: Recording) -> None:
    """A new value may stand in what was harmless in a Secret that nobody wrote."""
    word = "correct-horse-battery"
    harmless = recording.object(STAGING, "Secret", "db-credentials")
    harmless["metadata"]["annotations"] = {"meta.helm.sh/release-name": word}
    before = recording.with_objects(STAGING, [harmless])
    new = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "new"}}
    with PlaybackServer(before) as server:
        known = look(server)
        server.recording = before.with_objects(STAGING, [{**new, "stringData": {"word": word}}])
        found, full = look(server, known), look(server)

    assert word.encode() in snapshot_bytes(known, compressed=False)
    assert word.encode() not in snapshot_bytes(found, compressed=False)
    assert content(found) == content(full)


def test_the_key_is_named_as_long_as_it_is_needed(recording: Recording, earlier: Snapshot) -> None:
    """Where the last Secret is gone, so is the name of its key."""
    names = [found["metadata"]["name"] for found in recording.objects(STAGING, "Secret")]
    bare = applied(recording, [deleted("Secret", name) for name in names])
    with PlaybackServer(bare) as server:
        assert look(server, earlier).secret_key_id is None


def filled(item: JSON) -> None:
    item.setdefault("spec", {})["filled"] = True


def test_a_changed_definition(recording: Recording, earlier: Snapshot) -> None:
    """What a definition fills in comes with the resourceVersion that was there before."""
    filling = Rewritten(When(resource="featureflags"), edit=filled)
    changed = redefined(preserveUnknownFields=False)(recording)
    with PlaybackServer(changed, faults=[filling]) as server:
        found, full = look(server, earlier), look(server)

    flags = [item.body for item in found.documents if item.reference.group_kind == FLAG]
    assert all(flag["spec"]["filled"] for flag in flags)
    assert content(found) == content(full)
    assert whole(found) == {FLAG: "its definition is another one"}


def test_an_upgraded_server(recording: Recording, earlier: Snapshot) -> None:
    """What a newer server fills in comes with the resourceVersion that was there before."""
    upgraded = Rewritten(When(path="/version"), edit=lambda body: body.update(gitVersion="v1.37.0"))
    filling = Rewritten(When(path="*/namespaces/*/deployments"), edit=filled)
    with PlaybackServer(recording, faults=[upgraded, filling]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert taken(found) == {}


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("its definition could not be read: ", Forbidden(When(path="*/" + DEFINITION))),
        (
            "its definition could not be read: ",
            Rewritten(When(path="*/" + DEFINITION), edit=dict.clear),
        ),
        (
            "a webhook converts its objects, as nobody here can tell",
            Rewritten(
                When(path="*/" + DEFINITION),
                edit=lambda body: body["spec"].update(conversion={"strategy": "Webhook"}),
            ),
        ),
    ],
)
def test_a_definition_that_proves_nothing(
    recording: Recording, earlier: Snapshot, reason: str, fault: Fault
) -> None:
    """Custom resources are read whole where what decides of them can't be seen or trusted."""
    with PlaybackServer(recording, faults=[fault]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert whole(found)[FLAG].startswith(reason)


def test_a_new_definition(recording: Recording, earlier: Snapshot) -> None:
    """A definition that was just written may not have been in force when objects were read."""
    definition = recording.object("", "CustomResourceDefinition", DEFINITION)
    for writer in definition["metadata"]["managedFields"]:
        writer["time"] = "2026-11-23T23:59:00Z"
    with PlaybackServer(recording.with_objects("", [definition])) as server:
        known = look(server)
        found = look(server, known)

    assert whole(found) == {FLAG: "its definition was new"}


def test_a_cluster_that_was_restored(recording: Recording) -> None:
    """After a backup is restored, revisions are given out a second time."""
    one, other = (edited("ConfigMap", "settings-01", data={"k": text}) for text in ("1", "2"))
    with PlaybackServer(one(edited("ConfigMap", "settings-02", data={})(recording))) as server:
        known = look(server)
        server.recording = other(recording)
        found, full = look(server, known), look(server)

    assert content(found) == content(full)
    assert "restored" in whole(found)[CONFIG_MAP]


def test_a_cluster_that_was_restored_long_ago(recording: Recording, earlier: Snapshot) -> None:
    """An object that has a resourceVersion for the second time was written at another time."""

    def written_again(item: JSON) -> None:
        if item["metadata"]["name"] == "settings-01":
            item["metadata"]["managedFields"] = [{"manager": "m", "time": "2026-11-24T00:00:01Z"}]

    again = Rewritten(When(resource="configmaps"), edit=written_again)
    with PlaybackServer(recording, faults=[again]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert "other metadata" in whole(found)[CONFIG_MAP]


def test_objects_without_versions(recording: Recording) -> None:
    """What is computed at every look has no version, and is read whole."""
    computed = Rewritten(
        When(resource="configmaps"), edit=lambda item: item["metadata"].pop("resourceVersion")
    )
    with PlaybackServer(recording, faults=[computed]) as server:
        known = look(server)
        found = look(server, known)

    assert CONFIG_MAP not in taken(found)
    assert whole(found)[CONFIG_MAP] == "not every object has a uid and a resourceVersion"


def test_what_was_not_seen_before_is_read_now(recording: Recording, earlier: Snapshot) -> None:
    """A kind that was forbidden then is read, and one that is forbidden now is a row."""
    no_secrets = Forbidden(When(resource="secrets"))
    with PlaybackServer(recording, faults=[no_secrets]) as server:
        partial = look(server)
        assert content(look(server, earlier)) == content(partial)
        server.faults = []
        found = look(server, partial)

    (row,) = [row for row in partial.coverage if row.kind == "Secret"]
    assert row.status is ReadStatus.FORBIDDEN
    assert content(found) == content(earlier)


def test_a_snapshot_with_fewer_objects(recording: Recording, earlier: Snapshot) -> None:
    """What somebody took out of a snapshot is read, as if it were new."""
    less = attrs.evolve(earlier, documents=earlier.documents[::2])
    with PlaybackServer(recording) as server:
        assert content(look(server, less)) == content(earlier)


def test_a_server_that_selects_nothing(recording: Recording, earlier: Snapshot) -> None:
    """Where a server can't be asked for single objects, the kind is read whole."""
    refusing = Failing(When(resource="configmaps", after=1, times=1), status=400)
    with PlaybackServer(edited("ConfigMap", "settings-01", data={})(recording)) as server:
        full = look(server)
        server.faults = [refusing]
        found = look(server, earlier)

    assert content(found) == content(full)
    assert whole(found) == {CONFIG_MAP: "what moved could not be read by itself"}


def test_names_that_no_selector_takes(recording: Recording) -> None:
    """The names of Roles may hold what is a sign in a selector."""
    roles = [
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}}
        for name in [*(f"role-{number:02}" for number in range(40)), "a,b", "system:a"]
    ]
    before = recording.with_objects(STAGING, roles)
    for name, is_whole in (("a,b", True), ("system:a", False)):
        (role,) = [role for role in roles if role["metadata"] == {"name": name}]
        with PlaybackServer(before) as server:
            known = look(server)
            server.recording = before.with_objects(STAGING, [{**role, "rules": []}])
            found, full = look(server, known), look(server)
        assert content(found) == content(full)
        assert bool(whole(found)) is is_whole


def test_nothing_leads_back_to_what_was_not_said(recording: Recording) -> None:
    """Who does not say which driftcheck looks leaves nothing that a later look could use."""
    with PlaybackServer(recording) as server:
        known = look(server, driftcheck=None)
        assert known.grounds is None
        assert taken(look(server, known)) == {}


def test_a_snapshot_names_what_it_took_over(recording: Recording, earlier: Snapshot) -> None:
    """A file says what a later look must know, and which objects and why not others."""
    found = look_again(edited("Secret", "db-credentials", data={})(recording), earlier)

    read = saved_and_read(found)
    assert read.taken_over == found.taken_over
    assert read.grounds == found.grounds
    assert taken(read)[CONFIG_MAP] == 42
    assert "annotations of the others" in whole(read)[SECRET]
