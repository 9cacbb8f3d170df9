"""Which webhooks and admission policies see what is written in a namespace."""

from __future__ import annotations

from typing import Any

import pytest

from driftcheck.platform import Inside
from tests.builders import Body, config_map, resource, workload
from tests.platform.surrounded import ADMISSION, inside, reaching

PODS = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["CREATE", "UPDATE"],
    "resources": ["pods"],
    "scope": "Namespaced",
}
HERE = inside(workload(), config_map(), labels={"team": "shop"})


def webhook(*rules: Body, **fields: Any) -> Body:
    return {"name": "it.example.com", "rules": list(rules) or [PODS], **fields}


def configuration(*webhooks: Body) -> Body:
    return resource(ADMISSION, "ValidatingWebhookConfiguration", webhooks=list(webhooks))


def is_reached(*webhooks: Body, here: Inside = HERE) -> bool:
    return bool(reaching(here, configuration(*webhooks)))


@pytest.mark.parametrize(
    ("selector", "picks"),
    [
        ({}, True),
        ({"matchLabels": {"team": "shop"}}, True),
        ({"matchLabels": {"team": "other"}}, False),
        ({"matchLabels": {"kubernetes.io/metadata.name": "shop"}}, True),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["shop"]}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "off", "operator": "DoesNotExist"}]}, True),
    ],
)
def test_namespace_selectors(selector: Body, picks: bool) -> None:
    """A webhook is called where its selector picks the Namespace's labels, its name among them."""
    assert is_reached(webhook(namespaceSelector=selector)) is picks


@pytest.mark.parametrize(
    ("rule", "called"),
    [
        ({}, True),
        ({"resources": ["pods/exec"]}, True),
        ({"resources": ["*/*"], "apiGroups": ["*"]}, True),
        ({"resources": ["jobs"], "apiGroups": ["batch"]}, False),
        ({"resources": ["deployments"]}, False),
        ({"resources": ["deployments"], "apiGroups": ["apps"]}, True),
        ({"resources": ["namespaces"], "scope": "Cluster"}, True),
        ({"resources": ["namespaces"], "scope": "Namespaced"}, False),
        ({"scope": "Cluster"}, False),
        ({"apiVersions": ["v1beta1"]}, True),
    ],
)
def test_rules(rule: Body, called: bool) -> None:
    """A webhook is called for what stands there, its subresources and other versions of it."""
    assert is_reached(webhook({**PODS, **rule})) is called


def test_object_selectors() -> None:
    """A webhook whose selector picks no object and no template is not called."""
    assert is_reached(webhook(objectSelector={"matchLabels": {"app": "web"}}))
    assert not is_reached(webhook(objectSelector={"matchLabels": {"app": "other"}}))


def test_only_called_webhooks_are_kept() -> None:
    """Of a configuration that is kept, what is not called is left out."""
    called = webhook()
    other = webhook(name="other.example.com", namespaceSelector={"matchLabels": {"team": "other"}})

    (found,) = reaching(HERE, configuration(other, called)).values()

    assert found.document.body["webhooks"] == [called]


def policy(*rules: Body, **spec: Any) -> Body:
    limits = {"resourceRules": list(rules)}
    spec = {"matchConstraints": limits, **spec}
    return resource(ADMISSION, "ValidatingAdmissionPolicy", "replicas", spec=spec)


def bound(**spec: Any) -> Body:
    spec = {"policyName": "replicas", **spec}
    return resource(ADMISSION, "ValidatingAdmissionPolicyBinding", "replicas", spec=spec)


def test_policies() -> None:
    """A policy and its binding reach in together, where both see something that stands there."""
    both = {"ValidatingAdmissionPolicy replicas", "ValidatingAdmissionPolicyBinding replicas"}
    other = {"namespaceSelector": {"matchLabels": {"team": "other"}}}
    jobs = {**PODS, "apiGroups": ["batch"], "resources": ["jobs"]}

    assert set(reaching(HERE, policy(PODS), bound())) == both
    assert not reaching(HERE, policy(PODS))
    assert not reaching(HERE, bound())
    assert not reaching(HERE, policy(PODS), bound(matchResources=other))
    assert not reaching(HERE, policy(jobs), bound())


@pytest.mark.parametrize(
    ("excluded", "reaches"),
    [
        ({"apiGroups": ["*"], "operations": ["*"], "resources": ["*/*"]}, False),
        ({"operations": ["UPDATE", "CREATE"]}, False),
        ({"resources": ["*"]}, False),
        ({"operations": ["CREATE"]}, True),
        ({"resources": ["pods/exec"]}, True),
        ({"resources": ["configmaps"]}, True),
        ({"resourceNames": ["web"]}, True),
        ({"scope": "Cluster"}, True),
    ],
)
def test_excluded(excluded: Body, reaches: bool) -> None:
    """What policy or binding leave out wholly does not bring them in; a part of it does."""
    left_out = [{**PODS, **excluded}]
    limits = {"resourceRules": [PODS], "excludeResourceRules": left_out}

    assert bool(reaching(HERE, policy(matchConstraints=limits), bound())) is reaches
    by_binding = bound(matchResources={"excludeResourceRules": left_out})
    assert bool(reaching(HERE, policy(PODS), by_binding)) is reaches


@pytest.mark.parametrize(
    ("match_policy", "version", "reaches"),
    [("Equivalent", "v1beta1", False), ("Exact", "v1beta1", True), ("Exact", "v1", False)],
)
def test_excluded_versions(match_policy: str, version: str, reaches: bool) -> None:
    """What leaves out one version leaves out others where these are taken for the same."""
    limits = {
        "matchPolicy": match_policy,
        "resourceRules": [PODS],
        "excludeResourceRules": [{**PODS, "apiVersions": [version]}],
    }

    assert bool(reaching(HERE, policy(matchConstraints=limits), bound())) is reaches


def test_policy_and_binding_mean_one_object() -> None:
    """A policy and its binding reach in where both are about one way to write one object."""
    objects = {**PODS, "resources": ["configmaps"]}
    deleted = {**PODS, "operations": ["DELETE"]}
    named = {**objects, "resourceNames": [config_map()["metadata"]["name"]]}

    assert not reaching(HERE, policy(PODS), bound(matchResources={"resourceRules": [objects]}))
    assert not reaching(HERE, policy(PODS), bound(matchResources={"resourceRules": [deleted]}))
    assert reaching(HERE, policy(objects), bound(matchResources={"resourceRules": [named]}))
    assert not reaching(HERE, policy({**objects, "resourceNames": ["other"]}), bound())


def test_what_is_still_to_be_made() -> None:
    """A webhook is called for what somebody there will make, by its template's labels."""
    labelled = {"metadata": {"labels": {"app": "x"}}}
    cron = resource("batch/v1", "CronJob", spec={"jobTemplate": labelled})
    jobs = {**PODS, "apiGroups": ["batch"], "resources": ["jobs"]}
    database = resource("apps/v1", "StatefulSet", spec={"volumeClaimTemplates": [labelled]})
    claims = {**PODS, "resources": ["persistentvolumeclaims"]}

    for maker, rule in ((cron, jobs), (database, claims)):
        here = inside(maker)
        assert is_reached(webhook(rule), here=here)
        assert not is_reached(
            webhook(rule, objectSelector={"matchLabels": {"app": "y"}}), here=here
        )


def test_parameters() -> None:
    """What a policy works with reaches in, where it stands in no namespace."""
    limits = resource("example.com/v1", "Limits", "shop")
    kind = {"apiVersion": "example.com/v1", "kind": "Limits"}

    found = reaching(
        HERE,
        policy(PODS, paramKind=kind),
        bound(paramRef={"name": "shop"}),
        limits,
        resource("example.com/v1", "Limits", "other"),
    )

    assert found["Limits shop"].reached_by == ("ValidatingAdmissionPolicy replicas",)
    assert "Limits other" not in found


def test_addresses_show_no_login() -> None:
    """Of an address neither a password nor a token is kept."""
    client = {"url": "https://user:hunter2@hooks.example.com/pods?token=hunter3"}

    (found,) = reaching(HERE, configuration(webhook(clientConfig=client))).values()

    (kept,) = found.document.body["webhooks"]
    assert kept["clientConfig"] == {"url": "https://hooks.example.com/pods"}
