"""Each rule takes away what a server or controller wrote, counts it, and leaves its likes alone."""

from __future__ import annotations

from typing import Any

import pytest

from driftcheck import Result
from driftcheck.normalization import normalize
from driftcheck.pipeline import compare_snapshots
from tests.builders import (
    Body,
    compare,
    config_map,
    container,
    differences,
    edited,
    resource,
    snapshot,
    workload,
)

POD = "spec.template.spec"
MANAGED = {"manager": "kubectl", "operation": "Update", "fieldsType": "FieldsV1"}


def marked(body: Body, **metadata: Any) -> Body:
    """A copy with more metadata."""
    return {**body, "metadata": {**body["metadata"], **metadata}}


def annotated(body: Body, **annotations: str) -> Body:
    return marked(body, annotations=annotations)


def templated(**metadata: Any) -> Body:
    return edited(workload(), "spec", "template", "metadata", value=metadata)


def service(**spec: Any) -> Body:
    return marked(resource("v1", "Service", spec=spec), uid="as-in-a-cluster")


def owning(port: int, *fields: str) -> list[Body]:
    """Managed fields of someone who chose a port's fields."""
    key = f'k:{{"port":{port},"protocol":"TCP"}}'
    owned = {"f:ports": {key: {f"f:{field}": {} for field in fields}}}
    return [{**MANAGED, "fieldsV1": {"f:spec": owned}}]


def node_port(number: int, *fields: str) -> Body:
    ports = [{"port": 80, "protocol": "TCP", "nodePort": number}]
    return marked(service(type="NodePort", ports=ports), managedFields=owning(80, "port", *fields))


def claim(**spec: Any) -> Body:
    return resource("v1", "PersistentVolumeClaim", spec=spec)


def job(labels: Body | None = None, **spec: Any) -> Body:
    template = {"metadata": {"labels": labels or {}}, "spec": {"containers": [container()]}}
    return resource("batch/v1", "Job", spec={"template": template, **spec})


def stateful_set(**template: Any) -> Body:
    templates = [{"metadata": {"name": "data"}, "spec": {"accessModes": ["A"]}, **template}]
    return edited(workload("StatefulSet"), "spec", "volumeClaimTemplates", value=templates)


def pod(**spec: Any) -> Body:
    return resource("v1", "Pod", spec={"containers": [container()], **spec})


def toleration(seconds: int) -> Body:
    key = "node.kubernetes.io/not-ready"
    return {
        "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds
    }  # fmt: skip


def account(**fields: Any) -> Body:
    return resource("v1", "ServiceAccount", **fields)


def token(type_: str, **data: str) -> Body:
    return resource("v1", "Secret", type=type_, data=data)


def owned(uid: str, name: str = "parent") -> Body:
    reference = {"apiVersion": "example.com/v1", "kind": "Parent", "name": name, "uid": uid}
    return marked(config_map(), ownerReferences=[reference])


TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_VOLUME = {"name": "kube-api-access-x7v2k", "projected": {"sources": []}}
SERVICE_TOKEN = "kubernetes.io/service-account-token"
NAMESPACE = resource("v1", "Namespace", "shop")
SOURCE = {"kind": "PersistentVolumeClaim", "name": "other"}


def sealed(**values: str) -> Body:
    return resource("bitnami.com/v1alpha1", "SealedSecret", spec={"encryptedData": values})


TAKEN_AWAY: dict[str, tuple[str, int, Body, Body]] = {
    "a status": ("status", 1, {**workload(), "status": {"replicas": 2}}, workload()),
    "what a server keeps in the metadata": (
        "server-metadata",
        5,
        marked(config_map(), uid="a", resourceVersion="1", generation=3, generateName="set"),
        config_map(),
    ),
    "a controller's annotation": (
        "controller-metadata",
        1,
        annotated(workload(), **{"deployment.kubernetes.io/revision": "3", "own": "x"}),
        annotated(workload(), own="x"),
    ),
    "a controller's label": (
        "controller-metadata",
        1,
        marked(config_map(), labels={"kustomize.toolkit.fluxcd.io/name": "shop", "own": "x"}),
        marked(config_map(), labels={"own": "x"}),
    ),
    "the mark of a restart": (
        "restart-marker",
        1,
        templated(annotations={"kubectl.kubernetes.io/restartedAt": "2026-11-23T20:00:00Z"}),
        templated(annotations={}),
    ),
    "the cause of a rollout": (
        "change-cause",
        1,
        annotated(workload(), **{"kubernetes.io/change-cause": "kubectl set image"}),
        workload(),
    ),
    "a finalizer of Kubernetes' own": (
        "system-finalizers",
        1,
        marked(claim(), finalizers=["kubernetes.io/pvc-protection"]),
        claim(),
    ),
    "an owner's uid": ("owner-uid", 1, owned("a"), owned("b")),
    "the old name of the service account": (
        "service-account-alias",
        1,
        workload(serviceAccountName="shop", serviceAccount="shop"),
        workload(serviceAccountName="shop"),
    ),
    "an allocated address": (
        "service-allocations",
        2,
        service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1"]),
        service(),
    ),
    "an allocated node port": ("service-allocations", 1, node_port(30001), node_port(30002)),
    "the families of a single stack": (
        "service-allocations",
        1,
        service(ipFamilyPolicy="SingleStack", ipFamilies=["IPv6"]),
        service(ipFamilyPolicy="SingleStack", ipFamilies=["IPv4"]),
    ),
    "the volume a claim is bound to": (
        "volume-binding", 1, claim(volumeName="pvc-1"), claim(volumeName="pvc-2"),
    ),
    "the old name of a claim's source": (
        "volume-binding",
        1,
        claim(dataSource=SOURCE, dataSourceRef=SOURCE),
        claim(dataSourceRef=SOURCE),
    ),
    "a source by its old name alone": (
        "volume-binding", 1, claim(dataSource=SOURCE), claim(dataSourceRef=SOURCE),
    ),
    "the mark of Reloader": (
        "restart-marker",
        1,
        templated(annotations={"reloader.stakater.com/last-reloaded-from": "{}"}),
        templated(annotations={}),
    ),
    "what a network notes on a pod": (
        "pod-runtime",
        2,
        marked(
            pod(),
            annotations={"k8s.v1.cni.cncf.io/network-status": "[]"},
            labels={"topology.kubernetes.io/zone": "a"},
        ),
        pod(),
    ),
    "what Istio injected": (
        "injected",
        2,
        marked(
            pod(
                containers=[container(), container("istio-proxy")],
                initContainers=[container("istio-init")],
            ),
            annotations={
                "sidecar.istio.io/status": '{"initContainers": ["istio-init"],'
                ' "containers": ["istio-proxy"], "revision": "default"}'
            },
        ),
        pod(containers=[container()]),
    ),
    "what Linkerd injected": (
        "injected",
        1,
        marked(
            pod(containers=[container(), container("linkerd-proxy")]),
            annotations={"linkerd.io/proxy-version": "2.14"},
        ),
        pod(containers=[container()]),
    ),
    "the status of a claim's template": (
        "claim-template-status",
        3,
        stateful_set(apiVersion="v1", kind="PersistentVolumeClaim", status={"phase": "Pending"}),
        stateful_set(),
    ),
    "how a Job tells its pods": (
        "job-identity",
        3,
        job({"controller-uid": "a", "job-name": "it"}, selector={"matchLabels": {"x": "y"}}),
        job(),
    ),
    "a pod's node and priority": (
        "pod-runtime", 3, pod(nodeName="n", priority=0, preemptionPolicy="Never"), pod(),
    ),
    "a pod's token": (
        "pod-runtime",
        2,
        pod(
            volumes=[TOKEN_VOLUME],
            containers=[
                container(volumeMounts=[{"name": TOKEN_VOLUME["name"], "mountPath": TOKEN_MOUNT}])
            ],
        ),
        pod(),
    ),
    "the tolerations of every pod": ("pod-runtime", 1, pod(tolerations=[toleration(300)]), pod()),
    "generated tokens of a service account": (
        "generated-references",
        2,
        account(secrets=[{"name": "it-token-x7v2k"}, {"name": "it-dockercfg-8qk2d"}]),
        account(),
    ),
    "the token in a token's Secret": (
        "service-account-token",
        2,
        token(SERVICE_TOKEN, **{"token": "YQ==", "ca.crt": "Yg==", "own": "Yw=="}),
        token(SERVICE_TOKEN, own="Yw=="),
    ),
    "a Namespace's spec and its ranges": (
        "namespace-spec",
        2,
        {**annotated(NAMESPACE, **{"openshift.io/sa.scc.mcs": "s0"}), "spec": {"finalizers": []}},
        NAMESPACE,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "hits", "seen", "meant"), TAKEN_AWAY.values(), ids=TAKEN_AWAY.keys()
)
def test_taken_away(rule: str, hits: int, seen: Body, meant: Body) -> None:
    """What nobody configured is no difference, and the rule says how often it took it away."""
    assert not differences(seen, meant)
    assert normalize(snapshot(seen), environment="it").hits[rule] == hits


OWN_SELECTOR = {"matchLabels": {"x": "y"}}
REVISION = "deployment.kubernetes.io/revision"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
CAUSE = "kubernetes.io/change-cause"

LEFT_ALONE: dict[str, tuple[Body, Body, list[tuple[str, str]]]] = {
    "an annotation that is named like a controller's": (
        annotated(workload(), own="x"),
        annotated(workload(), own="x", **{f"example.com/{REVISION.partition('/')[2]}": "3"}),
        [("added", 'metadata.annotations["example.com/revision"]')],
    ),
    "a controller's annotation in a template": (
        templated(annotations={"own": "x"}),
        templated(annotations={"own": "x", REVISION: "3"}),
        [("added", f'spec.template.metadata.annotations["{REVISION}"]')],
    ),
    "a controller's label in a selector": (
        edited(workload(), "spec", "selector", value={"matchLabels": {"a": "b"}}),
        edited(
            workload(), "spec", "selector", value={"matchLabels": {"a": "b", "controller-uid": "1"}}
        ),
        [("added", "spec.selector.matchLabels.controller-uid")],
    ),
    "a pod's template hash in a selector": (
        service(selector={"app": "web"}),
        service(selector={"app": "web", "pod-template-hash": "5c57"}),
        [("added", "spec.selector.pod-template-hash")],
    ),
    "the mark of a restart on the object itself": (
        annotated(workload(), own="x"),
        annotated(workload(), own="x", **{RESTARTED: "now"}),
        [("added", f'metadata.annotations["{RESTARTED}"]')],
    ),
    "the cause of a rollout in a template": (
        templated(annotations={"own": "x"}),
        templated(annotations={"own": "x", CAUSE: "me"}),
        [("added", f'spec.template.metadata.annotations["{CAUSE}"]')],
    ),
    "a finalizer of somebody else": (
        marked(claim(), finalizers=["kubernetes.io/pvc-protection"]),
        marked(claim(), finalizers=["example.com/backup"]),
        [("added", "metadata.finalizers")],
    ),
    "another owner": (
        owned("a"),
        owned("a", "other"),
        [
            ("added", "metadata.ownerReferences[kind=Parent,name=other]"),
            ("removed", "metadata.ownerReferences[kind=Parent,name=parent]"),
        ],
    ),
    "another service account": (
        workload(serviceAccountName="a", serviceAccount="a"),
        workload(serviceAccountName="b", serviceAccount="b"),
        [("changed", f"{POD}.serviceAccountName")],
    ),
    "a headless service": (
        service(clusterIP="None", clusterIPs=["None"]),
        service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1"]),
        [("removed", "spec.clusterIP")],
    ),
    "a node port that somebody chose": (
        node_port(30001, "nodePort"),
        node_port(30002, "nodePort"),
        [("changed", "spec.ports[port=80,protocol=TCP].nodePort")],
    ),
    "a node port of a manifest": (
        resource("v1", "Service", spec={"ports": [{"port": 80, "nodePort": 30001}]}),
        resource("v1", "Service", spec={"ports": [{"port": 80, "nodePort": 30002}]}),
        [("changed", "spec.ports[port=80,protocol=TCP].nodePort")],
    ),
    "the families of two stacks": (
        service(ipFamilyPolicy="PreferDualStack", ipFamilies=["IPv4", "IPv6"]),
        service(ipFamilyPolicy="PreferDualStack", ipFamilies=["IPv6", "IPv4"]),
        [("reordered", "spec.ipFamilies")],
    ),
    "a claim's class": (
        claim(volumeName="pvc-1", storageClassName="fast"),
        claim(volumeName="pvc-1", storageClassName="slow"),
        [("changed", "spec.storageClassName")],
    ),
    "a Job that chose its selector": (
        job({"job-name": "a"}, manualSelector=True, selector=OWN_SELECTOR),
        job({"job-name": "b"}, manualSelector=True, selector=OWN_SELECTOR),
        [("changed", "spec.template.metadata.labels.job-name")],
    ),
    "a volume that is only named like a token's": (
        pod(volumes=[{"name": TOKEN_VOLUME["name"], "emptyDir": {}}]),
        pod(),
        [("removed", "spec.volumes")],
    ),
    "a toleration of another length": (
        pod(tolerations=[toleration(300), toleration(60)]),
        pod(tolerations=[toleration(300)]),
        [("removed", "spec.tolerations")],
    ),
    "a sealed value more": (
        sealed(password="AgA1"),
        sealed(password="AgA1", user="AgC"),
        [("added", "spec.encryptedData.user")],
    ),
    "a container that is only named like Istio's": (
        pod(containers=[container(), container("istio-proxy")]),
        pod(containers=[container()]),
        [("removed", "spec.containers[name=istio-proxy]")],
    ),
    "another source under the old name": (
        claim(dataSource=SOURCE, dataSourceRef=SOURCE),
        claim(dataSource={**SOURCE, "name": "third"}, dataSourceRef=SOURCE),
        [("added", "spec.dataSource")],
    ),
    "a Secret of another account": (
        account(secrets=[{"name": "it-token-x7v2k"}]),
        account(secrets=[{"name": "it-token-x7v2k"}, {"name": "other-token-x7v2k"}]),
        [("added", "secrets")],
    ),
    "a token in an ordinary Secret": (
        token("Opaque", token="YQ=="),
        token("Opaque", token="Yg=="),
        [("changed", "data.token")],
    ),
    "a Namespace's own annotation": (
        annotated(NAMESPACE, **{"openshift.io/description": "a"}),
        annotated(NAMESPACE, **{"openshift.io/description": "b"}),
        [("changed", 'metadata.annotations["openshift.io/description"]')],
    ),
}


@pytest.mark.parametrize(("left", "right", "expected"), LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_left_alone(left: Body, right: Body, expected: list[tuple[str, str]]) -> None:
    """What only looks like a server's or a controller's own is compared."""
    assert sorted(differences(left, right)) == expected


def test_labels_copied_from_a_template() -> None:
    """The labels that the server gave a Job follow its template's, and are no difference."""
    written, copied = job({"app": "x"}), marked(job({"app": "x"}), labels={"app": "x"})
    other = marked(job({"app": "y"}), labels={"app": "y"})

    assert not differences(written, copied)
    assert differences(copied, other) == [("changed", "spec.template.metadata.labels.app")]


def test_a_label_beside_copied_ones() -> None:
    """A label that a Job has beside those of its template is the one difference."""
    copied = marked(job({"app": "x"}), labels={"app": "x"})
    labelled = marked(job({"app": "x"}), labels={"app": "x", "team": "y"})

    assert differences(copied, labelled) == [("added", "metadata.labels.team")]


def test_own_volume_where_a_token_would_be() -> None:
    """A pod's own volume, mounted where the token would be, is compared."""
    volumes = [{"name": "own", "emptyDir": {}}]
    mounted = [container(volumeMounts=[{"name": "own", "mountPath": TOKEN_MOUNT}])]

    found = differences(pod(volumes=volumes), pod(volumes=volumes, containers=mounted))

    assert found == [("added", "spec.containers[name=web].volumeMounts")]


def autoscaler(target: str = "web") -> Body:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    return resource("autoscaling/v2", "HorizontalPodAutoscaler", spec={"scaleTargetRef": reference})


def scaled(replicas: int) -> Body:
    return edited(workload(), "spec", "replicas", value=replicas)


def test_replicas_that_autoscalers_hold() -> None:
    """Replicas that an autoscaler holds on both sides are no difference, and counted."""
    result = compare([scaled(2), autoscaler()], [scaled(5), autoscaler()])

    assert not result.findings
    assert {rule.id: rule.hits for rule in result.rules}["autoscaled-replicas"] == 2


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([scaled(2), autoscaler()], [scaled(5)]),
        ([scaled(2)], [scaled(5), autoscaler()]),
        ([scaled(2), autoscaler("other")], [scaled(5), autoscaler("other")]),
        ([scaled(2), autoscaler()], [scaled(0), autoscaler()]),
    ],
    ids=["only left", "only right", "of another workload", "switched off by zero"],
)
def test_replicas_that_no_autoscaler_holds(left: list[Body], right: list[Body]) -> None:
    """Replicas are compared where one side's autoscaler does not hold them."""
    found = [finding.path for finding in compare(left, right).findings]

    assert "spec.replicas" in found


def between(left: Body, right: Body) -> Result:
    """The one object in the namespace `staging`, and the other in `production`."""
    return compare_snapshots(
        [snapshot(left, namespace="staging"), snapshot(right, namespace="production")]
    )


def binding(**subject: str) -> Body:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "it"}
    return resource("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef=role, subjects=[subject])


def peer(**selector: Any) -> Body:
    return resource(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        spec={"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": selector}]}]},
    )


def affinity(namespace: str) -> Body:
    term = {"topologyKey": "zone", "namespaces": [namespace]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return workload(affinity={"podAffinity": required})


def variable(name: str, field: str = "metadata.namespace") -> Body:
    source = {"fieldRef": {"fieldPath": field}}
    return workload(containers=[container(env=[{"name": name, "valueFrom": source}])])


LABEL = "kubernetes.io/metadata.name"
THING = ("example.com/v1", "Thing")


def placed(namespace: str) -> dict[str, Body]:
    """Objects that carry a namespace's name where Kubernetes itself reads one."""
    expression = {"key": LABEL, "operator": "In", "values": [namespace]}
    return {
        "a subject": binding(kind="ServiceAccount", name="web", namespace=namespace),
        "a service account as a user": binding(
            kind="User", name=f"system:serviceaccount:{namespace}:web"
        ),
        "all service accounts": binding(kind="Group", name=f"system:serviceaccounts:{namespace}"),
        "a selector of namespaces": peer(matchLabels={LABEL: namespace}),
        "an expression on namespaces": peer(matchExpressions=[expression]),
        "a host": config_map(url=f"http://db.{namespace}.svc.cluster.local:80/x"),
        "a host in an argument": workload(
            containers=[container(args=[f"--db=db-0.db.{namespace}.svc"])]
        ),
        "namespaces of an affinity": affinity(namespace),
        "a variable named after it": variable(f"IN_{namespace}"),
        "a reference of a custom resource": resource(
            *THING, spec={"ref": {"name": "web", "namespace": namespace}}
        ),
        "names of a custom resource": resource(*THING, spec={"matchNames": [namespace]}),
    }


PLACES = list(placed("staging"))


@pytest.mark.parametrize("place", PLACES)
def test_each_its_own_namespace(place: str) -> None:
    """Each side's own namespace, where Kubernetes reads one, is the same; and it is counted."""
    result = between(placed("staging")[place], placed("production")[place])

    assert not result.findings
    assert {rule.id: rule.hits for rule in result.rules}["namespace"] >= 2


@pytest.mark.parametrize("place", PLACES)
def test_a_forgotten_namespace(place: str) -> None:
    """What in production still says `staging` is a difference, and every path can be read."""
    result = between(placed("staging")[place], placed("staging")[place])

    assert result.findings
    assert all(finding.path.isascii() for finding in result.findings)


OTHER_TEXTS: dict[str, tuple[Body, Body]] = {
    "a word": (config_map(text="staging"), config_map(text="production")),
    "a word inside another": (
        config_map(url="db.staging-old.svc"),
        config_map(url="db.production-old.svc"),
    ),
    "a public host": (
        config_map(url="https://staging.example.com"),
        config_map(url="https://production.example.com"),
    ),
    "a label": (
        marked(config_map(), labels={"team": "staging"}),
        marked(config_map(), labels={"team": "production"}),
    ),
    "a selector on another label": (
        peer(matchLabels={"team": "staging"}),
        peer(matchLabels={"team": "production"}),
    ),
    "a user": (binding(kind="User", name="staging"), binding(kind="User", name="production")),
    "a variable that holds something else": (
        variable("IN_staging", "metadata.name"),
        variable("IN_production", "metadata.name"),
    ),
}


@pytest.mark.parametrize(("left", "right"), OTHER_TEXTS.values(), ids=OTHER_TEXTS.keys())
def test_text_is_never_searched(left: Body, right: Body) -> None:
    """A text that only happens to hold the namespace's name is compared as it is."""
    assert between(left, right).findings


def test_a_token_in_a_users_text_is_text() -> None:
    """The character that stands for the namespace inside the program is a text like any other."""
    mark = "\ue000namespace\ue000"

    result = between(config_map(a=f"db.{mark}.svc"), config_map(a="db.production.svc"))

    assert len(result.findings) == 1


def test_pristine_default_account() -> None:
    """The `default` account as the cluster makes it is no evidence; touched, it is a difference."""
    pristine = resource("v1", "ServiceAccount", "default")
    pulls = {**pristine, "imagePullSecrets": [{"name": "registry"}]}
    cloud = annotated(pristine, **{"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x"})
    mounted = {**pristine, "automountServiceAccountToken": False}

    assert not compare([pristine], []).findings
    for touched in (pulls, cloud, mounted):
        (finding,) = compare([pristine], [touched]).findings
        assert (finding.object.name, finding.change.value) == ("default", "added")
        assert finding.path


ROOT_CERTIFICATE = annotated(
    resource("v1", "ConfigMap", "kube-root-ca.crt", data={"ca.crt": "-----BEGIN"}),
    **{"kubernetes.io/description": "x"},
)


@pytest.mark.parametrize(
    "touched",
    [
        edited(ROOT_CERTIFICATE, "data", "other", value="x"),
        marked(ROOT_CERTIFICATE, labels={"a": "b"}),
        marked(ROOT_CERTIFICATE, annotations={}),
    ],
    ids=["another key", "a label", "no description"],
)
def test_pristine_root_certificate(touched: Body) -> None:
    """Each cluster's own root certificate is the same; one that somebody edited is not."""
    other = edited(ROOT_CERTIFICATE, "data", "ca.crt", value="-----ANOTHER")

    assert not compare([ROOT_CERTIFICATE], [other]).findings
    assert compare([ROOT_CERTIFICATE], [touched]).findings


def test_malformed_replicas_are_compared() -> None:
    """A count that is a text is a difference in type, and no reason to stop."""
    left, right = (
        edited(stateful_set(), "spec", "replicas", value=replicas) for replicas in (3, "3")
    )

    assert differences(left, right) == [("changed", "spec.replicas")]
