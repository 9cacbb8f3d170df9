"""Looks that build on an earlier one: what a full look sees, of which only what moved is read."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftcheck.model import Snapshot
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
    Unserved,
    When,
)
from tests.capture.looks import (
    CONFIG_MAP,
    EDITS,
    NAMESPACE,
    STAGING,
    Edit,
    applied,
    config_map,
    content,
    deleted,
    edited,
    is_quiescent,
    lists,
    look,
    look_again,
    saved_and_read,
    taken,
    whole,
)


def test_nothing_moved(crowded: Recording, earlier: Snapshot) -> None:
    """Where nobody wrote anything, metadata is listed once, and nothing is read twice."""
    with PlaybackServer(crowded) as server:
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


def test_what_moved_is_read_by_itself(crowded: Recording, earlier: Snapshot) -> None:
    """Of a kind of many objects, only those are read that were written or are new."""
    written = crowded.with_objects(STAGING, [config_map(3, "other"), config_map(90)])
    with PlaybackServer(deleted("ConfigMap", "settings-04")(written)) as server:
        found, full = look(server, earlier), look(server)
        asked = [request.parameters for request in server.requests if request.query]
        in_full = lists(server.requests, metadata_only=False)

    names = {asked["fieldSelector"] for asked in asked if "fieldSelector" in asked}
    assert content(found) == content(full)
    assert is_quiescent(found)
    assert names == {"metadata.name=settings-03", "metadata.name=settings-90"}
    assert in_full.count("configmaps") == 1
    assert taken(found)[CONFIG_MAP] == taken(look_again(crowded, earlier))[CONFIG_MAP] - 2
    assert CONFIG_MAP not in whole(found)


def test_where_much_moved_the_kind_is_read_whole(crowded: Recording, earlier: Snapshot) -> None:
    """A request for each of many objects costs more than their list."""
    many = crowded.with_objects(STAGING, [config_map(n, "other") for n in range(10)])
    with PlaybackServer(many) as server:
        found, full = look(server, earlier), look(server)
        assert not any("fieldSelector" in request.query for request in server.requests)

    assert content(found) == content(full)
    assert whole(found) == {CONFIG_MAP: "10 of 42 objects moved"}
    assert CONFIG_MAP not in taken(found)


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
    crowded: Recording,
    earlier: Snapshot,
    first: list[Edit],
    second: list[Edit],
    faults: list[Fault],
) -> None:
    """Whatever was written since, and whatever goes wrong, look upon look sees what is there."""
    with PlaybackServer(applied(crowded, first)) as server:
        middle = look(server, earlier)
        server.recording = applied(server.recording, second)
        server.faults = faults
        found = look(server, saved_and_read(middle))
        server.faults = faults
        full = look(server)
    assert is_quiescent(found) == is_quiescent(full)
    assert found.coverage == full.coverage
    assert content(found) == content(full) or not is_quiescent(full)


@pytest.mark.parametrize("edit", EDITS)
def test_each_edit(crowded: Recording, earlier: Snapshot, edit: Edit) -> None:
    """Whatever was written since, a full look sees the same."""
    with PlaybackServer(edit(crowded)) as server:
        found, full = look(server, earlier), look(server)

    assert content(found) == content(full)
    assert is_quiescent(found)


@pytest.mark.parametrize("edit", EDITS)
def test_what_moves_between_the_looks_is_seen(
    crowded: Recording, earlier: Snapshot, edit: Edit
) -> None:
    """What is written during a look is there or is not, and never in part."""
    later = edit(crowded)
    when = When(path="*/namespaces/*/[a-m]*", metadata_only=True, after=4)
    with PlaybackServer(crowded, faults=[Replaced(when, by=later)]) as server:
        found = look(server, earlier)
        full = look(server)

    assert is_quiescent(found)
    assert found.documents in (earlier.documents, full.documents)


def test_what_moves_again_while_it_is_read(crowded: Recording, earlier: Snapshot) -> None:
    """What moved is not believed before it was looked at again: then it is read whole."""
    once, twice = (edited("ConfigMap", "settings-01", data={"k": text}) for text in ("1", "2"))
    moving = Replaced(When(resource="configmaps", after=1), by=twice(once(crowded)))
    with PlaybackServer(once(crowded), faults=[moving]) as server:
        found, full = look(server, earlier), look(server)

    assert found.documents == full.documents
    assert is_quiescent(found)


def test_an_object_that_moves_for_ever(crowded: Recording, earlier: Snapshot) -> None:
    """What never stands still is no more proven by an earlier look than by a full one."""
    churning = Churning(When(resource="configmaps"))
    with PlaybackServer(crowded, faults=[churning]) as server:
        found = look(server, earlier)

    assert not is_quiescent(found)
    assert CONFIG_MAP not in taken(found)
