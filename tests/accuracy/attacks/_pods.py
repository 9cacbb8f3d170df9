"""Pods and workloads that run something else than what is compared says."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.attacks._metadata import with_metadata
from tests.accuracy.attacks._ownership import owned
from tests.accuracy.hostile import MINER, TEMPLATE, Body, hostile, pod, resource
from tests.accuracy.worlds import AGAINST_LIVE, DUMPS, LIVE, Edit, edit, live, served

CLUSTERED = (LIVE, DUMPS)


def pods_of(workload: str) -> list[Body]:
    """The recorded pods of a workload."""
    return [
        copy.deepcopy(dict(document.body))
        for document in live({}).documents
        if document.reference.kind == "Pod" and document.reference.name.startswith(f"{workload}-")
    ]


def replica_set_of(workload: str) -> Body:
    return next(
        copy.deepcopy(dict(document.body))
        for document in live({}).documents
        if document.reference.kind == "ReplicaSet"
        and document.metadata["ownerReferences"][0]["name"] == workload
    )


def _set(body: Body, path: str, value: Any) -> Body:
    """A copy with one value set; `0` in the path is the first item of a list."""
    changed = copy.deepcopy(body)
    *way, last = (int(step) if step.isdigit() else step for step in path.split("/"))
    inner: Any = changed
    for step in way:
        inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
    inner[last] = value
    return changed


TAMPERED: dict[str, tuple[str, Any]] = {
    "image": ("spec/containers/0/image", "docker.io/evil/miner:1"),
    "command": ("spec/containers/0/command", ["/miner"]),
    "args": ("spec/containers/0/args", ["--all"]),
    "env": ("spec/containers/0/env", [{"name": "EVIL", "value": "1"}]),
    "privileged": ("spec/containers/0/securityContext", {"privileged": True}),
    "hostPID": ("spec/hostPID", True),
    "hostNetwork": ("spec/hostNetwork", True),
    "service account": ("spec/serviceAccountName", "admin"),
    "resources": ("spec/containers/0/resources", {"limits": {"cpu": "64"}}),
    "a volume of the host": ("spec/volumes", [{"name": "h", "hostPath": {"path": "/"}}]),
    "container more": ("spec/containers/1", MINER),
    "init container": ("spec/initContainers", [MINER]),
    "ephemeral container": ("spec/ephemeralContainers", [{**MINER, "targetContainerName": "web"}]),
    "a label that others select": ("metadata/labels/role", "primary"),
    "priority class": ("spec/priorityClassName", "system-node-critical"),
    "runtime class": ("spec/runtimeClassName", "unsafe"),
    "dns": ("spec/dnsConfig", {"nameservers": ["203.0.113.9"]}),
    "host aliases": ("spec/hostAliases", [{"ip": "203.0.113.9", "hostnames": ["db"]}]),
    "another scheduler": ("spec/schedulerName", "mine"),
    "a toleration": ("spec/tolerations", [{"operator": "Exists"}]),
}
"""What somebody may change of a pod, or of a template of which a pod is made."""


def tampered(body: Body, said: str, at: str = "") -> Body:
    path, value = TAMPERED[said]
    if said == "container more":
        changed = copy.deepcopy(body)
        inner = changed
        for step in filter(None, at.split("/")):
            inner = inner[step]
        inner["spec"]["containers"].append(MINER)
        return changed
    return _set(body, at + path, value)


@against("owned")
def pods_unlike_their_template() -> Iterator[Attack]:
    """A running Pod of a controller that is not as the controller's template."""
    for workload, said in product(("web", "db", "log-agent", "db-migrate"), TAMPERED):
        it, *_ = pods_of(workload)
        yield Attack(
            f"a Pod of {workload}: {said}",
            right=edit(tampered(it, said)),
            forms=(*CLUSTERED, AGAINST_LIVE),
        )


GOING = {
    "name": "web-77dd8c58c-zzzzz",
    "uid": "going",
    "deletionTimestamp": "2046-11-23T22:20:00Z",
    "deletionGracePeriodSeconds": 20 * 365 * 86400,
}


@against("owned", "images")
def pods_unlike_their_template_that_never_go() -> Iterator[Attack]:
    """A Pod more of a ReplicaSet, which no longer counts it, and which runs for years."""
    it = with_metadata(pods_of("web")[0], **GOING)
    for said in TAMPERED:
        yield Attack(
            f"a Pod that is being deleted: {said}",
            left=edit(it),
            right=edit(tampered(it, said)),
            forms=CLUSTERED,
        )


@against("owned")
def pods_more_than_their_template() -> Iterator[Attack]:
    """A Pod more that names a ReplicaSet, a StatefulSet, a DaemonSet or a Job that exists."""
    for workload in ("web", "db", "log-agent", "db-migrate"):
        it, *_ = pods_of(workload)
        references = it["metadata"]["ownerReferences"]
        for name in (f"{workload}-evil1", f"{workload}-9", "miner", f"{workload}-77dd8c58c-zzzzz"):
            yield added(
                f"a miner of {workload}, called {name}",
                owned(served(pod(name)), *references),
                forms=CLUSTERED,
            )
            mimic = served(with_metadata(pod(name), labels=it["metadata"].get("labels", {})))
            yield added(
                f"a miner of {workload}, labelled so, called {name}",
                owned(mimic, *references),
                forms=CLUSTERED,
            )


@against("owned")
def replica_sets_unlike_their_deployment() -> Iterator[Attack]:
    """A ReplicaSet with another template, which runs: an old one scaled up, or a new one."""
    it = replica_set_of("web")
    deployment = ways.recorded("Deployment", "web")
    paused = _set(deployment, "spec/paused", True)
    for said in TAMPERED:
        if said == "ephemeral container":
            continue
        changed = tampered(it, said, at="spec/template/")
        yield Attack(f"ReplicaSet of web: {said}", right=edit(changed), forms=CLUSTERED)
        yield Attack(
            f"ReplicaSet of web, paused: {said}",
            left=edit(paused),
            right=edit(paused, changed),
            forms=CLUSTERED,
        )
    old = with_metadata(
        {
            **it,
            "spec": {**it["spec"], "replicas": 1, "template": TEMPLATE},
            "status": {"replicas": 1},
        },
        name="web-5c5757b5d",
        uid="old",
    )
    yield added(
        "an old ReplicaSet with a miner, scaled up", old, left=edit(paused), forms=CLUSTERED
    )
    yield added("the same, not paused", old, forms=CLUSTERED)
    run = served(pod("web-5c5757b5d-zzzzz"))
    yield added(
        "the same, and its Pod",
        old,
        owned(run, ways.owner(old)),
        left=edit(paused),
        forms=CLUSTERED,
    )


@against("owned")
def jobs_unlike_their_cron_job() -> Iterator[Attack]:
    """A Job that names a CronJob, and runs something else than its template."""
    cron = ways.recorded("CronJob", "sales-report")
    spec = copy.deepcopy(cron["spec"]["jobTemplate"]["spec"])
    for name, by_hand, said in product(("sales-report-29000001", "miner"), (False, True), TAMPERED):
        if said == "ephemeral container":
            continue
        annotations = {"cronjob.kubernetes.io/instantiate": "manual"} if by_hand else {}
        job = served(
            resource(
                "batch/v1",
                "Job",
                name,
                spec=tampered(spec, said, at="template/"),
                metadata={"annotations": annotations},
            )
        )
        yield added(
            f"Job {name}{' by hand' if by_hand else ''}: {said}",
            owned(job, ways.owner(cron)),
            forms=CLUSTERED,
        )
    same = served(resource("batch/v1", "Job", "sales-report-by-hand", spec=spec))
    yield added(
        "the template run by hand",
        with_metadata(
            owned(same, ways.owner(cron)),
            annotations={"cronjob.kubernetes.io/instantiate": "manual"},
        ),
        forms=CLUSTERED,
    )


@against("owned")
def revisions_that_run() -> Iterator[Attack]:
    """A ControllerRevision that pods are made of: below the partition, the current one.

    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#partitions
    """
    held = _set(
        _set(ways.recorded("StatefulSet", "db"), "spec/updateStrategy/rollingUpdate/partition", 5),
        "status/currentRevision",
        "db-5f5f5f5f5f",
    )
    owner = ways.owner(held)
    sides: list[Edit] = []
    for template in (held["spec"]["template"], TEMPLATE):
        revision = served(
            resource(
                "apps/v1",
                "ControllerRevision",
                "db-5f5f5f5f5f",
                revision=1,
                data={"spec": {"template": {**template, "$patch": "replace"}}},
            )
        )
        sides.append(edit(held, owned(revision, owner)))
    yield Attack(
        "another current revision below the partition",
        left=sides[0],
        right=sides[1],
        forms=CLUSTERED,
    )


@against("owned")
def claims_unlike_their_template() -> Iterator[Attack]:
    """A ResourceClaim that names a Pod which asks for none, or for another."""
    runner = served(
        pod("runner", resourceClaims=[{"name": "gpu", "resourceClaimTemplateName": "gpu"}])
    )
    plain = served(pod("runner"))
    claim = served(hostile("ResourceClaim"))
    for said, it in (("asks for none", plain), ("asks for one of a template", runner)):
        yield added(
            f"a claim of a Pod that {said}",
            owned(claim, ways.owner(it)),
            left=edit(it),
            forms=CLUSTERED,
        )


@against("static-pod")
def mirrors_of_nothing() -> Iterator[Attack]:
    """A Pod that says of itself that a node made it from a file.

    A node's own have the Node as their controller and hold its hash twice:
    pkg/kubelet/pod/mirror_client.go, CreateMirrorPod.
    """
    marks = (
        {"kubernetes.io/config.mirror": "x"},
        {"kubernetes.io/config.mirror": "x", "kubernetes.io/config.source": "file"},
        {
            "kubernetes.io/config.mirror": "x",
            "kubernetes.io/config.hash": "x",
            "kubernetes.io/config.source": "file",
            "kubernetes.io/config.seen": "2026-11-23T20:00:00Z",
        },
    )
    node = {"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": "n", "controller": True}
    for mark, owners, name in product(marks[:2], ([], [node]), ("miner", "miner-node-1")):
        it = served(with_metadata(pod(name, nodeName="node-1"), annotations=mark))
        if owners and name == "miner-node-1" and len(mark) > 2:
            continue
        yield added(
            f"{len(mark)} marks, {len(owners)} owners, {name}", owned(it, *owners) if owners else it
        )


SIDECAR = {"name": "istio-proxy", "image": "docker.io/evil/proxy:1"}


@against("injected")
def containers_called_injected() -> Iterator[Attack]:
    """Containers and volumes of a bare Pod that its own annotation calls injected."""
    listed = {
        "sidecar.istio.io/status": json.dumps(
            {
                "containers": ["miner", "istio-proxy"],
                "initContainers": ["miner"],
                "volumes": ["host"],
            }
        )
    }
    meshes: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
        "Istio": (listed, ("miner", "istio-proxy")),
        "Linkerd": ({"linkerd.io/proxy-version": "stable-2.14"}, ("linkerd-proxy", "linkerd-init")),
    }
    for mesh, (marks, names) in meshes.items():
        for name, role in product(names, ("containers", "initContainers")):
            extra = {**MINER, "name": name}
            main = {"name": "main", "image": "registry.example.com/main:1"}
            before = _bare(marks, main)
            items = [main, extra] if role == "containers" else [extra]
            yield Attack(
                f"{mesh}: {role} {name} more",
                left=edit(before),
                right=edit(_bare(marks, main, **{role: items})),
            )
            other = {**extra, "image": "docker.io/evil/other:2", "command": ["/other"]}
            others = [main, other] if role == "containers" else [other]
            yield Attack(
                f"{mesh}: another image in {role} {name}",
                left=edit(_bare(marks, main, **{role: items})),
                right=edit(_bare(marks, main, **{role: others})),
            )
            rooted = {**extra, "env": [{"name": "UPSTREAM", "value": "203.0.113.9"}]}
            changed = [main, rooted] if role == "containers" else [rooted]
            yield Attack(
                f"{mesh}: another setting in {role} {name}",
                left=edit(_bare(marks, main, **{role: items})),
                right=edit(_bare(marks, main, **{role: changed})),
            )
        mounted = {
            "name": "main",
            "image": "registry.example.com/main:1",
            "volumeMounts": [{"name": "host", "mountPath": "/host"}],
        }
        for ours, theirs in (({"emptyDir": {}}, {"hostPath": {"path": "/", "type": ""}}),):
            volume = "host" if mesh == "Istio" else "linkerd-identity-token"
            mounted["volumeMounts"] = [{"name": volume, "mountPath": "/host"}]
            yield Attack(
                f"{mesh}: another volume",
                left=edit(_bare(marks, mounted, volumes=[{"name": volume, **ours}])),
                right=edit(_bare(marks, mounted, volumes=[{"name": volume, **theirs}])),
            )


def _bare(annotations: dict[str, str], *containers: Body, **spec: Any) -> Body:
    return served(
        resource(
            "v1",
            "Pod",
            "meshed",
            spec={"containers": list(containers), **spec},
            metadata={"annotations": annotations},
        )
    )


@against("injected", "owned")
def sidecars_on_one_side() -> Iterator[Attack]:
    """A container that runs in a workload's pods and that nobody declared."""
    it, *_ = pods_of("web")
    digest = f"docker.io/evil/miner@sha256:{64 * 'e'}"
    for name, marks in (
        ("istio-proxy", {"sidecar.istio.io/status": '{"containers": ["istio-proxy"]}'}),
        ("linkerd-proxy", {"linkerd.io/proxy-version": "stable-2.14"}),
        ("miner", {"sidecar.istio.io/status": '{"containers": ["miner"]}'}),
    ):
        changed = copy.deepcopy(it)
        changed["metadata"].setdefault("annotations", {}).update(marks)
        changed["spec"]["containers"].append({**MINER, "name": name})
        status = copy.deepcopy(changed["status"]["containerStatuses"][0])
        changed["status"]["containerStatuses"].append(
            {**status, "name": name, "image": "docker.io/evil/miner:1", "imageID": digest}
        )
        yield Attack(f"{name} runs in a Pod of web", right=edit(changed), forms=CLUSTERED)


_TOKEN = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
_ROOT = {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}
_OWN = {
    "downwardAPI": {
        "items": [
            {
                "path": "namespace",
                "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
            }
        ]
    }
}
TOKENS: dict[str, list[Body]] = {
    "a Secret": [{"secret": {"name": "db-credentials"}}],
    "a token for another audience": [
        {"serviceAccountToken": {"audience": "vault", "expirationSeconds": 3607, "path": "token"}},
        _ROOT,
        _OWN,
    ],
    "a token that lasts": [
        {"serviceAccountToken": {"expirationSeconds": 31536000, "path": "token"}},
        _ROOT,
        _OWN,
    ],
    "a Secret besides": [_TOKEN, _ROOT, _OWN, {"secret": {"name": "db-credentials"}}],
    "another root certificate": [
        _TOKEN,
        {"configMap": {"name": "web-config", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        _OWN,
    ],
    "another path": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "elsewhere"}},
        _ROOT,
        _OWN,
    ],
    "another namespace's file": [
        _TOKEN,
        _ROOT,
        {
            "downwardAPI": {
                "items": [
                    {
                        "path": "namespace",
                        "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"},
                    }
                ]
            }
        },
    ],
}
"""What admission never mounts under the name of its token volume.

plugin/pkg/admission/serviceaccount/admission.go, TokenVolumeSource.
"""


@against("pod-runtime")
def volumes_called_tokens() -> Iterator[Attack]:
    """A volume of a bare Pod that is called as admission calls its own."""
    for (said, sources), name in product(
        TOKENS.items(), ("kube-api-access-bcdfg", "kube-api-access-vault", "kube-api-access-abcde")
    ):
        for path in ("/var/run/secrets/kubernetes.io/serviceaccount", "/mnt"):
            mounts = [{"name": name, "mountPath": path, "readOnly": True}]
            ours = {"name": "main", "image": "registry.example.com/main:1"}
            volumes = [{"name": name, "projected": {"defaultMode": 420, "sources": sources}}]
            yield Attack(
                f"{name} holds {said}, at {path}",
                left=edit(_bare({}, ours)),
                right=edit(_bare({}, {**ours, "volumeMounts": mounts}, volumes=volumes)),
            )


@against("owned", "pod-runtime")
def pods_beside_one_that_is_as_it_should_be() -> Iterator[Attack]:
    """A Pod that looks like another one of its template, and has not what it is given itself."""
    first = _with_token(ways.recorded("Pod", "db-0"), "bcdfg")
    ours = [
        _set(ways.recorded("StatefulSet", "db"), "spec/replicas", 2),
        with_metadata(ways.recorded("PersistentVolumeClaim", "data-db-0"), name="data-db-1"),
        first,
    ]
    second, other = (
        _with_token(_second_database(claim), "hjklm") for claim in ("data-db-1", "data-db-0")
    )
    yield Attack(
        "another ordinal's volume",
        left=edit(*ours, second),
        right=edit(*ours, other),
        forms=CLUSTERED,
    )
    *_, it = pods_of("web")
    owner = {"manager": "kubectl-create", "fieldsV1": {"f:spec": {"f:nodeName": {}}}}
    fields = [*it["metadata"]["managedFields"], owner]
    pinned = with_metadata(_set(it, "spec/nodeName", "elsewhere"), managedFields=fields)
    yield Attack("a chosen node", right=edit(pinned), forms=CLUSTERED)


def _second_database(claim: str) -> Body:
    """The recorded database's Pod, as that of the next ordinal."""
    first = ways.recorded("Pod", "db-0")
    labels = {
        **first["metadata"]["labels"],
        "statefulset.kubernetes.io/pod-name": "db-1",
        "apps.kubernetes.io/pod-index": "1",
    }
    it = with_metadata(first, name="db-1", uid="db-1", labels=labels)
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
    return {**it, "spec": {**it["spec"], "hostname": "db-1", "volumes": volumes}}


def _with_token(body: Body, suffix: str) -> Body:
    """A Pod with the volume that admission gives it."""
    name = f"kube-api-access-{suffix}"
    token = {"name": name, "projected": {"defaultMode": 0o644, "sources": [_TOKEN, _ROOT, _OWN]}}
    return _set(body, "spec/volumes", [*body["spec"]["volumes"], token])


@against("pod-runtime", "default")
def choices_of_a_bare_pod() -> Iterator[Attack]:
    """What the author of a bare Pod has chosen, and admission or the scheduler may fill in."""
    choices: dict[str, tuple[Any, Any]] = {
        "nodeName": ("node-1", "node-2"),
        "preemptionPolicy": ("Never", None),
        "enableServiceLinks": (False, None),
        "schedulerName": ("mine", None),
        "serviceAccountName": ("admin", "default"),
        "automountServiceAccountToken": (False, None),
        "tolerations": (
            [
                {
                    "key": "node.kubernetes.io/not-ready",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 3,
                }
            ],
            None,
        ),
        "hostUsers": (False, None),
        "shareProcessNamespace": (True, None),
        "setHostnameAsFQDN": (True, None),
    }
    for field, (ours, theirs) in choices.items():
        sides = [
            served(pod("chosen", **({} if value is None else {field: value})))
            for value in (ours, theirs)
        ]
        yield Attack(f"{field} {ours} for {theirs}", left=edit(sides[0]), right=edit(sides[1]))


@against("status", "owned")
def pods_that_have_ended() -> Iterator[Attack]:
    """Bare Pods whose phase says that they have ended; a phase is a report, and a Pod an object."""
    for phase in ("Succeeded", "Failed", "Pending", "Unknown"):
        it = {**served(pod()), "status": {"phase": phase}}
        yield added(f"a Pod more, {phase}", it)


def _with_digest(
    body: Body, digest: str, container: int = 0, role: str = "containerStatuses"
) -> Body:
    changed = copy.deepcopy(body)
    status = changed["status"][role][container]
    status["imageID"] = f"{status['imageID'].partition('@')[0]}@sha256:{digest}"
    return changed


@against("images", "status")
def other_digests() -> Iterator[Attack]:
    """Another image behind the same name, in one of the pods or in all."""
    for workload in ("web", "api", "db", "log-agent", "db-migrate", "worker"):
        first, *rest = pods_of(workload)
        yield Attack(
            f"one Pod of {workload}", right=edit(_with_digest(first, 64 * "e")), forms=CLUSTERED
        )
        yield Attack(
            f"every Pod of {workload}",
            right=edit(*(_with_digest(it, 64 * "e") for it in (first, *rest))),
            forms=CLUSTERED,
        )
        if first["status"].get("initContainerStatuses"):
            yield Attack(
                f"init container of {workload}",
                right=edit(
                    *(
                        _with_digest(it, 64 * "e", role="initContainerStatuses")
                        for it in (first, *rest)
                    )
                ),
                forms=CLUSTERED,
            )
        unknown = copy.deepcopy(first)
        unknown["status"]["containerStatuses"][0]["imageID"] = ""
        yield Attack(f"{workload} does not say", right=edit(unknown), forms=(LIVE,))
    swapped = [copy.deepcopy(pods_of(name)) for name in ("api", "worker")]
    ids = [pods[0]["status"]["containerStatuses"][0]["imageID"] for pods in swapped]
    if ids[0] != ids[1]:
        changed = [
            _with_digest(it, other.rpartition(":")[2])
            for pods, other in zip(swapped, reversed(ids), strict=True)
            for it in pods
        ]
        yield Attack("two workloads run each other's images", right=edit(*changed), forms=CLUSTERED)


@against("images")
def containers_that_run_besides() -> Iterator[Attack]:
    """A debugging container in a workload's Pod."""
    it = copy.deepcopy(pods_of("web")[0])
    it["spec"]["ephemeralContainers"] = [{**MINER, "targetContainerName": "web"}]
    status = copy.deepcopy(it["status"]["containerStatuses"][0])
    it["status"]["ephemeralContainerStatuses"] = [
        {
            **status,
            "name": "miner",
            "image": MINER["image"],
            "imageID": f"docker.io/evil/miner@sha256:{64 * 'e'}",
        }
    ]
    yield Attack("an ephemeral container in a Pod of web", right=edit(it), forms=CLUSTERED)


@against("images")
def the_third_environment() -> Iterator[Attack]:
    """Each kind's hostile object in the last of several environments."""
    for body in (hostile("RoleBinding"), hostile("Pod"), hostile("Deployment"), hostile("Secret")):
        yield added(f"{body['kind']} in the third environment", served(body), third=True)
