"""What makes a look read anew what an earlier one has: whatever could make that untrue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from driftcheck.capture import SecretKey, capture_cluster
from driftcheck.codec import snapshot_bytes
from driftcheck.errors import SecretKeyError
from driftcheck.model import Grounds, ReadStatus, Snapshot
from driftcheck.sources import Cluster, Connection
from driftcheck.sources._kubeconfig import read_access
from driftcheck.testing import (
    Failing,
    Fault,
    Forbidden,
    PlaybackServer,
    Recording,
    Reply,
    Strike,
    Unserved,
    When,
)
from tests.capture.looks import (
    AUTOSCALER,
    CONFIG_MAP,
    DEFINITION,
    FLAG,
    JSON,
    SECRET,
    STAGING,
    UNASKABLE,
    Rewritten,
    applied,
    content,
    deleted,
    edited,
    look,
    look_again,
    redefined,
    saved_and_read,
    taken,
    whole,
)


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
    crowded: Recording, earlier: Snapshot, reason: str, change: dict[str, Any]
) -> None:
    """An earlier snapshot that may not be of this place, by these means, is of no use."""
    with PlaybackServer(crowded) as server:
        found = look(server, attrs.evolve(earlier, **change))

    assert content(found) == content(earlier)
    assert taken(found) == {}
    assert all(said.startswith(reason) for said in whole(found).values())
    assert whole(found).keys() >= {CONFIG_MAP, SECRET, FLAG}


def test_another_server(crowded: Recording, earlier: Snapshot) -> None:
    """Another Namespace of the same name has other uids, so that nothing of it is known."""
    other = Rewritten(
        When(path=f"*/{STAGING}*"),
        edit=lambda item: item["metadata"].update(uid=item["metadata"]["uid"][::-1]),
    )
    with PlaybackServer(crowded, faults=[other]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert taken(found) == {}


def test_another_key(crowded: Recording, earlier: Snapshot) -> None:
    """Fingerprints of one key say nothing under another: Secrets are read again."""
    other = SecretKey(b"o" * 32)
    with PlaybackServer(crowded) as server:
        found, full = look(server, earlier, key=other), look(server, key=other)

    assert content(found) == content(full)
    assert whole(found) == {SECRET: "its values were fingerprinted with another key"}


def test_no_key(crowded: Recording, earlier: Snapshot) -> None:
    """Without a key Secrets are read, so that it is missed as in a full look."""

    def no_key() -> SecretKey:
        raise SecretKeyError("there is no key")

    with (
        PlaybackServer(crowded) as server,
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
def test_without_the_values_of_secrets(crowded: Recording, before: bool, now: bool) -> None:
    """Secrets that were read by name alone are not those whose values are asked for."""
    with PlaybackServer(crowded) as server:
        known = look(server, secret_values=before)
        found, full = look(server, known, secret_values=now), look(server, secret_values=now)

    assert content(found) == content(full)
    assert SECRET not in taken(found)


def test_a_value_that_another_secret_repeats(crowded: Recording) -> None:
    """A new value may stand in what was harmless in a Secret that nobody wrote."""
    word = "correct-horse-battery"
    harmless = crowded.object(STAGING, "Secret", "db-credentials")
    harmless["metadata"]["annotations"] = {"meta.helm.sh/release-name": word}
    before = crowded.with_objects(STAGING, [harmless])
    new = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "new"}}
    with PlaybackServer(before) as server:
        known = look(server)
        server.recording = before.with_objects(STAGING, [{**new, "stringData": {"word": word}}])
        found, full = look(server, known), look(server)

    assert word.encode() in snapshot_bytes(known, compressed=False)
    assert word.encode() not in snapshot_bytes(found, compressed=False)
    assert content(found) == content(full)


def test_the_key_is_named_as_long_as_it_is_needed(crowded: Recording, earlier: Snapshot) -> None:
    """Where the last Secret is gone, so is the name of its key."""
    names = [found["metadata"]["name"] for found in crowded.objects(STAGING, "Secret")]
    bare = applied(crowded, [deleted("Secret", name) for name in names])
    with PlaybackServer(bare) as server:
        assert look(server, earlier).secret_key_id is None


def filled(item: JSON) -> None:
    item.setdefault("spec", {})["filled"] = True


def test_a_changed_definition(crowded: Recording, earlier: Snapshot) -> None:
    """What a definition fills in comes with the resourceVersion that was there before."""
    filling = Rewritten(When(resource="featureflags"), edit=filled)
    changed = redefined(preserveUnknownFields=False)(crowded)
    with PlaybackServer(changed, faults=[filling]) as server:
        found, full = look(server, earlier), look(server)

    flags = [item.body for item in found.documents if item.reference.group_kind == FLAG]
    assert all(flag["spec"]["filled"] for flag in flags)
    assert content(found) == content(full)
    assert whole(found) == {FLAG: "its definition is another one"}


def test_an_upgraded_server(crowded: Recording, earlier: Snapshot) -> None:
    """What a newer server fills in comes with the resourceVersion that was there before."""
    upgraded = Rewritten(When(path="/version"), edit=lambda body: body.update(gitVersion="v1.37.0"))
    filling = Rewritten(When(path="*/namespaces/*/deployments"), edit=filled)
    with PlaybackServer(crowded, faults=[upgraded, filling]) as server:
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
    crowded: Recording, earlier: Snapshot, reason: str, fault: Fault
) -> None:
    """Custom resources are read whole where what decides of them can't be seen or trusted."""
    with PlaybackServer(crowded, faults=[fault]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert whole(found)[FLAG].startswith(reason)


def test_a_new_definition(crowded: Recording, earlier: Snapshot) -> None:
    """A definition that was just written may not have been in force when objects were read."""
    definition = crowded.object("", "CustomResourceDefinition", DEFINITION)
    for writer in definition["metadata"]["managedFields"]:
        writer["time"] = "2026-11-23T23:59:00Z"
    with PlaybackServer(crowded.with_objects("", [definition])) as server:
        known = look(server)
        found = look(server, known)

    assert whole(found) == {FLAG: "its definition was new"}


def test_a_cluster_that_was_restored(crowded: Recording) -> None:
    """After a backup is restored, revisions are given out a second time."""
    one, other = (edited("ConfigMap", "settings-01", data={"k": text}) for text in ("1", "2"))
    with PlaybackServer(one(edited("ConfigMap", "settings-02", data={})(crowded))) as server:
        known = look(server)
        server.recording = other(crowded)
        found, full = look(server, known), look(server)

    assert content(found) == content(full)
    assert "restored" in whole(found)[CONFIG_MAP]


def test_a_cluster_that_was_restored_long_ago(crowded: Recording, earlier: Snapshot) -> None:
    """An object that has a resourceVersion for the second time was written at another time."""

    def written_again(item: JSON) -> None:
        if item["metadata"]["name"] == "settings-01":
            item["metadata"]["managedFields"] = [{"manager": "m", "time": "2026-11-24T00:00:01Z"}]

    again = Rewritten(When(resource="configmaps"), edit=written_again)
    with PlaybackServer(crowded, faults=[again]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert "other metadata" in whole(found)[CONFIG_MAP]


def test_objects_without_versions(crowded: Recording) -> None:
    """What is computed at every look has no version, and is read whole."""
    computed = Rewritten(
        When(resource="configmaps"), edit=lambda item: item["metadata"].pop("resourceVersion")
    )
    with PlaybackServer(crowded, faults=[computed]) as server:
        known = look(server)
        found = look(server, known)

    assert CONFIG_MAP not in taken(found)
    assert whole(found)[CONFIG_MAP] == "not every object has a uid and a resourceVersion"


def test_what_was_not_seen_before_is_read_now(crowded: Recording, earlier: Snapshot) -> None:
    """A kind that was forbidden then is read, and one that is forbidden now is a row."""
    no_secrets = Forbidden(When(resource="secrets"))
    with PlaybackServer(crowded, faults=[no_secrets]) as server:
        partial = look(server)
        assert content(look(server, earlier)) == content(partial)
        server.faults = []
        found = look(server, partial)

    (row,) = [row for row in partial.coverage if row.kind == "Secret"]
    assert row.status is ReadStatus.FORBIDDEN
    assert content(found) == content(earlier)


def test_a_snapshot_with_fewer_objects(crowded: Recording, earlier: Snapshot) -> None:
    """What somebody took out of a snapshot is read, as if it were new."""
    less = attrs.evolve(earlier, documents=earlier.documents[::2])
    with PlaybackServer(crowded) as server:
        assert content(look(server, less)) == content(earlier)


@attrs.frozen
class Unselective(Fault):
    """A server that sends every object, whichever was asked for."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        return strike.proceed(attrs.evolve(strike.request, query="limit=500"))


def test_a_server_that_selects_nothing(crowded: Recording, earlier: Snapshot) -> None:
    """Of all that a server sends, only what was asked for counts."""
    unselective = Unselective(When(resource="configmaps"))
    moved = edited("ConfigMap", "settings-01", data={})(crowded)
    with PlaybackServer(moved, faults=[unselective]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert whole(found) == {}


def test_another_version(crowded: Recording, earlier: Snapshot) -> None:
    """An object in another version has the same resourceVersion, and other fields."""
    older = Unserved(group="autoscaling", version="v2")
    with PlaybackServer(crowded, faults=[older]) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert whole(found) == {AUTOSCALER: "it was not read in v1"}


def test_a_server_that_refuses_to_select(crowded: Recording, earlier: Snapshot) -> None:
    """Where a server can't be asked for single objects, the kind is read whole."""
    refusing = Failing(When(resource="configmaps", after=1, times=1), status=400)
    with PlaybackServer(edited("ConfigMap", "settings-01", data={})(crowded)) as server:
        full = look(server)
        server.faults = [refusing]
        found = look(server, earlier)

    assert content(found) == content(full)
    assert whole(found) == {CONFIG_MAP: "what moved could not be read by itself"}


def test_names_that_no_selector_takes(crowded: Recording) -> None:
    """The names of Roles may hold what is a sign in a selector."""
    roles = [
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}}
        for name in [*(f"role-{number:02}" for number in range(40)), "a,b", "system:a"]
    ]
    before = crowded.with_objects(STAGING, roles)
    for name, is_whole in (("a,b", True), ("system:a", False)):
        (role,) = [role for role in roles if role["metadata"] == {"name": name}]
        with PlaybackServer(before) as server:
            known = look(server)
            server.recording = before.with_objects(STAGING, [{**role, "rules": []}])
            found, full = look(server, known), look(server)
        assert content(found) == content(full)
        assert list(whole(found).values()) == [UNASKABLE] * is_whole


def test_nothing_leads_back_to_what_was_not_said(crowded: Recording) -> None:
    """Who does not say which driftcheck looks leaves nothing that a later look could use."""
    with PlaybackServer(crowded) as server:
        known = look(server, driftcheck=None)
        assert known.grounds is None
        assert taken(look(server, known)) == {}


def test_a_snapshot_names_what_it_took_over(crowded: Recording, earlier: Snapshot) -> None:
    """A file says what a later look must know, and which objects and why not others."""
    found = look_again(edited("Secret", "db-credentials", data={})(crowded), earlier)

    read = saved_and_read(found)
    assert read.taken_over == found.taken_over
    assert read.grounds == found.grounds
    assert taken(read)[CONFIG_MAP] == 42
    assert "annotations of the others" in whole(read)[SECRET]
