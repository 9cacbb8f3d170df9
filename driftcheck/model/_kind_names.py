"""What kinds are called on a command line: as kubectl has it, whatever the server says of them.

A kind's plural is what the API's own rule makes of it, and short names are Kubernetes' own.
https://kubernetes.io/docs/reference/kubectl/#resource-types
https://github.com/kubernetes/apimachinery/blob/master/pkg/api/meta/restmapper.go
"""

from __future__ import annotations

import re
from functools import cache

from driftcheck.model._references import GroupKind

_SHORT = {
    GroupKind("", "ConfigMap"): "cm",
    GroupKind("", "Endpoints"): "ep",
    GroupKind("", "Event"): "ev",
    GroupKind("", "LimitRange"): "limits",
    GroupKind("", "Namespace"): "ns",
    GroupKind("", "PersistentVolumeClaim"): "pvc",
    GroupKind("", "Pod"): "po",
    GroupKind("", "ReplicationController"): "rc",
    GroupKind("", "ResourceQuota"): "quota",
    GroupKind("", "Service"): "svc",
    GroupKind("", "ServiceAccount"): "sa",
    GroupKind("apps", "DaemonSet"): "ds",
    GroupKind("apps", "Deployment"): "deploy",
    GroupKind("apps", "ReplicaSet"): "rs",
    GroupKind("apps", "StatefulSet"): "sts",
    GroupKind("autoscaling", "HorizontalPodAutoscaler"): "hpa",
    GroupKind("batch", "CronJob"): "cj",
    GroupKind("networking.k8s.io", "Ingress"): "ing",
    GroupKind("networking.k8s.io", "NetworkPolicy"): "netpol",
    GroupKind("policy", "PodDisruptionBudget"): "pdb",
}
_PLURAL_IN_ITSELF = "endpoints"
_VERSION = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?\.?")


@cache
def names_of(kind: GroupKind) -> frozenset[str]:
    """What a kind is called, its group left out, in small letters."""
    singular = kind.kind.lower()
    return frozenset({singular, _plural(singular), _SHORT.get(kind, singular)})


def is_called(kind: GroupKind, name: str) -> bool:
    """Whether a name is a kind's: `Deployment`, `deployments.apps`, `deploy`, `deploy.v1.apps`."""
    called, dot, group = name.lower().partition(".")
    groups = (group, _VERSION.sub("", group, count=1)) if _VERSION.match(group) else (group,)
    return called in names_of(kind) and (not dot or kind.group in groups)


def _plural(singular: str) -> str:
    if singular == _PLURAL_IN_ITSELF:
        return singular
    if singular.endswith("s"):
        return f"{singular}es"
    return f"{singular.removesuffix('y')}ies" if singular.endswith("y") else f"{singular}s"
