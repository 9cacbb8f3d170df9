"""One namespace on two clusters: what differs around it, and what nobody knows of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Result, Snapshot, capture, compare, load, render
from driftcheck.model import PlatformVerdict
from driftcheck.pipeline import compare_snapshots
from driftcheck.policy import policy_from
from driftcheck.reports import Detail
from driftcheck.testing import (
    Forbidden,
    PlaybackServer,
    Recording,
    When,
    kubeconfig_for,
    load_recording,
)
from tests.conftest import EXAMPLES

CLUSTERS = ("blue", "green")
RBAC = "rbac.authorization.k8s.io"
PLACE = "bookshop-production"
FOUND = {
    ("StorageClass", "standard", "reclaimPolicy"),
    ("StorageClass", "fast", "parameters.type"),
    ("CSIDriver", "disk.csi.example.com", "spec.fsGroupPolicy"),
    ("PersistentVolume", "pv-1", "spec.persistentVolumeReclaimPolicy"),
    ("PersistentVolume", "pv-1", "spec.csi.volumeAttributes.zone"),
    ("PersistentVolume", "pv-3", "spec.csi.volumeAttributes.zone"),
    ("IngressClass", "nginx", "spec.parameters"),
    ("PriorityClass", "business-critical", "value"),
    ("RuntimeClass", "sandboxed", "handler"),
    ("Node", "", "status.nodeInfo.architecture"),
    ("Node", "", "status.nodeInfo.containerRuntimeVersion"),
    ("Node", "", "status.nodeInfo.kubeletVersion"),
    (
        "MutatingWebhookConfiguration",
        "mesh-injector",
        "webhooks[name=inject.mesh.example.com].failurePolicy",
    ),
    ("ValidatingWebhookConfiguration", "image-policy", ""),
    ("ValidatingAdmissionPolicy", "replica-limit", "spec.validations[0].expression"),
    ("ClusterRoleBinding", "payments-nodes", "roleRef"),
    ("ClusterRoleBinding", "all-bookshop-accounts-edit", ""),
    ("ClusterRole", "bookshop-ops", "rules"),
    ("ClusterRole", "view", "rules"),
    (
        "CustomResourceDefinition",
        "featureflags.bookshop.example.com",
        "spec.versions[name=v1].schema",
    ),
}
"""What was done to the clusters, as their recording's README says it."""

ASKED = {
    "clusterrolebindings": "ClusterRoleBinding",
    "clusterroles": "ClusterRole",
    "csidrivers": "CSIDriver",
    "customresourcedefinitions": "CustomResourceDefinition",
    "ingressclasses": "IngressClass",
    "mutatingadmissionpolicybindings": "MutatingAdmissionPolicyBinding",
    "mutatingwebhookconfigurations": "MutatingWebhookConfiguration",
    "nodes": "Node",
    "persistentvolumes": "PersistentVolume",
    "priorityclasses": "PriorityClass",
    "runtimeclasses": "RuntimeClass",
    "storageclasses": "StorageClass",
    "validatingadmissionpolicies": "ValidatingAdmissionPolicy",
    "validatingadmissionpolicybindings": "ValidatingAdmissionPolicyBinding",
    "validatingwebhookconfigurations": "ValidatingWebhookConfiguration",
}
"""Everything that is read outside, by its name in paths."""


@pytest.fixture(scope="module")
def servers() -> Iterator[Mapping[str, PlaybackServer]]:
    """Both clusters, played."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(PlaybackServer(recording(name))) for name in CLUSTERS}


def recording(name: str) -> Path:
    return EXAMPLES / "recordings" / "platform" / f"{name}.jsonl.gz"


@pytest.fixture(scope="module")
def kubeconfig(
    servers: Mapping[str, PlaybackServer], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A kubeconfig with a context for each."""
    file = tmp_path_factory.mktemp("clusters") / "kubeconfig"
    kubeconfig_for(servers, file)
    return str(file)


@pytest.fixture(scope="module")
def snapshots(servers: Mapping[str, PlaybackServer]) -> Mapping[str, Snapshot]:
    """The namespace as it is in each cluster."""
    return {
        name: capture(PLACE, kubeconfig=str(server.kubeconfig)) for name, server in servers.items()
    }


def named(*looks: Snapshot, **asked: Any) -> Result:
    return compare_snapshots(looks, **asked)


def test_everything_that_was_done(kubeconfig: str) -> None:
    """Two contexts are compared: everything is found once, and nothing else."""
    result = compare(f"{PLACE}@blue", f"{PLACE}@green", kubeconfig=kubeconfig)

    found = Counter((it.object.kind, it.object.name, it.path) for it in result.platform.findings)
    assert result.platform.verdict is PlatformVerdict.DIFFERS
    assert not result.platform.same_cluster
    assert found == dict.fromkeys(FOUND, 1)


def test_the_same_cluster(snapshots: Mapping[str, Snapshot]) -> None:
    """A namespace beside itself has the same around it."""
    result = named(snapshots["blue"], snapshots["blue"])

    assert result.platform.verdict is PlatformVerdict.SAME
    assert result.platform.same_cluster
    assert result.verdict.value == "identical"


def test_permissions(snapshots: Mapping[str, Snapshot]) -> None:
    """Who may do what is said in words, with the accounts, of the binding that makes it."""
    result = named(snapshots["blue"], snapshots["green"])

    (found,) = [it for it in result.platform.findings if it.object.name == "payments-nodes"]
    assert found.reached_by == ("ServiceAccount payments",)
    anything = ["do anything with every address", "do anything with every kind"]
    assert list(found.values.values()) == [["get, list nodes"], anything]
    assert str(found.note).startswith("ServiceAccount payments may get, list nodes in ")
    assert found.category.value == "rbac"


def test_a_definition_explains(snapshots: Mapping[str, Snapshot]) -> None:
    """A field that the definition fills in says so, and names the definition."""
    (found,) = named(snapshots["blue"], snapshots["green"]).findings

    assert found.object.kind == "FeatureFlag"
    assert "CustomResourceDefinition featureflags.bookshop.example.com" in str(found.note)
    assert "default" in str(found.note)


def test_its_own_verdict(snapshots: Mapping[str, Snapshot]) -> None:
    """What lies outside touches the verdict where it is asked for, and nowhere else."""
    rules = [
        {"id": "flags", "match": {"kind": "FeatureFlag"}, "effect": "any", "reason": "to come"}
    ]
    policy = policy_from({"version": 1, "rules": rules})
    blue, green = snapshots["blue"], snapshots["green"]

    assert named(blue, green, policy=policy).verdict.value == "equivalent"
    assert named(blue, green, policy=policy, platform=True).verdict.value == "drifted"
    assert named(blue, blue, platform=True).verdict.value == "identical"


def test_a_policy_speaks_of_it(snapshots: Mapping[str, Snapshot]) -> None:
    """A rule expects what differs outside, and what is dangerous only where it says so."""
    everything = {"effect": "any", "reason": "two clouds"}
    tame = policy_from({"version": 1, "rules": [{"id": "all", **everything}]})
    bold = policy_from({"version": 1, "rules": [{"id": "all", "dangerous": True, **everything}]})
    blue, green = snapshots["blue"], snapshots["green"]

    held = named(blue, green, policy=tame, platform=True)
    kept_open = {it.object.kind for it in held.platform.findings if it.expected is None}
    assert held.verdict.value == "drifted"
    assert kept_open == {
        *("ClusterRole", "ClusterRoleBinding", "MutatingWebhookConfiguration"),
        *("ValidatingAdmissionPolicy", "ValidatingWebhookConfiguration"),
    }

    expected = named(blue, green, policy=bold, platform=True)
    assert expected.verdict.value == "equivalent"
    assert expected.platform.verdict is PlatformVerdict.DIFFERS


@pytest.mark.parametrize("detail", ["short", "stat"])
def test_in_short(snapshots: Mapping[str, Snapshot], detail: Detail) -> None:
    """Reports with a line for each object have those outside as well, and say once that they do."""
    result = named(snapshots["blue"], snapshots["green"], platform=True)
    said = render(result, detail=detail)

    assert all(str(finding.object) in said for finding in result.all_findings)
    assert said.count("20 differences outside the namespaces") == 1


@cache
def refused(resource: str) -> Snapshot:
    """The namespace as somebody sees it who may not read one kind outside."""
    faults = [Forbidden(When(resource=resource))]
    with PlaybackServer(recording("blue"), faults=faults) as server:
        return capture(PLACE, kubeconfig=str(server.kubeconfig))


@pytest.mark.parametrize("resource", ASKED)
def test_what_may_not_be_read(snapshots: Mapping[str, Snapshot], resource: str) -> None:
    """A refusal is a row and one line with its next step; it costs nothing inside."""
    found = refused(resource)
    result = named(snapshots["blue"], found)
    held = named(snapshots["blue"], found, platform=True)

    assert found.is_complete
    assert result.verdict.value == "identical"
    assert result.platform.verdict is PlatformVerdict.UNKNOWN
    (reason,) = result.platform.reasons
    assert reason.startswith(f"{ASKED[resource]}")
    assert "; next: driftcheck rbac bookshop-production@playback --platform | kubectl" in reason
    assert held.verdict.value == "inconclusive"
    assert held.gaps == (f"platform: {reason}",)
    assert " ".join(render(held).split()).count(reason) == 1, "it is said once"


def test_one_of_three_may_not_look(snapshots: Mapping[str, Snapshot]) -> None:
    """What two environments show to differ is said, whatever a third may not read."""
    third = refused("clusterrolebindings")

    result = named(snapshots["blue"], snapshots["green"], third)

    found = {it.object.name for it in result.platform.findings if it.object.group == RBAC}
    assert result.platform.verdict is PlatformVerdict.DIFFERS
    assert found == {"all-bookshop-accounts-edit", "bookshop-ops", "payments-nodes", "view"}


def test_nobody_looked(servers: Mapping[str, PlaybackServer], tmp_path: Path) -> None:
    """Where nothing outside was looked at, that is said, and proves nothing to who asks for it."""
    found = capture(PLACE, kubeconfig=str(servers["blue"].kubeconfig), platform=False)
    found.save(tmp_path / "old.json")

    result = named(found, found)

    assert found.platform is None
    assert "reached_by" not in (tmp_path / "old.json").read_text()
    assert result.verdict.value == "identical"
    assert result.platform.verdict is PlatformVerdict.NONE
    assert named(found, found, platform=True).verdict.value == "inconclusive"


def test_saved(snapshots: Mapping[str, Snapshot], tmp_path: Path) -> None:
    """What was saved says the same of what lies outside."""
    for name, found in snapshots.items():
        found.save(tmp_path / f"{name}.json.gz")
    loaded = [evolve(load(tmp_path / f"{name}.json.gz"), name=name) for name in CLUSTERS]
    seen = [evolve(snapshots[name], name=name) for name in CLUSTERS]

    assert named(*loaded).platform == named(*seen).platform


def test_requests() -> None:
    """What reaches in costs less than half as many requests again, each of them once."""
    asked = {}
    for platform in (True, False):
        with PlaybackServer(recording("blue")) as server:
            capture(PLACE, kubeconfig=str(server.kubeconfig), platform=platform)
            asked[platform] = [request.path for request in server.requests]

    more = Counter(asked[True]) - Counter(asked[False])
    assert len(asked[True]) <= 1.4 * len(asked[False])
    assert set(more.values()) == {1}


@pytest.mark.parametrize(
    "name", ["archive", "nobody-uses-me", "unbound", "strangers", "other-teams", "pv-2"]
)
def test_nothing_else(servers: Mapping[str, PlaybackServer], snapshots: Any, name: str) -> None:
    """What reaches nothing is asked for by nobody, and not kept."""
    paths = {request.path for request in servers["blue"].requests}

    assert not [path for path in paths if path.endswith(f"/{name}")]
    kept = snapshots["blue"].platform.objects
    assert name not in {found.document.reference.name for found in kept}


def test_secrets_stay_where_they_are(servers: Mapping[str, PlaybackServer]) -> None:
    """Nothing but GETs, no Secret of others, no node's own door, no list of whole definitions."""
    for request in servers["blue"].requests:
        assert request.method == "GET"
        assert "/proxy" not in request.path
        if request.path.endswith("customresourcedefinitions"):
            assert "as=PartialObjectMetadata" in request.accept
        assert not request.path.endswith("/secrets") or f"/{PLACE}/" in request.path


def test_one_cluster() -> None:
    """Of two namespaces in one cluster, what differs is what reaches one and not the other."""
    twins = load_recording(recording("blue")).copied(PLACE, to="bookshop-twin")
    twin = twins.object("", "Namespace", "bookshop-twin")
    twin["metadata"]["labels"]["team"] = "other"

    def found(clusters: Recording) -> dict[str, str]:
        with PlaybackServer(clusters) as server:
            result = compare(PLACE, "bookshop-twin", kubeconfig=str(server.kubeconfig))
        assert result.platform.same_cluster
        return {str(each.object): each.change.value for each in result.platform.findings}

    own_binding = {"ClusterRoleBinding payments-nodes": "removed"}
    assert found(twins) == own_binding
    assert found(twins.with_objects("", [twin])) == {
        **own_binding,
        "MutatingWebhookConfiguration mesh-injector": "removed",
        "MutatingWebhookConfiguration other-teams": "added",
        "ValidatingAdmissionPolicy replica-limit": "removed",
        "ValidatingAdmissionPolicyBinding replica-limit": "removed",
    }


def test_what_names_both_namespaces_of_one_cluster() -> None:
    """What is one object to both namespaces does not differ, though it names each of them."""
    twins = load_recording(recording("blue")).copied(PLACE, to="bookshop-twin")
    hooks = twins.object("", "ValidatingWebhookConfiguration", "image-policy")
    names = {"key": "kubernetes.io/metadata.name", "operator": "In"}
    hooks["webhooks"][0]["namespaceSelector"] = {
        "matchExpressions": [{**names, "values": [PLACE, "bookshop-twin"]}]
    }
    with PlaybackServer(twins.with_objects("", [hooks])) as server:
        result = compare(PLACE, "bookshop-twin", kubeconfig=str(server.kubeconfig))

    assert {it.object.name for it in result.platform.findings} == {"payments-nodes"}


def test_one_place_at_two_moments() -> None:
    """What was changed between two looks at one cluster is found."""
    before = load_recording(recording("blue"))
    hooks = before.object("", "MutatingWebhookConfiguration", "mesh-injector")
    hooks["webhooks"][0]["failurePolicy"] = "Ignore"
    looks = []
    for moment in (before, before.with_objects("", [hooks])):
        with PlaybackServer(moment) as server:
            looks.append(capture(PLACE, kubeconfig=str(server.kubeconfig)))

    (found,) = named(*looks).platform.findings

    assert found.path == "webhooks[name=inject.mesh.example.com].failurePolicy"


def test_what_was_not_read_inside(snapshots: Mapping[str, Snapshot]) -> None:
    """Who sees not everything inside does not know what reaches it, unless that names nothing."""
    for resource, verdict in (("ingresses", "unknown"), ("secrets", "same")):
        faults = [Forbidden(When(resource=resource))]
        with PlaybackServer(recording("blue"), faults=faults) as server:
            found = capture(PLACE, kubeconfig=str(server.kubeconfig))

        assert named(found, snapshots["blue"]).platform.verdict.value == verdict
