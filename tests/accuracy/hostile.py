"""What somebody would like to slip in: another workload, permission or value, of every kind."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]

MINER: Body = {
    "name": "miner",
    "image": "docker.io/evil/miner:1",
    "command": ["/miner"],
    "securityContext": {"privileged": True},
}
MINING: Body = {"hostPID": True, "containers": [MINER]}
LABELS = {"app": "miner"}
TEMPLATE: Body = {"metadata": {"labels": LABELS}, "spec": MINING}
SELECTOR: Body = {"matchLabels": LABELS}


def resource(api_version: str, kind: str, name: str = "miner", **fields: Any) -> Body:
    """An object of any kind."""
    metadata = {"name": name, **fields.pop("metadata", {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def pod(name: str = "miner", **spec: Any) -> Body:
    """A pod with more rights than anybody should have."""
    return resource("v1", "Pod", name, spec={**MINING, **spec})


def _once(name: str = "miner") -> Body:
    job = {"template": {**TEMPLATE, "spec": {**MINING, "restartPolicy": "Never"}}}
    return resource("batch/v1", "Job", name, spec=job)


_CLAIM_SPEC: Body = {
    "devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpu.example.com"}}]}
}
_EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}

HOSTILE: tuple[Body, ...] = (
    resource("v1", "ConfigMap", data={"allow": "everything"}),
    resource(
        "v1",
        "Endpoints",
        subsets=[{"addresses": [{"ip": "203.0.113.9"}], "ports": [{"port": 443}]}],
    ),
    resource(
        "v1", "LimitRange", spec={"limits": [{"type": "Container", "default": {"cpu": "64"}}]}
    ),
    resource(
        "v1",
        "PersistentVolumeClaim",
        spec={
            "accessModes": ["ReadWriteMany"],
            "volumeName": "pv-of-another",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    ),
    pod(),
    resource("v1", "PodTemplate", template=TEMPLATE),
    resource(
        "v1",
        "ReplicationController",
        spec={"replicas": 1, "selector": LABELS, "template": TEMPLATE},
    ),
    resource("v1", "ResourceQuota", spec={"hard": {"pods": "1000"}}),
    resource("v1", "Secret", type="Opaque", data={"token": f"hmac-sha256:{64 * 'b'}"}),
    resource(
        "v1",
        "Service",
        spec={
            "type": "ClusterIP",
            "selector": LABELS,
            "ports": [{"port": 443, "protocol": "TCP", "targetPort": 443}],
        },
    ),
    resource("v1", "ServiceAccount", imagePullSecrets=[{"name": "miner"}]),
    resource("apps/v1", "ControllerRevision", revision=9, data={"spec": {"template": TEMPLATE}}),
    resource("apps/v1", "DaemonSet", spec={"selector": SELECTOR, "template": TEMPLATE}),
    resource(
        "apps/v1", "Deployment", spec={"replicas": 1, "selector": SELECTOR, "template": TEMPLATE}
    ),
    resource(
        "apps/v1", "ReplicaSet", spec={"replicas": 1, "selector": SELECTOR, "template": TEMPLATE}
    ),
    resource(
        "apps/v1",
        "StatefulSet",
        spec={
            "replicas": 1,
            "serviceName": "miner",
            "selector": SELECTOR,
            "template": TEMPLATE,
        },
    ),
    resource(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 500,
        },
    ),
    resource(
        "batch/v1",
        "CronJob",
        spec={"schedule": "* * * * *", "jobTemplate": {"spec": _once()["spec"]}},
    ),
    _once(),
    resource("bookshop.example.com/v1", "FeatureFlag", spec={"enabled": True, "rollout": 100}),
    resource(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        addressType="IPv4",
        endpoints=[{"addresses": ["203.0.113.9"]}],
        ports=[{"name": "http", "port": 443, "protocol": "TCP"}],
        metadata={"labels": {"kubernetes.io/service-name": "web"}},
    ),
    resource(
        "networking.k8s.io/v1",
        "Ingress",
        spec={"defaultBackend": {"service": {"name": "miner", "port": {"number": 443}}}},
    ),
    resource(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        spec={"podSelector": {}, "ingress": [{}], "policyTypes": ["Ingress"]},
    ),
    resource(
        "policy/v1", "PodDisruptionBudget", spec={"selector": SELECTOR, "maxUnavailable": "100%"}
    ),
    resource("rbac.authorization.k8s.io/v1", "Role", rules=[_EVERYTHING]),
    resource(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        subjects=[{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "mallory"}],
    ),
    resource("resource.k8s.io/v1", "ResourceClaim", spec=_CLAIM_SPEC),
    resource("resource.k8s.io/v1", "ResourceClaimTemplate", spec={"spec": _CLAIM_SPEC}),
)
"""One object of each kind that stands in a Namespace."""


def hostile(kind: str) -> Body:
    """The object of a kind."""
    return next(body for body in HOSTILE if body["kind"] == kind)
