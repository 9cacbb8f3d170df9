"""Hands on the Namespace itself."""

from __future__ import annotations

import pytest

from driftcheck.model import Check, Grade
from driftcheck.pipeline import audit_snapshots
from driftcheck.policy import policy_from
from tests.audit.audited import STAGING, entry, of
from tests.builders import Body
from tests.moments import NOON, Edit, later

ENFORCED = "pod-security.kubernetes.io/enforce"
PATH = f'metadata.labels["{ENFORCED}"]'


def labelled(namespace: Body) -> None:
    """`kubectl label --overwrite`, long after the bookshop was deployed."""
    metadata = namespace["metadata"]
    metadata["labels"] |= {ENFORCED: "privileged"}
    metadata["managedFields"][1]["time"] = NOON["time"]


def deployed(namespace: Body) -> None:
    """The same of a Namespace that Argo CD has made."""
    labelled(namespace)
    namespace["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "x"}


def by_a_controller(namespace: Body) -> None:
    labelled(namespace)
    namespace["metadata"]["managedFields"][1]["manager"] = "label-synchronization-controller"


def annotated(namespace: Body) -> None:
    """An annotation that a hand added, and a time that is not known."""
    namespace["metadata"]["annotations"] = {"owner": "me"}
    added = entry("kubectl-annotate", "f:metadata/f:annotations/f:owner")
    added.pop("time")
    namespace["metadata"]["managedFields"].append(added)


@pytest.mark.parametrize(
    ("edit", "paths"),
    [
        (lambda _: None, []),
        (labelled, [PATH]),
        (deployed, [PATH]),
        (by_a_controller, []),
        (annotated, ["metadata.annotations.owner"]),
    ],
)
def test_a_namespace(edit: Edit, paths: list[str]) -> None:
    """A hand on a Namespace is named, unless it set it up before anything was deployed."""
    found = of(Check.HAND_WRITTEN, audit_snapshots([later("Namespace", STAGING, edit)]))
    assert [each.path for each in found] == paths
    assert all(each.grade is Grade.CERTAIN for each in found)
    assert all(str(each.object) == f"Namespace {STAGING}" for each in found)


def test_expected_by_its_labels() -> None:
    """A rule speaks of the Namespace like of any other object."""
    rule = {
        "id": "ours",
        "match": {"check": "hand-written", "kind": "Namespace", "labels": f"{ENFORCED}=privileged"},
        "effect": "any",
        "reason": "we say so",
    }
    policy = policy_from({"version": 1, "rules": [rule]})
    audit = audit_snapshots([later("Namespace", STAGING, labelled)], policy=policy)
    (found,) = of(Check.HAND_WRITTEN, audit)
    assert found.expected
