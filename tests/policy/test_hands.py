"""Who wrote a difference, and what a gate makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

import driftcheck
from driftcheck import Result, load_policy
from driftcheck.codec import read_result, result_json
from driftcheck.errors import PolicyError, UsageError
from driftcheck.model import Category, Gate, ManagerClass
from driftcheck.pipeline import compare_snapshots
from driftcheck.policy import policy_from
from tests.builders import Body, config_map, edited
from tests.ways import live

HAND = Gate.of("hand", 0)


def written(by: str, operation: str = "Update", **data: str) -> Body:
    """A ConfigMap all of whose data one manager owns."""
    entry = {
        "manager": by,
        "operation": operation,
        "apiVersion": "v1",
        "time": "2026-11-23T22:10:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {".": {}, **{f"f:{key}": {} for key in data}}},
    }
    return edited(config_map(**data), "metadata", "managedFields", value=[entry])


def between(left: Body | None, right: Body | None, policy: Any = None) -> Result:
    """What two clusters differ in, each with a ConfigMap besides that they share."""
    sides = [live(config_map("shared"), *filter(None, [body])) for body in (left, right)]
    return compare_snapshots(sides, policy=policy_from({"version": 1, **(policy or {})}))


def stops(result: Result, gate: Gate = HAND) -> bool:
    return bool(evolve(result, gate=gate).stopping)


GITOPS = written("argocd-controller", "Apply", a="1")


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        (written("kubectl-edit", a="2"), True),
        (written("argocd-server", a="2"), True),
        (written("kubectl-client-side-apply", a="2"), True),
        (written("nobody-knows", a="2"), True),
        (written("unknown", a="2"), True),
        (edited(config_map(a="2"), "metadata", "managedFields", value=[{}]), True),
        (config_map(a="2"), True),
        (None, True),
        (written("argocd-controller", "Apply", b="1"), True),
        (written("argocd-controller", "Apply", a="2"), False),
        (written("Terraform", "Apply", a="2"), False),
        (written("external-secrets", a="2"), False),
    ],
)
def test_whose_differences_count(other: Body | None, counts: bool) -> None:
    """A hand's, and those of which nobody knows whose they are: unknown, ambiguous and gone."""
    assert stops(between(GITOPS, other)) is counts
    assert stops(between(other, GITOPS)) is counts


def test_beside_manifests() -> None:
    """A manifest is what should be there: the cluster's writers alone are asked about."""
    manifest = driftcheck.capture([config_map("shared"), config_map(a="1")])
    for by, counts in (("kubectl-edit", True), ("argocd-controller", False)):
        seen = live(config_map("shared"), written(by, a="2"))
        assert stops(compare_snapshots([manifest, seen])) is counts
        assert stops(compare_snapshots([seen, manifest])) is counts


def test_between_manifests() -> None:
    """Of two files nobody knows who wrote what."""
    files = [driftcheck.capture([config_map(a=text)]) for text in "12"]
    assert stops(compare_snapshots(files))


def test_two_hands_for_one_object() -> None:
    """One hand among those who wrote is enough."""
    both = written("argocd-controller", "Apply", a="2")
    both["metadata"]["managedFields"] += written("kubectl-patch", a="2")["metadata"][
        "managedFields"
    ]
    assert stops(between(GITOPS, both))


def test_beside_categories() -> None:
    """Categories and hands are counted together."""
    result = between(GITOPS, written("Terraform", "Apply", a="2"))

    assert not stops(result, Gate.of(["hand", "image"], 0))
    assert stops(result, Gate.of(["hand", "config"], 0))
    assert Gate.of(["config", "hand"], 2) == Gate(frozenset({Category.CONFIG}), 2, hands=True)
    with pytest.raises(UsageError, match="no category 'hands'"):
        Gate.of("hands", 0)


def test_said_and_saved() -> None:
    """Reports name the class, and a saved result keeps it and its gate."""
    result = evolve(between(GITOPS, written("kubectl-edit", a="2")), gate=HAND)

    text, page = (driftcheck.render(result, format_) for format_ in ("text", "html"))
    again = read_result(result_json(result).encode(), source="again")

    assert "the gate fails: 1 difference of hand" in text
    assert "last written by kubectl-edit, a hand (Update, 2026-11-23" in page
    assert (again.findings, again.gate) == (result.findings, result.gate)
    assert '"class": "hand"' in result_json(result)


MANAGERS = {"pipeline": ["ci-*", "kubectl-client-side-apply"], "hand": "rancher"}


@pytest.mark.parametrize(
    ("by", "class_"),
    [
        ("ci-deploy", ManagerClass.PIPELINE),
        ("kubectl-client-side-apply", ManagerClass.PIPELINE),
        ("rancher", ManagerClass.HAND),
        ("kubectl-edit", ManagerClass.HAND),
        ("xci-deploy", ManagerClass.UNKNOWN),
    ],
)
def test_managers_of_a_policy(by: str, class_: ManagerClass) -> None:
    """What a policy says of a name goes before what is known of it."""
    result = between(GITOPS, written(by, a="2"), {"managers": MANAGERS})

    (finding,) = result.findings
    (writer,) = finding.written_by[result.environments[1].name]
    assert writer.class_ is class_
    assert stops(result) is (class_ is not ManagerClass.PIPELINE)
    assert not result.warnings


@pytest.mark.parametrize("pattern", ["kubectl-edit", "kubectl-*", "*", "k9?", "Headlamp 0.3*"])
def test_a_hand_that_is_said_to_be_none(pattern: str) -> None:
    """A hand is taken out of its class only where that is said to be dangerous, and it is told."""
    with pytest.raises(PolicyError, match=r"managers\.gitops\[0\]: takes .* out of the hands"):
        policy_from({"version": 1, "managers": {"gitops": [pattern]}})

    managers = {"gitops": [pattern], "dangerous": True}
    result = between(GITOPS, written("kubectl-edit", a="2"), {"managers": managers})

    (warning,) = result.warnings
    assert warning.startswith("the policy takes ")
    assert warning.endswith(" for gitops, and no hand")
    assert stops(result) is (pattern in ("k9?", "Headlamp 0.3*"))


@pytest.mark.parametrize(
    ("managers", "said"),
    [
        ({"robots": ["ci"]}, "managers.robots: no such key"),
        ({"pipeline": [1]}, "managers.pipeline[0]: expected a manager's name, or a glob, got 1"),
        ({"pipeline": [""]}, "managers.pipeline[0]: expected a manager's name"),
        ({"dangerous": "yes"}, "managers.dangerous: expected true or false"),
        (["ci"], "managers: expected a map"),
    ],
)
def test_mistakes(managers: Any, said: str) -> None:
    with pytest.raises(PolicyError) as error:
        policy_from({"version": 1, "managers": managers})
    assert str(error.value).startswith(said)


def test_lines(tmp_path: Any) -> None:
    """A mistake is said with its line."""
    path = tmp_path / "driftcheck.yaml"
    path.write_text("version: 1\nmanagers:\n  pipeline:\n  - ci\n  - kubectl-edit\n")
    with pytest.raises(PolicyError, match=r"\(.*driftcheck\.yaml:5\)"):
        load_policy(path)
