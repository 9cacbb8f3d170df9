"""Whose hands are named, and whose are not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.audit._leaves import leaves
from driftcheck.model import (
    AuditVerdict,
    Check,
    Field,
    FieldPath,
    Grade,
    Index,
    Item,
    Member,
    Step,
)
from tests.audit.audited import audited, entry, of, owned
from tests.builders import Body, config_map, edited, workload

ARGO = entry("argocd-controller", "f:data/f:a", operation="Apply")
EDIT = entry("kubectl-edit", "f:data/f:b")


def settings(*entries: dict[str, Any], name: str = "settings", **metadata: Any) -> Body:
    body = owned(config_map(name, a="1", b="2"), *entries)
    return edited(body, "metadata", value={**body["metadata"], **metadata})


OTHERS = [settings(ARGO, name=f"other-{number}") for number in range(4)]
"""What is deployed as it should be, so that nearly everything has a deployer."""


@pytest.mark.parametrize(
    ("entries", "grade", "path"),
    [
        ([ARGO, EDIT], Grade.CERTAIN, "data.b"),
        ([ARGO, entry("argocd-server", "f:data/f:b")], Grade.CERTAIN, "data.b"),
        ([ARGO, entry("nobody-knows", "f:data/f:b")], Grade.PROBABLE, "data.b"),
        ([EDIT], Grade.CERTAIN, "data.b"),
        (
            [ARGO, entry("kubectl-edit", "f:metadata/f:labels/f:x")],
            Grade.CERTAIN,
            "metadata.labels.x",
        ),
        ([ARGO, entry("kubectl-edit", "f:data/f:a")], None, ""),
        ([ARGO, entry("kubectl-edit", "f:status/f:x")], None, ""),
        ([ARGO, entry("kubectl-edit", "f:data/f:b", subresource="status")], None, ""),
        ([ARGO, entry("Terraform", "f:data/f:b")], None, ""),
        ([ARGO, entry("external-secrets", "f:data/f:b")], None, ""),
        ([entry("kubectl-client-side-apply", "f:data/f:a", "f:data/f:b")], None, ""),
        ([entry("helm", "f:data/f:a", "f:data/f:b")], None, ""),
        ([entry("kubectl-client-side-apply", "f:data/f:a"), EDIT], Grade.CERTAIN, "data.b"),
    ],
)
def test_of_an_object(entries: list[dict[str, Any]], grade: Grade | None, path: str) -> None:
    """A hand is named for what nobody who deploys or acts by itself owns too."""
    found = of(Check.HAND_WRITTEN, audited(settings(*entries), *OTHERS))

    assert [(each.grade, each.path) for each in found] == ([(grade, path)] if grade else [])


def test_where_hands_are_usual() -> None:
    """Where hardly anything is deployed by a tool, a hand without a deployer is only probable."""
    audit = audited(settings(EDIT), settings(EDIT, name="more"))

    assert {each.grade for each in of(Check.HAND_WRITTEN, audit)} == {Grade.PROBABLE}
    assert audit.verdict is AuditVerdict.UNMARKED
    assert audited(settings(EDIT), is_strict=True).verdict is AuditVerdict.MUTATED


@pytest.mark.parametrize(
    ("mark", "writers"),
    [
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop"}}, ["argocd-controller"]),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}, ["kustomize-controller"]),
        ({"annotations": {"meta.helm.sh/release-name": "shop"}}, ["helm", "helm-controller"]),
    ],
)
def test_tracked_objects(mark: dict[str, Any], writers: list[str]) -> None:
    """Who tracks an object deploys it, however little it owns; a client's own apply does not."""
    for writer in writers:
        tracked = settings(entry(writer, "f:data/f:a"), entry("other-tool", "f:data/f:b"), **mark)
        (found,) = of(Check.HAND_WRITTEN, audited(tracked, *OTHERS))
        assert (found.grade, found.path) == (Grade.PROBABLE, "data.b")
        applied = settings(entry("kubectl-client-side-apply", "f:data/f:b"), **mark)
        assert of(Check.HAND_WRITTEN, audited(applied, *OTHERS))


RESTART = "f:spec/f:template/f:metadata/f:annotations/f:kubectl.kubernetes.io/restartedAt"


def test_a_restart() -> None:
    """A restart changes nothing of what is asked for; a pause beside it does."""
    argo = entry("argocd-controller", "f:spec/f:replicas", operation="Apply")

    def restarted(*more: str) -> Body:
        path = {"f:kubectl.kubernetes.io/restartedAt": {}}
        by = entry("kubectl-rollout", *more)
        by["fieldsV1"].setdefault("f:spec", {})["f:template"] = {
            "f:metadata": {"f:annotations": path}
        }
        return owned(workload(), argo, by)

    assert not of(Check.HAND_WRITTEN, audited(restarted(), *OTHERS))
    (found,) = of(Check.HAND_WRITTEN, audited(restarted("f:spec/f:paused"), *OTHERS))
    assert found.path == "spec.paused"


def test_a_policy_says_who() -> None:
    """What a policy says of managers holds for an audit."""
    body = settings(ARGO, entry("ci-7", "f:data/f:b"))
    assert of(Check.HAND_WRITTEN, audited(body, *OTHERS))
    assert not of(
        Check.HAND_WRITTEN,
        audited(body, *OTHERS, policy={"managers": {"pipeline": ["ci-*"]}}),
    )


def test_what_editors_leave() -> None:
    """What an editor for people leaves in an object outlives who wrote it."""
    body = settings(ARGO, labels={"k8slens-edit-resource-version": "v1"})
    (found,) = of(Check.HAND_WRITTEN, audited(body, *OTHERS))
    assert found.grade is Grade.PROBABLE


@pytest.mark.parametrize(("others", "grade"), [(4, Grade.CERTAIN), (3, Grade.PROBABLE)])
def test_undeclared(others: int, grade: Grade) -> None:
    """An object that nobody deploys is certain where four fifths have a deployer."""
    body = settings(entry("kubectl-create", "f:data"), name="debug")
    (found,) = of(Check.UNDECLARED_OBJECT, audited(body, *OTHERS[:others]))

    assert (found.object.name, found.grade) == ("debug", grade)


def test_what_others_make() -> None:
    """What a controller writes, or has made, is nobody's to deploy."""
    made = settings(entry("manager", "f:x"), ownerReferences=[{"controller": True, "uid": "x"}])
    by_controller = settings(entry("shop-operator", "f:data/f:a"), name="made")

    assert not of(Check.UNDECLARED_OBJECT, audited(made, by_controller, *OTHERS))


@pytest.mark.parametrize("entries", [[], [{}]])
def test_wiped(entries: list[Any]) -> None:
    """Who has wiped managedFields has left nobody to name."""
    (found,) = of(Check.ATTRIBUTION_WIPED, audited(settings(*entries), *OTHERS))
    assert found.grade is Grade.PROBABLE


def test_managers() -> None:
    """Who writes there is listed, with class and count."""
    (environment,) = audited(settings(ARGO, EDIT), *OTHERS).environments
    rows = [(row.manager, row.class_.value, row.objects) for row in environment.managers]
    assert rows == [("argocd-controller", "gitops", 5), ("kubectl-edit", "hand", 1)]


SCALARS = st.one_of(st.text(max_size=4), st.integers(-9, 9), st.booleans())
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Field, st.text(max_size=4)),
    st.builds(
        Item,
        st.dictionaries(st.text(max_size=3), SCALARS, min_size=1, max_size=2).map(
            lambda keys: tuple(keys.items())
        ),
    ),
    st.builds(Member, SCALARS),
    st.builds(Index, st.integers(0, 20)),
)
PATHS = st.lists(STEPS, min_size=1, max_size=4).map(tuple)


def written(step: Step) -> str:
    """A step as FieldsV1 has it, by the serializer of structured-merge-diff."""
    match step:
        case Field(name):
            return f"f:{name}"
        case Item(keys):
            return f"k:{json.dumps(dict(keys))}"
        case Member(value):
            return f"v:{json.dumps(value)}"
        case Index(position):
            return f"i:{position}"


@given(st.lists(PATHS, min_size=1, max_size=6))
def test_leaves_come_back(paths: list[FieldPath]) -> None:
    """Any set of paths, written as FieldsV1, is read as the same: keys, values and positions."""
    fields: dict[str, Any] = {}
    for path in paths:
        inner = fields
        for step in path:
            inner = inner.setdefault(written(step), {})
            inner.setdefault(".", {})

    ends = {
        path
        for path in paths
        if not any(
            len(other) > len(path) and said(other[: len(path)]) == said(path) for other in paths
        )
    }
    assert set(map(said, leaves({"fieldsV1": fields}))) == set(map(said, ends))


def said(path: FieldPath) -> tuple[str, ...]:
    return tuple(map(written, path))


@pytest.mark.parametrize(
    "fields", [None, [], "x", {"x": {}}, {"k:{": {}}, {"i:x": {}}, {"v:{}": {}}]
)
def test_what_is_no_set_of_fields(fields: Any) -> None:
    assert not leaves({"fieldsV1": fields})
