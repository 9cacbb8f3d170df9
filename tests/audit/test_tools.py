"""Environments as other tools deploy them: none is a hand, and a hand among them is named."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import Audit, AuditVerdict, Check, Grade, Origin, Snapshot
from driftcheck.pipeline import audit_snapshots, capture
from tests.accuracy.bodies import fields_v1
from tests.audit.audited import EARLIER, LATER, of
from tests.builders import Body, config_map, edited, resource, workload
from tests.operators.places import Shape

HANDS = {Check.HAND_WRITTEN, Check.UNDECLARED_OBJECT, Check.POD_NOT_ITS_TEMPLATE}
HELM = {"meta.helm.sh/release-name": "shop"}


def tool(manager: str, operation: str = "Update", **marks: dict[str, str]) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "marks": marks}


TOOLS = {
    "Argo CD": tool(
        "argocd-controller", "Apply", annotations={"argocd.argoproj.io/tracking-id": "shop:/x"}
    ),
    "Argo CD by client-side apply and a label": tool(
        "argocd-controller", labels={"app.kubernetes.io/instance": "shop"}
    ),
    "Argo CD before 2.5": tool(
        "argocd-application-controller", labels={"argocd.argoproj.io/instance": "shop"}
    ),
    "Flux": tool(
        "kustomize-controller", "Apply", labels={"kustomize.toolkit.fluxcd.io/name": "shop"}
    ),
    "Flux' releases": tool(
        "helm-controller", labels={"helm.toolkit.fluxcd.io/name": "shop"}, annotations=HELM
    ),
    "Helm 3": tool("helm", annotations=HELM),
    "Helm 4": tool("helm", "Apply", annotations=HELM),
    "Terraform's Helm": tool("terraform-provider-helm_v2.17.0_x5", annotations=HELM),
    "Terraform": tool("HashiCorp"),
    "Terraform's manifests": tool("Terraform", "Apply"),
    "Pulumi": tool("pulumi-kubernetes-0a1b2c3d", "Apply"),
    "kapp": tool("kapp", labels={"kapp.k14s.io/app": "1764000000"}),
    "kubectl apply": tool("kubectl-client-side-apply"),
    "kubectl apply --server-side": tool("kubectl", "Apply"),
    "a pipeline with a name of its own": tool("gitlab-ci", "Apply"),
    "Config Sync": tool(
        "configsync.gke.io", "Apply", annotations={"configsync.gke.io/resource-id": "x"}
    ),
    "Rancher Fleet": tool("fleetagent", annotations={"objectset.rio.cattle.io/id": "shop"}),
    "Rancher's pages": tool("rancher"),
    "Ansible": tool("OpenAPI-Generator"),
    "Jenkins": tool("fabric8-kubernetes-client"),
}
CLIENTS = [
    *("kubectl-edit", "kubectl-patch", "oc", "Mozilla", "node-fetch", "Freelens", "k9s"),
    *("Headlamp 0.36.0 (linux", "dashboard", "GoogleCloudConsole", "argocd-server"),
]


def shop() -> list[Body]:
    """An application of five objects."""
    return [
        workload(name="web"),
        workload(name="worker"),
        config_map("settings", currency="EUR"),
        resource("v1", "Service", "web", spec={"ports": [{"port": 80}], "selector": {"app": "w"}}),
        resource("v1", "ServiceAccount", "web", automountServiceAccountToken=False),
    ]


def written(body: Body, by: dict[str, Any]) -> Body:
    """An object that a tool has written all of, with the marks that it leaves."""
    name = body["metadata"]["name"]
    metadata = {"uid": f"{body['kind']}-{name}", "creationTimestamp": EARLIER, **by["marks"]}
    marked = {**body, "metadata": {**body["metadata"], **metadata}}
    return edited(marked, "metadata", "managedFields", value=[entry_of(marked, by)])


def entry_of(body: Body, by: dict[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in body["metadata"].items() if k != "creationTimestamp"}
    return {
        "manager": by["manager"],
        "operation": by["operation"],
        "apiVersion": body["apiVersion"],
        "time": EARLIER,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_v1({**body, "metadata": metadata}),
    }


def by_hand(bodies: list[Body], client: str) -> list[Body]:
    """The same after a person has changed the currency with a client."""
    return [taken(body, client) if body["kind"] == "ConfigMap" else body for body in bodies]


def taken(settings: Body, client: str) -> Body:
    metadata = settings["metadata"]
    (entry,) = metadata["managedFields"]
    rest = {key: value for key, value in entry["fieldsV1"].items() if key != "f:data"}
    hand = {
        **entry,
        "manager": client,
        "operation": "Update",
        "time": LATER,
        "fieldsV1": {"f:data": {"f:currency": {}}},
    }
    entries = [{**entry, "fieldsV1": rest}, hand]
    return {**settings, "metadata": {**metadata, "managedFields": entries}}


def look(bodies: list[Body]) -> Snapshot:
    return evolve(capture(bodies), origin=Origin.CLUSTER)


def hands_in(audit: Audit) -> set[tuple[str, str, str]]:
    return {
        (each.grade.value, each.check.value, str(each.object))
        for each in audit.findings
        if each.check in HANDS
    }


@pytest.mark.parametrize("name", TOOLS)
def test_no_hand(name: str) -> None:
    """What a tool has deployed as it always does names no hand, of whatever grade."""
    audit = audit_snapshots([look([written(body, TOOLS[name]) for body in shop()])])
    assert hands_in(audit) == set()
    assert audit.verdict is AuditVerdict.UNMARKED


@pytest.mark.parametrize("name", TOOLS)
def test_a_hand(name: str) -> None:
    """An edit of what a tool has deployed is named, with the tool, and nothing else is."""
    bodies = by_hand([written(body, TOOLS[name]) for body in shop()], "kubectl-edit")
    audit = audit_snapshots([look(bodies)])
    assert hands_in(audit) == {("certain", "hand-written", "ConfigMap settings")}
    assert [each.path for each in of(Check.HAND_WRITTEN, audit)] == ["data.currency"]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client(client: str) -> None:
    """Whatever client a person uses, the edit is certain."""
    bodies = by_hand([written(body, TOOLS["Helm 3"]) for body in shop()], client)
    assert hands_in(audit_snapshots([look(bodies)])) == {
        ("certain", "hand-written", "ConfigMap settings")
    }


def test_a_job_by_hand() -> None:
    """`kubectl create job --from=cronjob/…` makes what no CronJob has made, though it says so."""
    bodies = [written(body, TOOLS["Helm 3"]) for body in shop()]
    job = {**workload("Job", "web-now"), "apiVersion": "batch/v1"}
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "web", "uid": "gone"}
    marks = {
        "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
        "ownerReferences": [{**owner, "controller": True}],
    }
    made = written(job, {"manager": "kubectl-create", "operation": "Update", "marks": marks})
    audit = audit_snapshots([look([*bodies, made])])
    assert hands_in(audit) == {("certain", "undeclared-object", "Job web-now")}


@pytest.mark.parametrize("mesh", ["istio", "linkerd", "eks", "aks"])
def test_what_a_webhook_injects(mesh: str) -> None:
    """A sidecar that a webhook puts into every pod is nobody's hand for certain."""
    audit = audit_snapshots([look(Shape(mesh).objects("shop"))])
    assert {grade for grade, _, _ in hands_in(audit)} == {Grade.PROBABLE.value}
    assert audit.verdict is not AuditVerdict.MUTATED
