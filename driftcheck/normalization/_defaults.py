"""What the API server writes where a manifest says nothing.

Filled, never stripped: a value that equals its default stays, so that a default
which depends on other fields, or on the server's version, can't hide a change.
Each function reads an object as it was written, and gives plain JSON.
The source of each is `SetDefaults_*` in pkg/apis/*/v1/defaults.go of Kubernetes
1.36; those that the schema itself carries are in `data/builtin.json`, which also
says which structs the server always writes, empty or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from driftcheck.images import parse_reference
from driftcheck.normalization._inside import inside

Fields = Mapping[str, Any]

_CONTAINER: Fields = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_MODE: Fields = {"defaultMode": 0o644}
_REVISIONS: Fields = {"revisionHistoryLimit": 10}

ALWAYS: dict[str, Fields] = {
    "apps.v1.DaemonSetSpec": _REVISIONS,
    "apps.v1.DaemonSetUpdateStrategy": {"type": "RollingUpdate"},
    "apps.v1.DeploymentSpec": {
        **_REVISIONS,
        "progressDeadlineSeconds": 600,
        "replicas": 1,
    },
    "apps.v1.DeploymentStrategy": {"type": "RollingUpdate"},
    "apps.v1.ReplicaSetSpec": {"replicas": 1},
    "apps.v1.RollingUpdateDaemonSet": {"maxSurge": 0, "maxUnavailable": 1},
    "apps.v1.RollingUpdateDeployment": {"maxSurge": "25%", "maxUnavailable": "25%"},
    "apps.v1.RollingUpdateStatefulSetStrategy": {"maxUnavailable": 1, "partition": 0},
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
        "whenDeleted": "Retain",
        "whenScaled": "Retain",
    },
    "apps.v1.StatefulSetSpec": {
        **_REVISIONS,
        "persistentVolumeClaimRetentionPolicy": {},
        "podManagementPolicy": "OrderedReady",
        "replicas": 1,
    },
    "apps.v1.StatefulSetUpdateStrategy": {"type": "RollingUpdate"},
    "autoscaling.v1.HorizontalPodAutoscalerSpec": {"minReplicas": 1},
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 80},
                },
            }
        ],
        "minReplicas": 1,
    },
    "batch.v1.CronJobSpec": {
        "concurrencyPolicy": "Allow",
        "failedJobsHistoryLimit": 1,
        "successfulJobsHistoryLimit": 3,
        "suspend": False,
    },
    "batch.v1.PodFailurePolicyOnPodConditionsPattern": {"status": "True"},
    "core.v1.AzureDiskVolumeSource": {"readOnly": False},
    "core.v1.ConfigMapVolumeSource": _MODE,
    "core.v1.Container": _CONTAINER,
    "core.v1.DownwardAPIVolumeSource": _MODE,
    "core.v1.EndpointPort": {"protocol": "TCP"},
    "core.v1.EphemeralContainer": _CONTAINER,
    "core.v1.GRPCAction": {"service": ""},
    "core.v1.HTTPGetAction": {"path": "/", "scheme": "HTTP"},
    "core.v1.HostPathVolumeSource": {"type": ""},
    "core.v1.ObjectFieldSelector": {"apiVersion": "v1"},
    "core.v1.PersistentVolumeClaimSpec": {"volumeMode": "Filesystem"},
    "core.v1.PodSpec": {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    },
    "core.v1.Probe": {
        "failureThreshold": 3,
        "periodSeconds": 10,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    },
    "core.v1.ProjectedVolumeSource": _MODE,
    "core.v1.ResourceFieldSelector": {"divisor": "0"},
    "core.v1.Secret": {"type": "Opaque"},
    "core.v1.SecretVolumeSource": _MODE,
    "core.v1.ServiceAccountTokenProjection": {"expirationSeconds": 3600},
    "core.v1.ServiceSpec": {"sessionAffinity": "None", "type": "ClusterIP"},
    "discovery.v1.EndpointPort": {"name": "", "protocol": "TCP"},
    "networking.v1.NetworkPolicyPort": {"protocol": "TCP"},
    "rbac.v1.RoleRef": {"apiGroup": "rbac.authorization.k8s.io"},
}
"""By type and field, whatever else the object says."""


def _image_pull_policy(container: Fields) -> Fields:
    """`SetDefaults_Container` in pkg/apis/core/v1/defaults.go."""
    return {"imagePullPolicy": _pull_policy(container.get("image"))}


def _image_volume_pull_policy(volume: Fields) -> Fields:
    """`SetDefaults_Volume`, likewise."""
    return {"pullPolicy": _pull_policy(volume.get("reference"))}


def _pull_policy(image: Any) -> str:
    """By the tag alone, whether or not a digest stands beside it; what can't be read has none."""
    reference = parse_reference(image) if isinstance(image, str) else None
    return "Always" if reference and reference.tag == "latest" else "IfNotPresent"


def _volume_source(volume: Fields) -> Fields:
    """A volume that names no source is an empty one."""
    return {} if set(volume) - {"name"} else {"emptyDir": {}}


def _rolling_update(strategy: Fields) -> Fields:
    return {"rollingUpdate": {}} if strategy.get("type") == "RollingUpdate" else {}


def _service(spec: Fields) -> Fields:
    """https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types.

    The families are those of `initIPFamilyFields` in pkg/registry/core/service/storage/alloc.go.
    """
    if spec.get("type") == "ExternalName":
        return {}
    is_of_any_family = spec.get("clusterIP") == "None" and not spec.get("selector")
    defaults: dict[str, Any] = {
        "internalTrafficPolicy": "Cluster",
        "ipFamilyPolicy": "RequireDualStack" if is_of_any_family else "SingleStack",
    }
    if spec.get("type") in ("NodePort", "LoadBalancer") or spec.get("externalIPs"):
        defaults["externalTrafficPolicy"] = "Cluster"
    if spec.get("type") == "LoadBalancer":
        defaults["allocateLoadBalancerNodePorts"] = True
    if spec.get("sessionAffinity") == "ClientIP":
        defaults["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}
    return defaults


def _service_port(port: Fields) -> Fields:
    return {"targetPort": port["port"]} if "port" in port else {}


def _policy_types(spec: Fields) -> Fields:
    """https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource."""
    return {"policyTypes": ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]}


def _subject(subject: Fields) -> Fields:
    if subject.get("kind") in ("User", "Group"):
        return {"apiGroup": "rbac.authorization.k8s.io"}
    return {}


def _container_limits(item: Fields) -> Fields:
    """https://kubernetes.io/docs/concepts/policy/limit-range/#constraints-on-resource-limits-and-requests."""
    if item.get("type") != "Container":
        return {}
    limits = {**inside(item, "max"), **inside(item, "default")}
    requests = {**inside(item, "min"), **limits, **inside(item, "defaultRequest")}
    return {
        name: values
        for name, values in (("default", limits), ("defaultRequest", requests))
        if values
    }


def _autoscaling_behavior(behavior: Fields) -> Fields:
    """https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior."""
    doubling = {"type": "Percent", "value": 100, "periodSeconds": 15}
    up = {
        "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, doubling],
        "selectPolicy": "Max",
        "stabilizationWindowSeconds": 0,
    }
    down = {"policies": [doubling], "selectPolicy": "Max"}
    return {
        "scaleDown": {**down, **inside(behavior, "scaleDown")},
        "scaleUp": {**up, **inside(behavior, "scaleUp")},
    }


def _pod_requests(pod: Fields) -> Fields:
    """Of each limit without a request, the request; `SetDefaults_Pod`."""
    spec = inside(pod, "spec")
    roles = {
        role: [_with_requests(container) for container in spec[role]]
        for role in ("initContainers", "containers")
        if isinstance(spec.get(role), list)
    }
    return {"spec": {**spec, **roles}} if roles else {}


def _with_requests(container: Any) -> Any:
    resources = inside(container, "resources")
    limits = inside(resources, "limits")
    if not limits:
        return container
    requests = {**limits, **inside(resources, "requests")}
    return {**container, "resources": {**resources, "requests": requests}}


def _replication_controller(controller: Fields) -> Fields:
    """Its template's labels are its selector and its own; `SetDefaults_ReplicationController`."""
    metadata, spec = inside(controller, "metadata"), inside(controller, "spec")
    labels = inside(spec, "template", "metadata", "labels")
    if not labels:
        return {}
    return {
        "metadata": {**metadata, "labels": inside(metadata, "labels") or labels},
        "spec": {**spec, "selector": inside(spec, "selector") or labels},
    }


def _device_request(request: Fields) -> Fields:
    mode = request.get("allocationMode", "ExactCount")
    return {"allocationMode": mode, **({"count": 1} if mode == "ExactCount" else {})}


DEPENDING: dict[str, Callable[[Fields], Fields]] = {
    "apps.v1.DaemonSetUpdateStrategy": _rolling_update,
    "apps.v1.DeploymentStrategy": _rolling_update,
    "apps.v1.StatefulSetUpdateStrategy": _rolling_update,
    "core.v1.Container": _image_pull_policy,
    "core.v1.EphemeralContainer": _image_pull_policy,
    "core.v1.ImageVolumeSource": _image_volume_pull_policy,
    "core.v1.ServicePort": _service_port,
    "core.v1.ServiceSpec": _service,
    "core.v1.Volume": _volume_source,
    "networking.v1.NetworkPolicySpec": _policy_types,
    "rbac.v1.Subject": _subject,
    "resource.v1.DeviceSubRequest": _device_request,
    "resource.v1.ExactDeviceRequest": _device_request,
}
"""By type, what depends on the type's other fields."""


MERGED: dict[str, Callable[[Fields], Fields]] = {
    "autoscaling.v2.HorizontalPodAutoscalerBehavior": _autoscaling_behavior,
    "core.v1.LimitRangeItem": _container_limits,
    "core.v1.Pod": _pod_requests,
    "core.v1.ReplicationController": _replication_controller,
}
"""By type, maps that are completed key by key where they are given in part."""


JOB: Fields = {
    "backoffLimit": 6,
    "completionMode": "NonIndexed",
    "manualSelector": False,
    "podReplacementPolicy": "TerminatingOrFailed",
    "suspend": False,
}
"""Of a Job alone: the template in a CronJob's spec is left as it was written."""


def job_defaults(spec: Fields) -> Fields:
    """What a Job's spec is completed with.

    https://kubernetes.io/docs/concepts/workloads/controllers/job/#parallel-jobs
    """
    defaults = {**JOB, "parallelism": 1}
    if "completions" not in spec and "parallelism" not in spec:
        defaults["completions"] = 1
    if "backoffLimitPerIndex" in spec:
        defaults["backoffLimit"] = 2**31 - 1
    if "podFailurePolicy" in spec:
        defaults["podReplacementPolicy"] = "Failed"
    return defaults


POD: Fields = {"enableServiceLinks": True, "serviceAccountName": "default"}
"""Of a Pod alone, not of a template; admission gives it the account.

https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller
"""
