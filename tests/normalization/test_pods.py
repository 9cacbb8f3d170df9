"""What a Pod that nobody owns is given, and what somebody gave it in the same words."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from driftcheck import Verdict
from driftcheck.normalization import normalize
from driftcheck.pipeline import capture, compare_snapshots
from tests.builders import Body, container, differences, edited, resource
from tests.ways import findings, live, verdicts

IDENTICAL, DRIFTED = {Verdict.IDENTICAL}, {Verdict.DRIFTED}
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_NAME = "kube-api-access-x7v2k"
SOURCES = [
    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {
        "downwardAPI": {
            "items": [
                {
                    "path": "namespace",
                    "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                }
            ]
        }
    },
]
OPENSHIFT_SOURCE = {
    "configMap": {
        "name": "openshift-service-ca.crt",
        "items": [{"key": "service-ca.crt", "path": "service-ca.crt"}],
    }
}


def written(**spec: Any) -> Body:
    """A Pod as its author writes it."""
    return resource("v1", "Pod", "job", spec={"containers": [container("c")], **spec})


def token(name: str = TOKEN_NAME, **projected: Any) -> Body:
    return {"name": name, "projected": {"defaultMode": 420, "sources": SOURCES, **projected}}


def mount(name: str = TOKEN_NAME, **fields: Any) -> Body:
    return {"name": name, "mountPath": TOKEN_PATH, "readOnly": True, **fields}


def toleration(key: str = "not-ready", seconds: int = 300) -> Body:
    return {
        "key": f"node.kubernetes.io/{key}",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": seconds,
    }


def admitted(*owned: str, **spec: Any) -> Body:
    """A Pod as a server shows it, with its author's fields and those of admission and binding."""
    given = {
        "nodeName": "node-1",
        "priority": 0,
        "preemptionPolicy": "PreemptLowerPriority",
        "serviceAccount": "default",
        "serviceAccountName": "default",
        "tolerations": [toleration(), toleration("unreachable")],
        "volumes": [token()],
        "containers": [container("c", volumeMounts=[mount()])],
    }
    fields = {f"f:{field}": {} for field in ("containers", *owned)}
    body = written(**{**given, **spec})
    body["metadata"] |= {"uid": "in-a-cluster", "managedFields": [managed({"f:spec": fields})]}
    return body


def managed(fields: Body, manager: str = "kubectl-create") -> Body:
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "v1",
        "time": "2026-11-25T22:46:59Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


def annotated(body: Body, **annotations: str) -> Body:
    return edited(body, "metadata", "annotations", value=annotations)


def test_what_a_pod_is_given() -> None:
    """A Pod is what its manifest says, whatever admission and binding have added; all counted."""
    result = compare_snapshots([capture([written()]), live(admitted())])

    assert result.verdict is Verdict.IDENTICAL
    assert normalize(live(admitted()), environment="it").hits["pod-runtime"] == 7
    assert verdicts([admitted()], [admitted(nodeName="node-2")]) == IDENTICAL


def test_openshifts_token() -> None:
    """OpenShift's own token volume holds one certificate more."""
    on_openshift = admitted(volumes=[token(sources=[*SOURCES, OPENSHIFT_SOURCE])])

    assert verdicts([admitted()], [on_openshift]) == IDENTICAL


SECRET_SOURCE = {"secret": {"name": "admin-creds"}}
NOT_ADMISSIONS: dict[str, Body] = {
    "a name that no server makes": admitted(
        volumes=[token("kube-api-access-vault")],
        containers=[container("c", volumeMounts=[mount("kube-api-access-vault")])],
    ),
    "another Secret inside": admitted(volumes=[token(sources=[*SOURCES, SECRET_SOURCE])]),
    "another Secret instead": admitted(volumes=[token(sources=[SECRET_SOURCE])]),
    "a source twice": admitted(volumes=[token(sources=[*SOURCES, SOURCES[0]])]),
    "another audience": admitted(
        volumes=[
            token(
                sources=[
                    {"serviceAccountToken": {**SOURCES[0]["serviceAccountToken"], "audience": "x"}},
                    *SOURCES[1:],
                ]
            )
        ]
    ),
    "another mode": admitted(volumes=[token(defaultMode=0o777)]),
    "another place": admitted(
        containers=[container("c", volumeMounts=[mount(), mount(mountPath="/token")])]
    ),
    "a mount to write into": admitted(
        containers=[container("c", volumeMounts=[mount(readOnly=False)])]
    ),
    "a Pod that wants none": admitted(automountServiceAccountToken=False),
}


@pytest.mark.parametrize("forged", NOT_ADMISSIONS.values(), ids=NOT_ADMISSIONS.keys())
def test_a_token_of_somebody_else(forged: Body) -> None:
    """A volume that is not what admission gives a Pod was written, whatever it is called."""
    said = {
        key: value for key, value in forged["spec"].items() if key == "automountServiceAccountToken"
    }

    assert (
        verdicts([admitted(**said, volumes=[], containers=[container("c")])], [forged]) == DRIFTED
    )


def test_an_account_that_wants_no_token() -> None:
    """A token in a Pod whose account asks for none was written."""
    account = resource("v1", "ServiceAccount", "default", automountServiceAccountToken=False)
    without = admitted(volumes=[], containers=[container("c")])

    assert verdicts([account, without], [account, admitted()]) == DRIFTED


ANYTHING = {"operator": "Exists"}


@pytest.mark.parametrize(
    ("beside", "written_too"),
    [
        ([], toleration(seconds=60)),
        ([toleration(seconds=60)], toleration()),
        ([ANYTHING], toleration()),
    ],
    ids=["of another length", "beside another", "beside one for everything"],
)
def test_tolerations_of_somebody_else(beside: list[Body], written_too: Body) -> None:
    """A toleration that admission does not add beside the others was written."""
    left, right = written(tolerations=beside), written(tolerations=[*beside, written_too])

    assert verdicts([left], [right]) == DRIFTED


def test_tolerations_as_admission_adds_them() -> None:
    """To write what admission adds to every Pod is to write nothing."""
    said = [toleration(), toleration("unreachable")]

    assert verdicts([written()], [written(tolerations=said)]) == IDENTICAL
    assert not differences(written(tolerations=said[:1]), admitted())


@pytest.mark.parametrize(
    ("field", "value"),
    [("nodeName", "gpu-1"), ("preemptionPolicy", "Never"), ("priority", 1000)],
)
def test_choices_in_a_manifest(field: str, value: Any) -> None:
    """What a manifest says of placement was chosen."""
    assert differences(written(**{field: value}), written()) == [("removed", f"spec.{field}")]


INPUTS = (
    "cni.projectcalico.org/ipAddrs",
    "cni.projectcalico.org/ipv4pools",
    "cni.projectcalico.org/floatingIPs",
    "cni.projectcalico.org/hwAddr",
    "k8s.ovn.org/pod-networks-wanted",
    "k8s.v1.cni.cncf.io/networks",
    "sidecar.istio.io/status",
    "vault.hashicorp.com/agent-inject-status",
    "kubernetes.io/config.source",
)


@pytest.mark.parametrize("key", INPUTS)
def test_what_a_component_is_asked_for(key: str) -> None:
    """An annotation that asks a component for something is configuration."""
    left, right = (annotated(admitted(), **{key: value}) for value in ("10.1.1.5", "10.1.1.9"))

    assert verdicts([left], [right]) == DRIFTED


NOTES = (
    "cni.projectcalico.org/containerID",
    "cni.projectcalico.org/podIP",
    "cni.projectcalico.org/podIPs",
    "k8s.ovn.org/pod-networks",
    "k8s.v1.cni.cncf.io/network-status",
    "kubernetes.io/limit-ranger",
    "openshift.io/scc",
)


@pytest.mark.parametrize("key", NOTES)
def test_what_a_component_notes(key: str) -> None:
    """What a network or admission notes on a Pod that runs is no configuration; in a manifest,
    which none of them has seen, it is.
    """
    noted = annotated(admitted(), **{key: "10.1.1.5"})

    assert not differences(noted, admitted())
    assert differences(annotated(written(), **{key: "10.1.1.5"}), written())


def test_sidecars_are_compared() -> None:
    """A container is compared whoever says that it was injected, with a word or without."""
    listed = '{"containers": ["istio-proxy"], "initContainers": ["istio-init"]}'
    meshed = annotated(
        admitted(containers=[container("c"), container("istio-proxy")]),
        **{"sidecar.istio.io/status": listed, "linkerd.io/proxy-version": "2.14"},
    )
    bare = copy.deepcopy(meshed)
    bare["spec"]["containers"].pop()
    other = edited(meshed, "spec", "containers", 1, "image", value="evil/miner")

    for found in findings([meshed], [bare]).values():
        assert ("Pod", "job", "spec.containers[name=istio-proxy]") in found
    assert verdicts([meshed], [other]) == DRIFTED
    assert verdicts([meshed], [meshed]) == IDENTICAL


NOTE = "deployment.kubernetes.io/revision"


def reading(path: str) -> dict[str, Body]:
    """The ways in which a pod reads something of its own."""
    source = {"fieldRef": {"fieldPath": path}}
    files = {"downwardAPI": {"items": [{"path": "note", **source}]}}
    return {
        "a file": {"volumes": [{"name": "v", **files}]},
        "a projected file": {"volumes": [{"name": "v", "projected": {"sources": [files]}}]},
        "a variable": {"containers": [container("c", env=[{"name": "NOTE", "valueFrom": source}])]},
    }


@pytest.mark.parametrize("path", [f"metadata.annotations['{NOTE}']", "metadata.annotations"])
@pytest.mark.parametrize("where", reading(""))
def test_notes_that_a_pod_reads(path: str, where: str) -> None:
    """A controller's note is what a program reads where its pod says so, and no other."""
    read = [annotated(written(**reading(path)[where]), **{NOTE: value}) for value in ("a", "b")]
    other = reading("metadata.annotations['other']")[where]
    unread = [annotated(written(**other), **{NOTE: value}) for value in ("a", "b")]

    assert verdicts([read[0]], [read[1]]) == DRIFTED
    assert not differences(*unread)


def test_a_restart_that_a_pod_reads() -> None:
    """A restart's marker is a value like any other where the pod reads it."""
    marker = "kubectl.kubernetes.io/restartedAt"
    template = {"spec": written(**reading(f"metadata.annotations['{marker}']")["a file"])["spec"]}
    sides = [
        resource(
            "apps/v1",
            "Deployment",
            spec={"template": {"metadata": {"annotations": {marker: day}}, **template}},
        )
        for day in ("2026-11-23", "2026-11-24")
    ]

    assert verdicts([sides[0]], [sides[1]]) == DRIFTED
