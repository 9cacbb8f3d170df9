"""Which network policies of the whole cluster speak of a namespace's pods."""

from __future__ import annotations

import pytest

from tests.builders import Body, resource
from tests.platform.surrounded import inside, pod, reaching

HERE = inside(pod("web", serviceAccountName="front"), labels={"team": "shop"})


@pytest.mark.parametrize(
    ("subject", "picks"),
    [
        ({"namespaces": {}}, True),
        ({"namespaces": {"matchLabels": {"team": "shop"}}}, True),
        ({"namespaces": {"matchLabels": {"team": "other"}}}, False),
        ({"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}}, True),
        ({"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "x"}}}}, False),
    ],
)
def test_policy_api(subject: Body, picks: bool) -> None:
    """A policy of the policy API reaches the namespaces or pods that its subject picks."""
    policy = resource(
        "policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", spec={"subject": subject}
    )

    assert bool(reaching(HERE, policy)) is picks


@pytest.mark.parametrize(
    ("labels", "picks"),
    [
        ({}, True),
        ({"k8s:io.kubernetes.pod.namespace": "shop"}, True),
        ({"io.kubernetes.pod.namespace": "other"}, False),
        ({"k8s:io.cilium.k8s.namespace.labels.team": "shop"}, True),
        ({"any:app": "web"}, True),
        ({"app": "api"}, False),
        ({"io.cilium.k8s.policy.serviceaccount": "front"}, True),
        ({"k8s:io.cilium.k8s.policy.cluster": "nobody-knows"}, True),
    ],
)
def test_cilium(labels: dict[str, str], picks: bool) -> None:
    """A policy of Cilium reaches the pods whose labels, or whose namespace's, it picks."""
    spec = {"endpointSelector": {"matchLabels": labels}}
    policy = resource("cilium.io/v2", "CiliumClusterwideNetworkPolicy", spec=spec)

    assert bool(reaching(HERE, policy)) is picks


def test_cilium_on_nodes() -> None:
    """A policy for nodes reaches no pod."""
    policy = resource("cilium.io/v2", "CiliumClusterwideNetworkPolicy", spec={"nodeSelector": {}})

    assert not reaching(HERE, policy)


@pytest.mark.parametrize(
    ("selector", "picks"),
    [
        ("", True),
        ("all()", True),
        ("global()", False),
        ('app == "web"', True),
        ("app != 'web'", False),
        ("projectcalico.org/namespace == 'shop'", True),
        ("projectcalico.org/namespace == 'other' || has(app)", True),
        ("has(app) && !has(app)", False),
        ("!(app in {'api', 'web'})", False),
        ("app not in {'api'}", True),
        ("app starts with 'we' && app ends with 'b' && app contains 'e'", True),
        ("projectcalico.org/serviceaccount == 'front'", True),
        ("tier of another kind ~ 3", True),
        ("(" * 10_000, True),
    ],
)
def test_calico(selector: str, picks: bool) -> None:
    """A policy of Calico reaches the pods that its expression picks; one nobody can read may."""
    policy = resource(
        "crd.projectcalico.org/v1", "GlobalNetworkPolicy", spec={"selector": selector}
    )

    assert bool(reaching(HERE, policy)) is picks


def test_calico_namespaces_and_tiers() -> None:
    """Calico's selector of namespaces counts as well, and the tier comes with the policy."""
    spec = {"namespaceSelector": "team == 'shop'", "tier": "first"}
    policy = resource("crd.projectcalico.org/v1", "GlobalNetworkPolicy", spec=spec)
    tier = resource("crd.projectcalico.org/v1", "Tier", "first", spec={"order": 1})

    assert set(reaching(HERE, policy, tier)) == {"GlobalNetworkPolicy it", "Tier first"}

    spec["namespaceSelector"] = "team == 'other'"
    assert not reaching(HERE, policy, tier)


@pytest.mark.parametrize(
    ("selector", "picks"),
    [
        ("projectcalico.org/name == 'front'", True),
        ("projectcalico.org/name == 'back'", False),
        ("role == 'edge'", True),
        ("has(tier)", False),
    ],
)
def test_calico_accounts(selector: str, picks: bool) -> None:
    """Calico's selector of accounts picks by the labels of the one that a pod runs as."""
    front = resource("v1", "ServiceAccount", "front")
    front["metadata"]["labels"] = {"role": "edge"}
    here = inside(front, pod(serviceAccountName="front"))
    spec = {"serviceAccountSelector": selector}
    policy = resource("crd.projectcalico.org/v1", "GlobalNetworkPolicy", spec=spec)

    assert bool(reaching(here, policy)) is picks


def test_without_pods() -> None:
    """Where no pod is, no policy speaks of any."""
    subject = {"subject": {"namespaces": {}}}
    policy = resource("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", spec=subject)

    assert not reaching(inside(), policy)
