"""Changes that rightly give nothing, each with its source.

Nothing here asks the program: what a server writes is said by the API reference, what a list is by
`x-kubernetes-list-type` of the recorded OpenAPI documents, and the rest by the component that
reads the field.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.accuracy.leaves import Trial

WRITTEN_BY_THE_SERVER: dict[str, str] = {
    r"meta\.v1\.ObjectMeta (creationTimestamp|deletionGracePeriodSeconds|generation|resourceVersion"
    r"|selfLink|uid)": "API reference, ObjectMeta: populated by the system, read-only",
    r"core\.v1\.PodSpec serviceAccount": (
        "pkg/apis/core/v1/conversion.go, Convert_v1_PodSpec_To_core_PodSpec: the old name counts "
        "only where serviceAccountName is empty"
    ),
    r"Pod core\.v1\.PodSpec (preemptionPolicy|priority)": (
        "plugin/pkg/admission/priority/admission.go, admitPod: computed from the class; another "
        "one is refused"
    ),
    r"StatefulSet core\.v1\.PersistentVolumeClaim (apiVersion|kind)": (
        "pkg/apis/apps/v1/conversion.go, Convert_v1_StatefulSetSpec_To_apps_StatefulSetSpec: "
        "cleared as it comes in, and set again as it goes out"
    ),
    r"Job batch\.v1\.JobSpec selector": (
        "pkg/registry/batch/job/strategy.go, generateSelector: made by the server where "
        "manualSelector is not set"
    ),
}
"""By kind, type and field, where a change is no one's choice. A pattern begins at any word."""

WITHOUT_IT = {
    "core.v1.PodSpec enableServiceLinks": "API reference, PodSpec: defaults to true, as it is here",
    "core.v1.PodSpec serviceAccountName": (
        "pkg/apis/core/v1/conversion.go, Convert_v1_PodSpec_To_core_PodSpec: the old name, which "
        "is the same here, then counts"
    ),
}
"""What an object says as well where it is taken away."""

REPEATED: dict[str, str] = {
    r"core\.v1\.PersistentVolumeClaimSpec dataSource": (
        "pkg/registry/core/persistentvolumeclaim/strategy.go, NormalizeDataSources: kept equal to "
        "dataSourceRef"
    ),
}

ORDER_COUNTS = {
    "core.v1.PodSpec containers": "kubelet starts containers in order",
    "core.v1.PodSpec initContainers": "API reference, PodSpec.initContainers: executed in order",
    "core.v1.PodSpec hostAliases": "kubelet writes /etc/hosts in order; the first of a name counts",
    "discovery.v1.Endpoint addresses": "API reference, Endpoint: the first alone has a meaning",
}
"""Lists that the OpenAPI documents call sets or maps, and whose order counts all the same."""

_FREE: dict[str, tuple[str, ...]] = {
    "pkg/controller/podautoscaler/horizontal.go: the most, or the least, of all": (
        "autoscaling.v2.HPAScalingRules policies",
        "autoscaling.v2.HorizontalPodAutoscalerSpec metrics",
    ),
    "pkg/controller/job/pod_failure_policy.go, matchOnPodConditions: any": (
        "batch.v1.PodFailurePolicyRule onPodConditions",
    ),
    "pkg/kubelet/kuberuntime: a set, or a map by name, for the runtime": (
        "core.v1.Capabilities add",
        "core.v1.Capabilities drop",
        "core.v1.Container resizePolicy",
        "core.v1.EphemeralContainer resizePolicy",
        "core.v1.PodSecurityContext supplementalGroups",
        "core.v1.PodSecurityContext sysctls",
        "ServiceAccount imagePullSecrets",
    ),
    "API reference, Endpoints: the union of all products of addresses and ports": (
        "Endpoints subsets",
        "core.v1.EndpointSubset addresses",
        "core.v1.EndpointSubset notReadyAddresses",
        "core.v1.EndpointSubset ports",
    ),
    "pkg/proxy: each address, port, range and hint for itself": (
        "EndpointSlice endpoints",
        "EndpointSlice ports",
        "core.v1.ServiceSpec externalIPs",
        "core.v1.ServiceSpec loadBalancerSourceRanges",
        "discovery.v1.EndpointHints forNodes",
        "discovery.v1.EndpointHints forZones",
    ),
    "pkg/kubelet/kubelet_pods.go, hostsEntriesFromHostAliases: names on one line": (
        "core.v1.HostAlias hostnames",
    ),
    "pkg/kubelet/network/dns, mergeDNSOptions: a map by name": ("core.v1.PodDNSConfig options",),
    "pkg/kubelet/status/generate.go, GeneratePodReadyCondition: all": (
        "core.v1.PodSpec readinessGates",
    ),
    "pkg/volume/configmap, secret, downwardapi: a file for each; here the paths are told apart": (
        "core.v1.ConfigMapProjection items",
        "core.v1.ConfigMapVolumeSource items",
        "core.v1.DownwardAPIProjection items",
        "core.v1.DownwardAPIVolumeSource items",
        "core.v1.SecretProjection items",
        "core.v1.SecretVolumeSource items",
    ),
    "k8s.io/component-helpers/scheduling: terms are or-ed, expressions and-ed, weights summed": (
        "core.v1.NodeAffinity preferredDuringSchedulingIgnoredDuringExecution",
        "core.v1.NodeSelector nodeSelectorTerms",
        "core.v1.NodeSelectorRequirement values",
        "core.v1.NodeSelectorTerm matchExpressions",
        "core.v1.NodeSelectorTerm matchFields",
        "core.v1.PodAffinity preferredDuringSchedulingIgnoredDuringExecution",
        "core.v1.PodAffinity requiredDuringSchedulingIgnoredDuringExecution",
        "core.v1.PodAffinityTerm matchLabelKeys",
        "core.v1.PodAffinityTerm mismatchLabelKeys",
        "core.v1.PodAffinityTerm namespaces",
        "core.v1.PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution",
        "core.v1.PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution",
        "core.v1.PodSpec tolerations",
        "core.v1.TopologySpreadConstraint matchLabelKeys",
    ),
    "plugin/pkg/admission/limitranger, resourcequota, serviceaccount: each is asked": (
        "ServiceAccount secrets",
        "core.v1.LimitRangeSpec limits",
        "core.v1.ResourceQuotaSpec scopes",
        "core.v1.ScopeSelector matchExpressions",
        "core.v1.ScopedResourceSelectorRequirement values",
    ),
    "pkg/volume/util, ContainsAccessMode: each is asked": (
        "core.v1.PersistentVolumeClaimSpec accessModes",
    ),
    "k8s.io/apimachinery/pkg/labels, Requirement: all must hold, values are a set": (
        "meta.v1.LabelSelector matchExpressions",
        "meta.v1.LabelSelectorRequirement values",
    ),
    "API reference, ObjectMeta.finalizers: may be processed in any order": (
        "meta.v1.ObjectMeta finalizers",
    ),
    "API reference, Ingress: matched by host, and by the longest path": (
        "networking.v1.HTTPIngressRuleValue paths",
        "networking.v1.IngressSpec rules",
        "networking.v1.IngressSpec tls",
        "networking.v1.IngressTLS hosts",
    ),
    "API reference, NetworkPolicy: rules, peers and ports are alternatives": (
        "networking.v1.IPBlock except",
        "networking.v1.NetworkPolicyEgressRule ports",
        "networking.v1.NetworkPolicyEgressRule to",
        "networking.v1.NetworkPolicyIngressRule from",
        "networking.v1.NetworkPolicyIngressRule ports",
        "networking.v1.NetworkPolicySpec egress",
        "networking.v1.NetworkPolicySpec ingress",
        "networking.v1.NetworkPolicySpec policyTypes",
    ),
    "pkg/controller/statefulset/stateful_set_utils.go, getPersistentVolumeClaims: a map by name": (
        "apps.v1.StatefulSetSpec volumeClaimTemplates",
    ),
    "pkg/registry/rbac/validation: rules and their lists are alternatives": (
        "Role rules",
        "RoleBinding subjects",
        "rbac.v1.PolicyRule apiGroups",
        "rbac.v1.PolicyRule nonResourceURLs",
        "rbac.v1.PolicyRule resourceNames",
        "rbac.v1.PolicyRule resources",
        "rbac.v1.PolicyRule verbs",
    ),
    "k8s.io/dynamic-resource-allocation/structured: all must be met, each by its name": (
        "resource.v1.DeviceClaim config",
        "resource.v1.DeviceClaim constraints",
        "resource.v1.DeviceClaim requests",
        "resource.v1.DeviceClaimConfiguration requests",
        "resource.v1.DeviceConstraint requests",
        "resource.v1.DeviceSubRequest selectors",
        "resource.v1.DeviceSubRequest tolerations",
        "resource.v1.ExactDeviceRequest selectors",
        "resource.v1.ExactDeviceRequest tolerations",
    ),
}
"""Lists that the OpenAPI documents call atomic, or nothing, and which a component reads so."""

ORDER_MEANS_NOTHING = frozenset(field for fields in _FREE.values() for field in fields)

DOUBLES_COUNT = frozenset(
    {
        "autoscaling.v2.HorizontalPodAutoscalerSpec metrics",
        "core.v1.NodeAffinity preferredDuringSchedulingIgnoredDuringExecution",
        "core.v1.PodAffinity preferredDuringSchedulingIgnoredDuringExecution",
        "core.v1.PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution",
        "resource.v1.DeviceClaim requests",
    }
)
"""Of these, the ones in which an item that stands there twice counts twice."""


def is_rightly_nothing(trial: Trial) -> bool:
    """Whether the API's documents, or a component's source, say that a change means nothing."""
    field = f"{trial.place.type} {trial.place.field}"
    whole = f"{trial.kind} {field}"
    if any(
        re.search(rf"(^| ){pattern}$", whole) for pattern in (*WRITTEN_BY_THE_SERVER, *REPEATED)
    ):
        return True
    if trial.done == "removed":
        return field in WITHOUT_IT
    if trial.done == "reversed":
        return field not in ORDER_COUNTS and (
            _has_keys(trial.place.schema) or field in ORDER_MEANS_NOTHING
        )
    if trial.done == "doubled":
        means_nothing = _has_keys(trial.place.schema) or field in ORDER_MEANS_NOTHING
        return means_nothing and field not in DOUBLES_COUNT
    return False


def _has_keys(schema: dict[str, Any]) -> bool:
    """Whether the documents call a list a set or a map: the server refuses doubles in it.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
    """
    return schema.get("x-kubernetes-list-type") in ("set", "map")
