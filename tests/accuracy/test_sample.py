"""A sample of the mutations that `make accuracy` tries all of."""

from __future__ import annotations

from itertools import count

import pytest

from tests.accuracy.mutations import ALARM, FOUND, MISSED, QUIET, WRONG, Outcome, outcomes
from tests.accuracy.subjects import is_more_than_itself, names_of_full_bodies, subject_named

LARGE = 200
"""One in so many of the mutations of an object that holds a pod's whole specification."""

SMALL = 10
WITH_PODS = {
    "CronJob", "DaemonSet", "Deployment", "Job", "Pod", "PodTemplate", "ReplicaSet",
    "ReplicationController", "StatefulSet",
}  # fmt: skip


def sample(name: str) -> list[Outcome]:
    """Some mutations of one object, others for each kind."""
    kind = name.partition(" ")[0]
    step = LARGE if kind in WITH_PODS and " full " in name else SMALL
    turn = count(sum(map(ord, name)))
    found = outcomes(subject_named(name), chosen=lambda: next(turn) % step == 0)
    return [outcome for outcome in found if not is_more_than_itself(outcome)]


@pytest.mark.parametrize("name", names_of_full_bodies())
def test_sample(name: str) -> None:
    """Each change is found once, at its place, or a counted rule covers it; nothing else is."""
    found = sample(name)

    assert not [outcome for outcome in found if outcome.verdict in (MISSED, WRONG, ALARM)]
    assert {outcome.verdict for outcome in found} >= {FOUND, QUIET}
