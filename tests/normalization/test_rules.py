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


def marked(body: Body, **metadata: Any) -> Body:
    """A copy with more metadata."""
    return {**body, "metadata": {**body["metadata"], **metadata}}


def annotated(body: Body, **annotations: str) -> Body:
    return marked(body, annotations=annotations)


def templated(**metadata: Any) -> Body:
    return edited(workload(), "spec", "template", "metadata", value=metadata)


def service(**spec: Any) -> Body:
    return marked(resource("v1", "Service", spec=spec), uid="as-in-a-cluster")


def claim(**spec: Any) -> Body:
    return resource("v1", "PersistentVolumeClaim", spec=spec)


def job(labels: Body | None = None, **spec: Any) -> Body:
    template = {"metadata": {"labels": labels or {}}, "spec": {"containers": [container()]}}
    return resource("batch/v1", "Job", spec={"template": template, **spec})


def stateful_set(**template: Any) -> Body:
    templates = [{"metadata": {"name": "data"}, "spec": {"accessModes": ["A"]}, **template}]
    return edited(workload("StatefulSet"), "spec", "volumeClaimTemplates", value=templates)


def account(**fields: Any) -> Body:
    return resource("v1", "ServiceAccount", **fields)


def token(type_: str, **data: str) -> Body:
    return resource("v1", "Secret", type=type_, data=data)


def owned(uid: str, name: str = "parent") -> Body:
    reference = {"apiVersion": "example.com/v1", "kind": "Parent", "name": name, "uid": uid}
    return marked(config_map(), ownerReferences=[reference])


GENERATED_SELECTOR = {"matchLabels": {"batch.kubernetes.io/controller-uid": "a"}}
SERVICE_TOKEN = "kubernetes.io/service-account-token"
NAMESPACE = resource("v1", "Namespace", "shop")
SOURCE = {"kind": "PersistentVolumeClaim", "name": "other"}


def binding(**subject: str) -> Body:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "it"}
    return resource("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef=role, subjects=[subject])


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
    "the status of a claim's template": (
        "claim-template-status",
        3,
        stateful_set(apiVersion="v1", kind="PersistentVolumeClaim", status={"phase": "Pending"}),
        stateful_set(),
    ),
    "how a Job tells its pods": (
        "job-identity",
        3,
        job({"controller-uid": "a", "job-name": "it"}, selector=GENERATED_SELECTOR),
        job(),
    ),
    "generated tokens of a service account": (
        "generated-references",
        2,
        marked(
            account(secrets=[{"name": "it-token-x7v2k"}, {"name": "it-dockercfg-8qk2d"}]), uid="u"
        ),
        account(),
    ),
    "the token in a token's Secret": (
        "service-account-token",
        2,
        marked(token(SERVICE_TOKEN, **{"token": "YQ==", "ca.crt": "Yg==", "own": "Yw=="}), uid="u"),
        token(SERVICE_TOKEN, own="Yw=="),
    ),
    "what every Namespace has": (
        "namespace-spec",
        2,
        {
            **marked(NAMESPACE, labels={"kubernetes.io/metadata.name": "shop"}),
            "spec": {"finalizers": ["kubernetes"]},
        },
        NAMESPACE,
    ),
    "what OpenShift allots to a Namespace": (
        "namespace-spec",
        1,
        marked(NAMESPACE, uid="a", annotations={"openshift.io/sa.scc.mcs": "s0:c26,c0"}),
        marked(NAMESPACE, uid="b", annotations={"openshift.io/sa.scc.mcs": "s0:c27,c9"}),
    ),
    "when Rancher did what": (
        "controller-metadata",
        1,
        annotated(NAMESPACE, **{"cattle.io/status": "{}"}),
        NAMESPACE,
    ),
    "an account that a binding leaves out": (
        "namespace",
        1,
        binding(kind="ServiceAccount", name="web"),
        binding(kind="ServiceAccount", name="web"),
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
    "a finalizer that stands for another kind": (
        config_map(),
        marked(config_map(), finalizers=["kubernetes.io/pvc-protection"]),
        [("added", "metadata.finalizers")],
    ),
    "how an object that stays would be deleted": (
        claim(),
        marked(claim(), finalizers=["orphan"]),
        [("added", "metadata.finalizers")],
    ),
    "a Namespace's own finalizer": (
        {**NAMESPACE, "spec": {"finalizers": ["kubernetes"]}},
        {**NAMESPACE, "spec": {"finalizers": ["kubernetes", "example.com/backup"]}},
        [("added", "spec.finalizers")],
    ),
    "the name of another Namespace": (
        NAMESPACE,
        marked(NAMESPACE, labels={"kubernetes.io/metadata.name": "other"}),
        [("added", "metadata.labels")],
    ),
    "ranges that somebody wrote into a manifest": (
        annotated(NAMESPACE, **{"openshift.io/sa.scc.uid-range": "1/1"}),
        annotated(NAMESPACE, **{"openshift.io/sa.scc.uid-range": "2/1"}),
        [("changed", 'metadata.annotations["openshift.io/sa.scc.uid-range"]')],
    ),
    "a node that somebody wants a claim's volume on": (
        annotated(claim(), **{"volume.kubernetes.io/selected-node": "node-1"}),
        annotated(claim(), **{"volume.kubernetes.io/selected-node": "node-2"}),
        [("changed", 'metadata.annotations["volume.kubernetes.io/selected-node"]')],
    ),
    "a selector of a Job that is not its own": (
        job(),
        job(selector={"matchLabels": {"x": "y"}}),
        [("added", "spec.selector")],
    ),
    "the name of another Job": (
        job({"own": "x"}),
        job({"own": "x", "job-name": "other"}),
        [
            ("added", "spec.template.metadata.labels.job-name"),
        ],
    ),
    "a Job's label on another object": (
        marked(config_map(), labels={"own": "x"}),
        marked(config_map(), labels={"own": "x", "controller-uid": "1"}),
        [("added", "metadata.labels.controller-uid")],
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
    "a sealed value more": (
        sealed(password="AgA1"),
        sealed(password="AgA1", user="AgC"),
        [("added", "spec.encryptedData.user")],
    ),
    "another source under the old name": (
        claim(dataSource=SOURCE, dataSourceRef=SOURCE),
        claim(dataSource={**SOURCE, "name": "third"}, dataSourceRef=SOURCE),
        [("added", "spec.dataSource")],
    ),
    "a Secret of another account": (
        marked(account(secrets=[{"name": "it-token-x7v2k"}]), uid="u"),
        marked(
            account(secrets=[{"name": "it-token-x7v2k"}, {"name": "other-token-x7v2k"}]), uid="u"
        ),
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


PULLING = marked(account(imagePullSecrets=[{"name": "it-dockercfg-x7v2k"}]), uid="u")


def pull_secret(**annotations: str) -> Body:
    secret = resource("v1", "Secret", "it-dockercfg-x7v2k", type="kubernetes.io/dockercfg")
    return annotated(secret, **annotations)


def test_pull_secrets_of_somebody_else() -> None:
    """A Secret that is not the account's own was listed by somebody, whatever it is called."""
    own = pull_secret(**{"kubernetes.io/service-account.name": "it"})

    assert not compare([own, account()], [own, PULLING]).findings
    for foreign in (pull_secret(), pull_secret(**{"kubernetes.io/service-account.name": "other"})):
        (finding,) = compare([foreign, account()], [foreign, PULLING]).findings
        assert finding.path == "imagePullSecrets"


FLUX = "kustomize.toolkit.fluxcd.io/name"
SELECTORS: dict[str, tuple[Body, Body]] = {
    "a Service": (
        resource("v1", "Service", spec={"selector": {FLUX: "shop"}}),
        resource("v1", "Pod", spec={"containers": [container()]}),
    ),
    "a NetworkPolicy": (
        resource(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            spec={"podSelector": {"matchExpressions": [{"key": FLUX, "operator": "Exists"}]}},
        ),
        resource("v1", "Pod", spec={"containers": [container()]}),
    ),
    "a selector of namespaces": (
        resource(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            spec={
                "podSelector": {},
                "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {FLUX: "shop"}}}]}],
            },
        ),
        NAMESPACE,
    ),
    "a custom resource": (
        resource(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            spec={"selector": {"matchLabels": {FLUX: "shop"}}},
        ),
        resource("v1", "Service", "web", spec={"ports": [{"port": 80}]}),
    ),
}


@pytest.mark.parametrize(("selector", "picked"), SELECTORS.values(), ids=SELECTORS.keys())
def test_labels_that_a_selector_names(selector: Body, picked: Body) -> None:
    """A tool's own label is configuration on what a selector may pick by it, and only there."""
    tracked = marked(picked, labels={FLUX: "shop"})
    other = config_map(), marked(config_map(), labels={FLUX: "shop"})

    assert not compare([config_map(), picked], [config_map(), tracked]).findings
    assert compare([selector, picked], [selector, tracked]).findings
    if selector["kind"] != "ServiceMonitor":
        assert not compare([selector, other[0]], [selector, other[1]]).findings


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
        "leave for the own Namespace": resource(
            "rbac.authorization.k8s.io/v1",
            "Role",
            rules=[
                {
                    "apiGroups": [""],
                    "resources": ["namespaces", "namespaces/status"],
                    "resourceNames": [namespace],
                    "verbs": ["get"],
                }
            ],
        ),
        "Helm's annotation": annotated(
            config_map(), **{"meta.helm.sh/release-namespace": namespace}
        ),
        "a label of AWS": marked(
            config_map(), labels={"ingress.k8s.aws/stack-namespace": namespace}
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
    "leave for what is named like the Namespace": tuple(
        resource(
            "rbac.authorization.k8s.io/v1",
            "Role",
            rules=[
                {
                    "apiGroups": [""],
                    "resources": ["namespaces", "configmaps"],
                    "resourceNames": [namespace],
                    "verbs": ["get"],
                }
            ],
        )
        for namespace in ("staging", "production")
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


def test_an_account_of_the_own_namespace() -> None:
    """A RoleBinding's ServiceAccount without a namespace is of its own, and of no other."""
    own, named, foreign = (
        binding(kind="ServiceAccount", name="web", **namespace)
        for namespace in ({}, {"namespace": "production"}, {"namespace": "staging"})
    )

    assert not between(own, named).findings
    assert between(own, foreign).findings


def test_another_rancher_project() -> None:
    """Two Rancher projects are no difference, and a warning; one and the same is none."""
    projects = [
        marked(
            NAMESPACE,
            labels={"field.cattle.io/projectId": name},
            annotations={"field.cattle.io/projectId": f"c-m:{name}"},
        )
        for name in ("p-x7k2p", "p-b9fzq")
    ]
    for left, right in (projects, projects[::-1], [projects[0], NAMESPACE]):
        result = compare([left, config_map()], [right, config_map()])
        (warning,) = result.warnings
        assert warning.startswith("Namespace shop: another Rancher project")
        assert not result.findings
    assert not compare([projects[0]], [projects[0]]).warnings


PUBLISHED = {
    "OpenShift's": annotated(
        resource("v1", "ConfigMap", "openshift-service-ca.crt", data={"service-ca.crt": "-----"}),
        **{"service.beta.openshift.io/inject-cabundle": "true"},
    ),
    "Istio's": marked(
        resource("v1", "ConfigMap", "istio-ca-root-cert", data={"root-cert.pem": "-----"}),
        labels={"istio.io/config": "true"},
    ),
}


@pytest.mark.parametrize("published", PUBLISHED.values(), ids=PUBLISHED.keys())
def test_published_certificates(published: Body) -> None:
    """What some clusters publish in each namespace is no evidence; what somebody wrote is.

    So is what stands in manifests: where nobody publishes it, nobody writes it again.
    """
    (key,) = published["data"]
    declared = [published, edited(published, "data", key, value="-----ANOTHER")]
    published, other = (marked(body, uid="a") for body in declared)
    written = marked(
        published,
        uid="a",
        managedFields=[{"manager": "kubectl-edit", "fieldsV1": {"f:data": {f"f:{key}": {}}}}],
    )

    assert compare([config_map(), declared[0]], [config_map(), declared[1]]).findings
    for there in ([other], []):
        assert not compare([config_map(), published], [config_map(), *there]).findings
    for forged in (written, edited(published, "data", "own", value="x")):
        assert compare([config_map(), published], [config_map(), forged]).findings
        assert compare([config_map(), forged], [config_map()]).findings


def test_a_token_that_somebody_wrote() -> None:
    """A token that has an owner other than the controller that makes them is compared."""
    left, right = (token(SERVICE_TOKEN, token=value) for value in ("YQ==", "Yg=="))
    fields = {"f:data": {"f:token": {}}}

    for manager, is_compared in (("kube-controller-manager", False), ("kubectl-edit", True)):
        entries = [{"manager": manager, "fieldsV1": fields}]
        sides = [marked(body, uid="a", managedFields=entries) for body in (left, right)]
        assert bool(compare(sides[:1], sides[1:]).findings) is is_compared


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
