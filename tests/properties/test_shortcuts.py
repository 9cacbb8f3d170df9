"""No shortcut changes a byte: whatever is compared, the long way gives the same result."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftcheck import Result, Snapshot, Verdict, compare, render
from driftcheck.model import Document, parse_renaming
from driftcheck.normalization import Known, normalize
from driftcheck.pipeline import NO_SHORTCUTS, compare_snapshots
from tests import ways
from tests.accuracy.attacks import makers
from tests.builders import Body, config_map, container, edited, resource, snapshot, workload
from tests.conftest import Captured
from tests.normalization.test_pods import admitted
from tests.properties.objects import ENVIRONMENTS, OBJECTS

NAMESPACES = st.sampled_from(["shop", "default", "a", "app", "web", "prod", "x-1"])
NAMES = ("staging", "production")
sampled = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def in_both_ways(*snapshots: Snapshot, **asked: Any) -> Result:
    """The result of a comparison, which is the same with every shortcut and with none."""
    result = compare_snapshots(snapshots, **asked)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(NO_SHORTCUTS, "1")
        assert render(result, "json") == render(compare_snapshots(snapshots, **asked), "json")
    return result


def alike(body: Body, **sides: str) -> list[Snapshot]:
    """One object in several namespaces, by the environments' names."""
    return [
        evolve(snapshot(body, namespace=namespace), name=name) for name, namespace in sides.items()
    ]


@pytest.mark.parametrize("recording", ["equal", "drifted"])
def test_recordings(captured: Captured, recording: str) -> None:
    """What a real server showed, against another namespace and against itself."""
    staging, production = (captured(recording, f"bookshop-{name}") for name in NAMES)

    in_both_ways(staging, production)
    in_both_ways(production, staging, production)
    in_both_ways(ways.saved(staging), staging)


def test_files(tmp_path: Path) -> None:
    """What stands in two files of manifests, in most documents alike."""
    sides = {
        "left": [workload(), config_map("one", a="1"), config_map("two", a="1")],
        "right": [config_map("two", a="1"), config_map("one", a="2"), workload()],
    }
    for name, bodies in sides.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump_all(bodies))
    files = [tmp_path / f"{name}.yaml" for name in sides]

    result = compare(*files)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(NO_SHORTCUTS, "1")
        assert render(result, "json") == render(compare(*files), "json")
    assert [finding.object.name for finding in result.findings] == ["one"]


def test_saved_and_seen(captured: Captured) -> None:
    """A snapshot is the same to every rule before it was saved and after it was loaded."""
    staging, production = (captured("drifted", f"bookshop-{name}") for name in NAMES)

    seen = in_both_ways(staging, production)
    loaded = in_both_ways(ways.saved(staging), ways.saved(production))
    assert render(loaded, "json") == render(seen, "json")


@pytest.mark.parametrize("maker", sorted(makers()))
def test_attacks(maker: str) -> None:
    """What somebody does in the hope that a rule hides it."""
    attack = next(makers()[maker]())
    form = attack.forms[0]
    left = form.left(attack.left, ways.STAGING)
    right = form.right(attack.right, attack.namespace)

    in_both_ways(left, right, **attack.asked)


@sampled
@given(ENVIRONMENTS, ENVIRONMENTS, NAMESPACES, NAMESPACES)
def test_environments(left: list[Body], right: list[Body], here: str, there: str) -> None:
    """Whatever they hold, in whatever namespaces, whose names may stand anywhere in it."""
    in_both_ways(
        snapshot(*left, namespace=here),
        snapshot(*right, *(body for body in left if _is_new(body, right)), namespace=there),
    )


def _is_new(body: Body, bodies: Sequence[Body]) -> bool:
    names = {(other["kind"], other["metadata"]["name"]) for other in bodies}
    return (body["kind"], body["metadata"]["name"]) not in names


@sampled
@given(OBJECTS, NAMESPACES)
def test_what_is_known_is_not_done_again(body: Body, namespace: str) -> None:
    """An object that is there on both sides is normalized once, and counted for both."""
    known: Known = {}
    first, second = (
        normalize(snapshot(body, namespace=namespace), environment=name, known=known)
        for name in ("first", "second")
    )

    ((reference, item),) = (found for found in first.objects.items() if not found[1].is_pristine)
    assert second.objects[reference].content is item.content
    assert second.hits == first.hits


def test_what_no_step_looks_beyond(captured: Captured) -> None:
    """Of a real namespace nothing is normalized twice, but claims, whose volumes bear their uid."""
    staging = captured("equal", "bookshop-staging")
    seen = evolve(staging, documents=(*staging.documents, Document(admitted())))
    known: Known = {}
    first, second = (normalize(seen, environment=name, known=known) for name in NAMES)

    again = [
        reference.kind
        for reference, item in second.objects.items()
        if item.content is not first.objects[reference].content
    ]
    assert set(again) <= {"PersistentVolumeClaim"}


def _trigger(namespace: str) -> Body:
    """An object that names a namespace in JSON in a text, in which any letter may be an escape."""
    name = "".join(f"\\u{ord(letter):04x}" for letter in namespace)
    source = f'[{{"from":{{"kind":"ImageStreamTag","name":"it","namespace":"{name}"}}}}]'
    annotations = {"image.openshift.io/triggers": source}
    return edited(config_map(a="b"), "metadata", "annotations", value=annotations)


@pytest.mark.parametrize(
    "body",
    [
        config_map(url="http://db.shop.svc"),
        config_map(url="http://db.shop.svc", **{"\\u": "an escape, which may be any letter"}),
        workload(
            containers=[container(image="image-registry.openshift-image-registry.svc:5000/shop/it")]
        ),
        workload(
            containers=[container(env=[{"name": "URL", "value": "db.shop.svc.cluster.local"}])]
        ),
        _trigger("shop"),
        resource(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "it"},
            subjects=[{"kind": "ServiceAccount", "name": "it", "namespace": "shop"}],
        ),
        resource("example.com/v1", "Thing", spec={"where": {"name": "it", "namespace": "shop"}}),
    ],
)
def test_a_name_that_is_one_sides_own(body: Body) -> None:
    """What names one side's own namespace, and another's elsewhere, differs though it is alike."""
    for sides in ({"left": "shop", "right": "other"}, {"left": "other", "right": "shop"}):
        assert in_both_ways(*alike(body, **sides)).verdict is Verdict.DRIFTED
    assert in_both_ways(*alike(body, left="shop", right="shop")).verdict is Verdict.IDENTICAL


def test_another_type_of_the_same_value() -> None:
    """1, true and 1.0 are three values, as they are without shortcuts."""
    things = [resource("example.com/v1", "Thing", spec={"it": value}) for value in (1, True, 1.0)]

    for left, right in ((0, 1), (1, 0)):
        result = in_both_ways(snapshot(things[left]), snapshot(things[right]))
        assert result.verdict is Verdict.DRIFTED


def test_a_number_that_is_too_large_to_be_told_apart_by_few_bytes() -> None:
    """What can't be recognised is normalized, whatever it is."""
    thing = resource("example.com/v1", "Thing", spec={"it": 10**30})

    assert in_both_ways(*alike(thing, left="a", right="b")).verdict is Verdict.IDENTICAL


def test_a_label_that_a_selector_picks_on_one_side() -> None:
    """The same object reads differently where a selector there picks it by a tool's label."""
    label = {"helm.toolkit.fluxcd.io/name": "shop"}
    labelled = edited(config_map(a="b"), "metadata", "labels", value=label)
    selector = resource("example.com/v1", "Thing", spec={"selector": {"matchLabels": label}})

    result = in_both_ways(snapshot(labelled, selector), snapshot(labelled))

    assert {finding.object.kind for finding in result.findings} == {"ConfigMap", "Thing"}


def test_a_schema_that_differs() -> None:
    """The same custom resource reads differently where its schema fills something else in."""
    thing = resource("example.com/v1", "Thing", spec={})
    defaults = ("one", "two")
    schemas = [
        {"properties": {"spec": {"properties": {"mode": {"type": "string", "default": default}}}}}
        for default in defaults
    ]
    left, right = (
        evolve(snapshot(thing), schemas={"example.com/v1/Thing": schema}) for schema in schemas
    )

    assert in_both_ways(left, right).verdict is Verdict.DRIFTED
    assert in_both_ways(left, left).verdict is Verdict.IDENTICAL


def test_what_refers_to_something_of_another_name() -> None:
    """A text that names an object here, and nothing there, differs though it is alike."""
    reader = workload(containers=[container(envFrom=[{"configMapRef": {"name": "settings"}}])])
    left, right = (
        snapshot(config_map(name, a="b"), reader) for name in ("settings", "settings-v2")
    )
    renamings = [parse_renaming("settings", "settings-v2")]

    for sides in ((left, right), (left, right, left)):
        result = in_both_ways(*sides, renamings=renamings)
        assert [finding.object.kind for finding in result.findings] == ["Deployment"]


ACCOUNTS = [
    resource("v1", "ServiceAccount", "default", **said)
    for said in ({}, {"automountServiceAccountToken": False}, {"automountServiceAccountToken": 0})
]


@pytest.mark.parametrize("pods", [[admitted()] * 2, [admitted(), admitted("nodeName")]])
@pytest.mark.parametrize("accounts", list(itertools.product(ACCOUNTS, ACCOUNTS)))
def test_what_a_rule_asks_beyond_a_pod(pods: list[Body], accounts: tuple[Body, Body]) -> None:
    """The same Pod reads differently where its account gives no token, or somebody chose a node."""
    left, right = (snapshot(*seen) for seen in zip(pods, accounts, strict=True))

    for sides in ((left, right), (right, left), (left, right, left)):
        in_both_ways(*sides)


def test_a_pod_that_no_server_has_seen() -> None:
    """The same Pod reads differently in a manifest, where somebody wrote all of it."""
    manifest = edited(admitted(), "metadata", "uid", value=None)

    for sides in ((admitted(), manifest), (manifest, admitted())):
        assert in_both_ways(*map(snapshot, sides)).verdict is Verdict.DRIFTED


def test_who_chose_a_value(captured: Captured) -> None:
    """The same Service reads differently where somebody chose what a server picks elsewhere."""
    staging = captured("equal", "bookshop-staging")
    chosen = [_with_chosen_address(document) for document in staging.documents]

    in_both_ways(staging, evolve(staging, documents=tuple(chosen)))


def _with_chosen_address(document: Document) -> Document:
    if document.reference.kind != "Service":
        return document
    body = copy.deepcopy(dict(document.body))
    body["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:clusterIP"] = {}
    return Document(body)
