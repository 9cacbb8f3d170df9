"""Two namespaces under an operator differ in what a person did, and in nothing that it wrote.

The objects have the shape that each project's own source gives them; what somebody else writes
in a controller's name is a finding.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import Origin, Snapshot, Verdict
from driftcheck.normalization._metadata import PROJECT_FINALIZERS
from driftcheck.pipeline import capture, compare_snapshots
from tests import ways
from tests.accuracy import worlds
from tests.accuracy.bodies import fields_v1
from tests.builders import Body, resource

STAGING, PRODUCTION = "shop-staging", "shop"
HASHES = {STAGING: "5d6f7b8c9d", PRODUCTION: "7c8d9f6b5f"}
DIGEST = f"sha256:{64 * 'c'}"
Edit = Callable[[Body], object]


def live(
    body: Body,
    namespace: str,
    manager: str = "kubectl-client-side-apply",
    *,
    owner: Body | None = None,
    **metadata: Any,
) -> Body:
    """An object as a server shows it, all of whose fields one manager has written."""
    entry = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": body["apiVersion"],
        "time": "2026-11-24T08:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_v1({**body, "metadata": {**body["metadata"], **metadata}}),
    }
    given = {
        "namespace": namespace,
        "uid": f"{namespace}-{body['kind']}-{body['metadata']['name']}",
        "resourceVersion": "1",
        "creationTimestamp": "2026-11-24T08:00:00Z",
        "managedFields": [entry],
    }
    if owner:
        given["ownerReferences"] = [ways.owner(owner)]
    return {**body, "metadata": {**body["metadata"], **given, **metadata}}


def service(name: str, **selector: str) -> Body:
    spec = {
        "type": "ClusterIP",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "selector": {"app": "web", **selector},
    }
    return resource("v1", "Service", name, spec=spec)


def template(image: str = "shop/web:1", **labels: str) -> Body:
    container = {"name": "web", "image": image}
    return {"metadata": {"labels": {"app": "web", **labels}}, "spec": {"containers": [container]}}


def keda(namespace: str) -> Iterator[Body]:
    """controllers/keda/scaledobject_controller.go and scaledobject_finalizer.go of KEDA."""
    spec = {"scaleTargetRef": {"name": "web"}, "triggers": [{"type": "cron"}]}
    own = {"labels": {"scaledobject.keda.sh/name": "web"}, "finalizers": ["finalizer.keda.sh"]}
    yield live(resource("keda.sh/v1alpha1", "ScaledObject", "web", spec=spec), namespace, **own)


def rollout(namespace: str) -> Iterator[Body]:
    """rollout/service.go and rollout/trafficrouting/istio/istio.go of Argo Rollouts."""
    current = HASHES[namespace]
    istio = {
        "destinationRule": {
            "name": "web", "canarySubsetName": "canary", "stableSubsetName": "stable"
        }
    }  # fmt: skip
    strategy = {
        "canary": {
            "stableService": "web", "canaryService": "next", "trafficRouting": {"istio": istio}
        }
    }  # fmt: skip
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template()}
    yield live(
        resource(
            "argoproj.io/v1alpha1",
            "Rollout",
            "web",
            spec={**spec, "strategy": strategy},
            status={"currentPodHash": current, "stableRS": current},
        ),
        namespace,
    )
    note = {"annotations": {"argo-rollouts.argoproj.io/managed-by-rollouts": "web"}}
    label = {"rollouts-pod-template-hash": current}
    for name in ("web", "next"):
        yield live(service(name, **label), namespace, "rollouts-controller", **note)
    subsets = [{"name": name, "labels": {"app": "web", **label}} for name in ("stable", "canary")]
    rule = resource(
        "networking.istio.io/v1", "DestinationRule", "web", spec={"host": "web", "subsets": subsets}
    )
    yield live(rule, namespace, "rollouts-controller", **note)


def kapp(namespace: str) -> Iterator[Body]:
    """pkg/kapp/config/default.go of kapp."""
    app = {"kapp.k14s.io/app": {STAGING: "1638062141457992726", PRODUCTION: "168407"}[namespace]}
    own = {**app, "kapp.k14s.io/association": f"v1.{HASHES[namespace]}"}
    yield live(service("web", **app), namespace, "kapp", labels=own)
    spec = {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "web", **app}},
        "template": template(**own),
    }
    deployment = resource("apps/v1", "Deployment", "web", spec=spec)
    yield live(deployment, namespace, "kapp", labels=own)


def image_triggers(namespace: str) -> Iterator[Body]:
    """apps/v1/types.go and image/v1/types.go of openshift/api."""
    image = f"image-registry.openshift-image-registry.svc:5000/{namespace}/web@{DIGEST}"
    source = {"kind": "ImageStreamTag", "name": "web:1", "namespace": namespace}
    noted = {"containerNames": ["web"], "from": source, "lastTriggeredImage": image}
    triggers = [{"type": "ConfigChange"}, {"type": "ImageChange", "imageChangeParams": noted}]
    spec = {"replicas": 0, "triggers": triggers, "template": template(image)}
    yield live(resource("apps.openshift.io/v1", "DeploymentConfig", "web", spec=spec), namespace)
    written = f'[{{"from":{{"kind":"ImageStreamTag","name":"web:1","namespace":"{namespace}"}}}}]'
    yield live(
        resource(
            "apps/v1",
            "Deployment",
            "web",
            spec={
                "replicas": 0,
                "selector": {"matchLabels": {"app": "web"}},
                "template": template(image),
            },
        ),
        namespace,
        annotations={"image.openshift.io/triggers": written},
    )
    tag = {"name": "1", "from": {"kind": "DockerImage", "name": "x/web:1"}, "generation": 2}
    if namespace == STAGING:
        tag["generation"] = 5
    yield live(
        resource("image.openshift.io/v1", "ImageStream", "web", spec={"tags": [tag]}),
        namespace,
        annotations={"openshift.io/image.dockerRepositoryCheck": f"2026-{len(namespace)}"},
    )


def external_secret(namespace: str) -> Iterator[Body]:
    """pkg/controllers/externalsecret/externalsecret_controller.go of External Secrets."""
    spec = {"target": {"name": "db"}, "dataFrom": [{"extract": {"key": "db"}}]}
    it = live(resource("external-secrets.io/v1", "ExternalSecret", "db", spec=spec), namespace)
    yield it
    owner = hashlib.sha3_224(f"{namespace}/db".encode()).hexdigest()
    yield live(
        resource("v1", "Secret", "db", type="Opaque", data={"password": "c2VjcmV0LXBhc3M="}),
        namespace,
        "externalsecrets.external-secrets.io/db",
        owner=it,
        labels={"reconcile.external-secrets.io/created-by": owner},
        annotations={"reconcile.external-secrets.io/data-hash": 56 * namespace[0]},
    )


def certificate(namespace: str) -> Iterator[Body]:
    """pkg/controller/certificates/issuing/internal/secret.go of cert-manager."""
    spec = {"secretName": "web-tls", "dnsNames": [f"web.{namespace}.svc"]}
    yield live(resource("cert-manager.io/v1", "Certificate", "web", spec=spec), namespace)
    data = {
        "tls.crt": f"Y2VydGlmaWNhd{len(namespace)}A=",
        "tls.key": f"a2V5LWtleS1r{len(namespace):04}",
    }
    yield live(
        resource("v1", "Secret", "web-tls", type="kubernetes.io/tls", data=data),
        namespace,
        "cert-manager-certificates-issuing",
        annotations={
            "cert-manager.io/certificate-name": "web",
            "cert-manager.io/alt-names": f"web.{namespace}.svc",
        },
    )


def pull_secrets(namespace: str) -> Iterator[Body]:
    """pkg/serviceaccounts/controllers of openshift-controller-manager, before 4.16."""
    suffix = {STAGING: "x7v2k", PRODUCTION: "8qk2d"}[namespace]
    pull, token = f"web-dockercfg-{suffix}", f"web-token-{suffix}"
    account = resource(
        "v1", "ServiceAccount", "web", secrets=[{"name": pull}], imagePullSecrets=[{"name": pull}]
    )
    yield live(account, namespace, "openshift-controller-manager")
    named = {
        "kubernetes.io/service-account.name": "web", "kubernetes.io/service-account.uid": suffix
    }  # fmt: skip
    yield live(
        resource(
            "v1",
            "Secret",
            pull,
            type="kubernetes.io/dockercfg",
            data={".dockercfg": f"{suffix}AAA"},
        ),
        namespace,
        "openshift-controller-manager",
        annotations={
            **named,
            "openshift.io/token-secret.name": token,
            "openshift.io/token-secret.value": f"ey{suffix}.{suffix}",
        },
    )
    yield live(
        resource(
            "v1",
            "Secret",
            token,
            type="kubernetes.io/service-account-token",
            data={"token": f"{suffix}AAA", "ca.crt": "AAAA"},
        ),
        namespace,
        "kube-controller-manager",
        annotations=named,
    )


def prometheus(namespace: str) -> Iterator[Body]:
    """pkg/prometheus/server and pkg/operator/kubernetes.go of the Prometheus operator."""
    it = live(resource("monitoring.coreos.com/v1", "Prometheus", "main"), namespace)
    yield it
    spec = {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "web"}},
        "serviceName": "prometheus-operated",
        "template": template(),
    }
    yield live(
        resource("apps/v1", "StatefulSet", "prometheus-main", spec=spec),
        namespace,
        "PrometheusOperator",
        owner=it,
        annotations={"prometheus-operator-input-hash": str(len(namespace))},
    )
    data = {f"{namespace}-rules-{HASHES[namespace]}.yaml": "groups: []"}
    yield live(
        resource("v1", "ConfigMap", "prometheus-main-rulefiles-0", data=data),
        namespace,
        "PrometheusOperator",
        owner=it,
    )
    yield live(
        resource("v1", "Secret", "prometheus-main", data={"prometheus.yaml.gz": "H4sI" * 9}),
        namespace,
        "PrometheusOperator",
        owner=it,
    )


def kyverno_and_velero(namespace: str) -> Iterator[Body]:
    """pkg/background/common of Kyverno; pkg/restore/restore.go of Velero."""
    labels = {
        "generate.kyverno.io/trigger-kind": "Namespace",
        "generate.kyverno.io/trigger-name": namespace,
        "generate.kyverno.io/trigger-namespace": "",
        "generate.kyverno.io/trigger-uid": HASHES[namespace],
        "velero.io/backup-name": f"nightly-{len(namespace)}",
        "velero.io/restore-name": f"nightly-{len(namespace)}-2",
    }
    yield live(resource("v1", "ConfigMap", "made", data={"a": "b"}), namespace, labels=labels)


def delivered(namespace: str) -> Iterator[Body]:
    """What Helm, Flux and Argo CD note on what they deliver, and Flux on its own objects."""
    yield live(
        resource("v1", "ConfigMap", "settings", data={"a": "b"}),
        namespace,
        "helm-controller",
        labels={
            "app.kubernetes.io/managed-by": "Helm",
            "helm.toolkit.fluxcd.io/name": "web",
            "helm.toolkit.fluxcd.io/namespace": namespace,
        },
        annotations={
            "meta.helm.sh/release-name": "web",
            "meta.helm.sh/release-namespace": namespace,
            "argocd.argoproj.io/tracking-id": f"{namespace}:/ConfigMap:{namespace}/settings",
        },
    )
    source = {"kind": "GitRepository", "name": "web", "namespace": namespace}
    yield live(
        resource(
            "kustomize.toolkit.fluxcd.io/v1",
            "Kustomization",
            "web",
            spec={"sourceRef": source, "targetNamespace": "shop-x", "interval": "5m"},
        ),
        namespace,
        annotations={"reconcile.fluxcd.io/requestedAt": HASHES[namespace]},
        finalizers=["finalizers.fluxcd.io"],
    )


OPERATORS: Mapping[str, Callable[[str], Iterator[Body]]] = {
    "KEDA": keda,
    "Argo Rollouts": rollout,
    "kapp": kapp,
    "image triggers": image_triggers,
    "External Secrets": external_secret,
    "cert-manager": certificate,
    "pull secrets": pull_secrets,
    "Prometheus operator": prometheus,
    "Kyverno and Velero": kyverno_and_velero,
    "Helm, Flux and Argo CD": delivered,
}


def seen(bodies: Iterable[Body], origin: Origin) -> Snapshot:
    return evolve(capture(list(bodies)), origin=origin)


def findings(left: Iterable[Body], right: Iterable[Body]) -> set[tuple[str, str, str]]:
    """What every form and direction finds, which must be the same in each."""
    left, right = tuple(left), tuple(right)
    found = []
    for origin in (Origin.CLUSTER, Origin.MANIFESTS):
        sides = [seen(bodies, origin) for bodies in (left, right)]
        for pair in (sides, sides[::-1], [ways.saved(side) for side in sides]):
            result = compare_snapshots(pair)
            found.append(
                {(item.object.kind, item.object.name, item.path) for item in result.findings}
            )
            assert found[-1] or result.verdict is Verdict.IDENTICAL, result.reasons
    kinds = [{(kind, path) for kind, _, path in places} for places in found]
    assert all(each == kinds[0] for each in kinds), found
    return found[0]


@pytest.mark.parametrize("operator", OPERATORS)
def test_two_namespaces_are_identical(operator: str) -> None:
    """What a controller writes of its own is no difference, from files, saved and live."""
    make = OPERATORS[operator]

    assert findings(make(STAGING), make(PRODUCTION)) == set()


def edited(bodies: Iterable[Body], kind: str, edit: Edit) -> list[Body]:
    """The objects, with the last of a kind edited."""
    changed = copy.deepcopy(list(bodies))
    edit([body for body in changed if body["kind"] == kind][-1])
    return changed


def put(*path: str | int, value: Any) -> Edit:
    def edit(body: Body) -> None:
        inner: Any = body
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return edit


def without(*path: str | int) -> Edit:
    def edit(body: Body) -> None:
        inner: Any = body
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]

    return edit


def by_hand(body: Body) -> None:
    """Somebody else has written the object, who owns all of it."""
    body["metadata"]["managedFields"][0]["manager"] = "kubectl-edit"


def unknown(body: Body) -> None:
    """Nobody knows who wrote the object."""
    del body["metadata"]["managedFields"]


HASH = "rollouts-pod-template-hash"
FORGED = {
    "a ScaledObject is called otherwise": (
        keda, "ScaledObject", put("metadata", "labels", "scaledobject.keda.sh/name", value="api"),
        {'metadata.labels["scaledobject.keda.sh/name"]'},
    ),
    "a ScaledObject has somebody's finalizer": (
        keda, "ScaledObject", put("metadata", "finalizers", value=["finalizer.keda.sh", "mine/it"]),
        {"metadata.finalizers"},
    ),
    "a Service leads to other pods": (
        rollout, "Service", put("spec", "selector", HASH, value="old"), {f"spec.selector.{HASH}"},
    ),
    "a subset leads to other pods": (
        rollout, "DestinationRule", put("spec", "subsets", 0, "labels", HASH, value="old"),
        {f"spec.subsets[0].labels.{HASH}"},
    ),
    "a Rollout does not know the hash": (
        rollout, "Rollout", put("status", "currentPodHash", value="other"),
        {f"spec.selector.{HASH}", *(f"spec.subsets[{at}].labels.{HASH}" for at in (0, 1))},
    ),
    "a Service is of another app": (
        kapp, "Service", put("spec", "selector", "kapp.k14s.io/app", value="1"),
        {'spec.selector["kapp.k14s.io/app"]'},
    ),
    "a Service is of every app": (
        kapp, "Service", without("spec", "selector", "kapp.k14s.io/app"),
        {'spec.selector["kapp.k14s.io/app"]'},
    ),
    "an image is another": (
        image_triggers, "DeploymentConfig",
        put("spec", "template", "spec", "containers", 0, "image", value="evil/web:1"),
        {"spec.template.spec.containers[name=web].image",
         "spec.triggers[1].imageChangeParams.lastTriggeredImage"},
    ),
    "an image is of another namespace": (
        image_triggers, "Deployment",
        put("spec", "template", "spec", "containers", 0, "image",
            value=f"image-registry.openshift-image-registry.svc:5000/evil/web@{DIGEST}"),
        {"spec.template.spec.containers[name=web].image"},
    ),
    "a password is another": (
        external_secret, "Secret", put("data", "password", value="b3RoZXItcGFzcw=="),
        {"data.password"},
    ),
    "a Secret is of another ExternalSecret": (
        external_secret, "Secret",
        put("metadata", "labels", "reconcile.external-secrets.io/created-by", value=56 * "a"),
        {'metadata.labels["reconcile.external-secrets.io/created-by"]',
         'metadata.annotations["reconcile.external-secrets.io/data-hash"]'},
    ),
    "a certificate is replaced by hand": (
        certificate, "Secret", by_hand, {'data["tls.crt"]', 'data["tls.key"]'},
    ),
    "nobody knows who made a certificate": (
        certificate, "Secret", unknown, {'data["tls.crt"]', 'data["tls.key"]'},
    ),
    "rules are written by hand": (
        prometheus, "ConfigMap", by_hand,
        {f'data["{STAGING}-rules-{HASHES[STAGING]}.yaml"]',
         f'data["{PRODUCTION}-rules-{HASHES[PRODUCTION]}.yaml"]'},
    ),
    "a StatefulSet has no owner": (
        prometheus, "StatefulSet", without("metadata", "ownerReferences"),
        {"metadata.ownerReferences",
         "metadata.annotations.prometheus-operator-input-hash"},
    ),
    "what is generated says something else": (
        kyverno_and_velero, "ConfigMap", put("data", "a", value="c"), {"data.a"},
    ),
    "a release is of another namespace": (
        delivered, "ConfigMap",
        put("metadata", "annotations", "meta.helm.sh/release-namespace", value=STAGING),
        {'metadata.annotations["meta.helm.sh/release-namespace"]'},
    ),
    "a source is of another namespace": (
        delivered, "Kustomization", put("spec", "sourceRef", "namespace", value=STAGING),
        {"spec.sourceRef.namespace"},
    ),
    "a policy has another trigger": (
        kyverno_and_velero, "ConfigMap",
        put("metadata", "labels", "generate.kyverno.io/trigger-name", value="other"),
        {'metadata.labels["generate.kyverno.io/trigger-name"]'},
    ),
    "a Certificate is of another Secret": (
        certificate, "Certificate", put("spec", "secretName", value="other"),
        {"spec.secretName", 'data["tls.crt"]', 'data["tls.key"]'},
    ),
}  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
def test_what_somebody_else_wrote(forged: str) -> None:
    """What is not proven to be the controller's is a finding, and nothing else is."""
    make, kind, edit, paths = FORGED[forged]

    found = findings(make(STAGING), edited(make(PRODUCTION), kind, edit))

    assert {path for _, _, path in found} == paths


def meshed(namespace: str, **edited: Any) -> Snapshot:
    """The recorded bookshop, whose web pods have the sidecars that two meshes inject.

    files/injection-template.yaml of Istio; charts/partials/templates/_proxy.tpl and
    pkg/k8s/labels.go of Linkerd.
    """
    owner = f"kubernetes://apis/apps/v1/namespaces/{namespace}/deployments/web"
    env = {"ISTIO_META_OWNER": owner, "ISTIO_META_CLUSTER_ID": "Kubernetes", **edited}
    sidecar = {
        "name": "istio-proxy",
        "image": "docker.io/istio/proxyv2:1.24.0",
        "args": ["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local"],
        "env": [{"name": name, "value": value} for name, value in env.items()],
    }
    labels = {"linkerd.io/workload-ns": namespace, "linkerd.io/proxy-deployment": "web"}
    return worlds.live(
        worlds.edit(*(_with(pod, sidecar, labels) for pod in _webs(namespace))), namespace
    )


def _webs(namespace: str) -> list[Body]:
    return [
        copy.deepcopy(dict(document.body))
        for document in worlds.live({}, namespace).documents
        if document.reference.kind == "Pod" and document.reference.name.startswith("web-")
    ]


def _with(pod: Body, sidecar: Body, labels: Mapping[str, str]) -> Body:
    pod["metadata"]["labels"] |= labels
    pod["spec"]["containers"].append(sidecar)
    known, statuses = pod["status"]["containerStatuses"][0], pod["status"]["containerStatuses"]
    image = {"image": sidecar["image"], "imageID": f"docker.io/istio/proxyv2@{DIGEST}"}
    statuses.append({**known, "name": sidecar["name"], **image})
    return pod


def running(left: Snapshot, right: Snapshot) -> set[str]:
    """What is found inside objects, in every direction; production has no Ingress to compare."""
    found = [
        {item.path for item in compare_snapshots(pair).findings if item.path}
        for pair in ([left, right], [right, left], [ways.saved(left), ways.saved(right)])
    ]
    assert found[0] == found[1] == found[2]
    return found[0]


def test_two_meshed_namespaces() -> None:
    """A sidecar that names its own namespace is none other in another namespace."""
    assert running(meshed(worlds.STAGING), meshed(worlds.PRODUCTION)) == set()


@pytest.mark.parametrize(
    "owner",
    [
        f"kubernetes://apis/apps/v1/namespaces/{worlds.STAGING}/deployments/web",
        f"kubernetes://apis/apps/v1/namespaces/{worlds.PRODUCTION}/deployments/other",
        f"https://evil/namespaces/{worlds.PRODUCTION}/deployments/web",
    ],
)
def test_sidecar_of_another_workload(owner: str) -> None:
    """What a sidecar is told of any other workload, or in any other form, is a finding."""
    found = running(meshed(worlds.STAGING), meshed(worlds.PRODUCTION, ISTIO_META_OWNER=owner))

    assert found == {"running.containers[name=istio-proxy].env[name=ISTIO_META_OWNER].value"}


def test_tampered_sidecar() -> None:
    """A setting that one side's sidecars have is a finding."""
    found = running(meshed(worlds.STAGING), meshed(worlds.PRODUCTION, ISTIO_META_CLUSTER_ID="evil"))

    assert found == {"running.containers[name=istio-proxy].env[name=ISTIO_META_CLUSTER_ID].value"}


def entrusted(namespace: str, audience: str = "sts.amazonaws.com") -> Snapshot:
    """The recorded bookshop, whose web pods were given an identity by the cloud's webhook.

    `addEnvToContainer` in pkg/handler of amazon-eks-pod-identity-webhook; GKE's and AKS' are alike.
    """
    token = {"audience": audience, "expirationSeconds": 86400, "path": "token"}
    source = {"defaultMode": 420, "sources": [{"serviceAccountToken": token}]}
    env = {
        "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/web",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
    }
    pods = _webs(namespace)
    for pod in pods:
        pod["spec"].setdefault("volumes", []).append({"name": "aws-iam-token", "projected": source})
        for container in pod["spec"]["containers"]:
            added = [{"name": name, "value": value} for name, value in env.items()]
            container["env"] = [*container.get("env", ()), *added]
    return worlds.live(worlds.edit(*pods), namespace)


def test_identities_of_a_cloud() -> None:
    """What a webhook gives the pods of both sides alike is no difference; another token is one."""
    left, right = entrusted(worlds.STAGING), entrusted(worlds.PRODUCTION)
    other = entrusted(worlds.PRODUCTION, audience="evil")

    assert running(left, right) == set()
    assert {path.partition("]")[0] for path in running(left, other)} == {
        "running.volumes[name=aws-iam-token"
    }


def constrained(namespace: str, first: int, user: int) -> Snapshot:
    """The recorded bookshop on OpenShift, which gives its web pods a user of the namespace's range.

    https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/authentication_and_authorization/managing-pod-security-policies
    """
    pods, ranges = _webs(namespace), {
        "openshift.io/sa.scc.mcs": f"s0:c{first % 1000},c5",
        "openshift.io/sa.scc.supplemental-groups": f"{first}/10000",
        "openshift.io/sa.scc.uid-range": f"{first}/10000",
    }  # fmt: skip
    for pod in pods:
        pod["metadata"].setdefault("annotations", {})["openshift.io/scc"] = "restricted-v2"
        pod["spec"]["securityContext"] = {
            "fsGroup": first,
            "seLinuxOptions": {"level": ranges["openshift.io/sa.scc.mcs"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        for container in pod["spec"]["containers"]:
            said = container.get("securityContext", {})
            container["securityContext"] = {"runAsUser": user, "runAsNonRoot": True, **said}
    document = next(
        copy.deepcopy(dict(item.body))
        for item in worlds.live({}, namespace).documents
        if item.reference.kind == "Namespace"
    )
    document["metadata"].setdefault("annotations", {}).update(ranges)
    document["metadata"]["managedFields"] = [
        {
            "manager": "cluster-policy-controller",
            "operation": "Update",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:metadata": {"f:annotations": {f"f:{key}": {} for key in ranges}}},
        }
    ]
    return worlds.live(worlds.edit(*pods, document), namespace)


def test_users_of_the_namespaces_range() -> None:
    """The user and group that OpenShift gives a pod are its own namespace's."""
    left = constrained(worlds.STAGING, 1000660000, 1000660000)
    right = constrained(worlds.PRODUCTION, 1000670000, 1000670000)

    assert running(left, right) == set()


def test_user_that_somebody_chose() -> None:
    """A user that is not the first of the range was chosen, and is a finding."""
    left = constrained(worlds.STAGING, 1000660000, 1000660000)
    right = constrained(worlds.PRODUCTION, 1000670000, 0)

    assert running(left, right) == {
        "running.containers[name=nginx-exporter].securityContext.runAsUser"
    }


def test_pull_secret_by_hand() -> None:
    """A pull Secret that somebody has written is compared, generated name or not."""
    changed = list(pull_secrets(PRODUCTION))
    by_hand(changed[1])

    paths = {path for _, _, path in findings(pull_secrets(STAGING), changed)}

    assert 'data[".dockercfg"]' in paths


def test_pull_secret_of_one_side() -> None:
    """A token that one account has and the other has not is a finding."""
    _, pull, token = pull_secrets(STAGING)
    assert findings(pull_secrets(PRODUCTION), [*pull_secrets(STAGING)][:2])
    assert findings(pull_secrets(PRODUCTION), [pull, token])


@pytest.mark.parametrize(("group", "finalizer"), sorted(PROJECT_FINALIZERS.items()))
def test_finalizers(group: str, finalizer: str) -> None:
    """A project's finalizer is nothing on its own kinds, also against a manifest; else it is."""
    written = resource(f"{group}/v1", "Thing", "it", spec={"a": "b"})
    elsewhere = resource("example.com/v1", "Thing", "it", spec={"a": "b"})
    sides = [
        [
            seen([body], Origin.MANIFESTS),
            seen([live(body, STAGING, finalizers=[finalizer])], Origin.CLUSTER),
        ]
        for body in (written, elsewhere)
    ]

    own, other = map(compare_snapshots, sides)

    assert own.verdict is Verdict.IDENTICAL
    assert [finding.path for finding in other.findings] == ["metadata.finalizers"]


def test_bytes() -> None:
    """A ConfigMap's bytes are what base64 means, however it is broken.

    `ConfigMap.BinaryData` in k8s.io/api/core/v1 is `map[string][]byte`, and Go's decoder passes
    over line breaks: https://pkg.go.dev/encoding/base64
    """
    one, broken, other = (
        live(resource("v1", "ConfigMap", "trust", binaryData={"jks": text}), STAGING)
        for text in ("AAECAwQFBgcI", "AAECAwQF\nBgcI\r\n", "AAECAwQFBgcJ")
    )

    assert findings([one], [broken]) == set()
    assert findings([one], [other]) == {("ConfigMap", "trust", "binaryData.jks")}
