"""What a rule may know of an object's environment: its own side, never the other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec
from attrs import frozen

from driftcheck.model import (
    NAMESPACE,
    SECRET,
    Document,
    GroupKind,
    KindCoverage,
    ObjectReference,
    Origin,
    ReadStatus,
    Snapshot,
    group_of,
    unseen,
)
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._selectors import selectors_in

POD = GroupKind("", "Pod")
CONFIGURATION = GroupKind("serving.knative.dev", "Configuration")
DATABASE = GroupKind("postgresql.cnpg.io", "Cluster")
REVISION = GroupKind("serving.knative.dev", "Revision")
ROLLOUT = GroupKind("argoproj.io", "Rollout")
DEPLOYMENT_CONFIG = GroupKind("apps.openshift.io", "DeploymentConfig")
SERVICE = GroupKind("", "Service")
CONTROLLER_REVISION = GroupKind("apps", "ControllerRevision")
AUTOSCALER = GroupKind("autoscaling", "HorizontalPodAutoscaler")
SCALED_OBJECT = GroupKind("keda.sh", "ScaledObject")
STATEFUL_SET = GroupKind("apps", "StatefulSet")
VOLUME_CLAIM = GroupKind("", "PersistentVolumeClaim")
LIMIT_RANGE = GroupKind("", "LimitRange")
_RULES_OF_RUNS = ("runs", "certificate-requests")
SERVICE_ACCOUNT = GroupKind("", "ServiceAccount")
_SECRET_ACCOUNT = "kubernetes.io/service-account.name"  # noqa: S105 - an annotation
TOKEN_SECRET = "openshift.io/token-secret.name"  # noqa: S105 - an annotation
KAPP_APP = "kapp.k14s.io/app"
_INSTANTIATE = "cronjob.kubernetes.io/instantiate"
_RELEASE_NAME = re.compile(rb'"(sh\.helm\.release\.v1\.[^"\\]+)"')
_NOT_SAID = ("name", "managedFields")
ORDINAL = re.compile(r"0|[1-9][0-9]{0,9}")

ContainerLimits = Mapping[str, Mapping[str, Collection[Any]]]
"""By `limits` or `requests`, and by resource, the values that LimitRanges give."""


@frozen
class Surroundings:
    """One environment, as far as single objects depend on it.

    Args:
        origin: Whether it was seen in a cluster or read from manifests.
        namespace: The environment's own namespace; empty where it has none.
        by_uid: The objects that were captured, by uid.
        documents: The objects that were captured, by reference.
        claims: Whose volume claims are named so, and with which ordinals behind the name.
        newest_revisions: The newest ControllerRevision of each object that has any, by its uid.
        autoscaled: The workloads whose replicas an autoscaler holds in every compared environment.
        container_limits: What LimitRanges give to containers.
        runs: The kinds of single runs, whose objects are not asked for.
        has_secrets: Whether it is known which Secrets there are.
        unseen: The kinds that could not be read; `*` stands for all of its group.
        called: What objects that some environment knows by another name are compared by.
        pod_addresses: The addresses of the pods that were captured; None where they were not read.
    """

    origin: Origin
    namespace: str
    by_uid: Mapping[str, Document]
    documents: Mapping[ObjectReference, Document]
    claims: Mapping[str, tuple[ObjectReference, range]]
    newest_revisions: Mapping[str, Document]
    autoscaled: frozenset[ObjectReference]
    container_limits: ContainerLimits
    runs: frozenset[GroupKind]
    pod_addresses: frozenset[str] | None
    has_secrets: bool
    unseen: frozenset[GroupKind]
    called: Mapping[ObjectReference, ObjectReference]

    @cached_property
    def _selectors(self) -> Mapping[GroupKind | None, frozenset[str]]:
        return selectors_in(self.documents.values())

    def selects(self, document: Document, label: str) -> bool:
        """Whether a selector may pick the object by a label of this name."""
        kinds = (document.kind, None)
        return any(label in self._selectors.get(kind, ()) for kind in kinds)

    @cached_property
    def named_releases(self) -> frozenset[str]:
        """The Secrets of Helm's that some object names, and so may read."""
        return frozenset(
            found.decode()
            for document in self.documents.values()
            for found in _RELEASE_NAME.findall(_said_by(document))
        )

    @cached_property
    def routed_revisions(self) -> frozenset[str]:
        """The Revisions that Knative's Routes and Services lead to, or have led to.

        https://knative.dev/docs/serving/traffic-management/
        """
        return frozenset(
            str(target["revisionName"])
            for document in self.documents.values()
            if document.reference.group == REVISION.group
            for field in ("spec", "status")
            for target in maps_in(inside(document.body, field), "traffic")
            if "revisionName" in target
        )

    @property
    def namespace_object(self) -> Mapping[str, Any]:
        """The Namespace itself; empty where it was not captured."""
        document = self.documents.get(ObjectReference(*NAMESPACE, self.namespace))
        return document.body if document else {}

    @cached_property
    def pull_secrets(self) -> Mapping[str, str]:
        """By the name of a token, that of the pull Secret which OpenShift made of it.

        `createDockerPullSecret` in pkg/serviceaccounts/controllers of openshift-controller-manager
        """
        return {
            str(inside(document.metadata, "annotations")[TOKEN_SECRET]): reference.name
            for reference, document in self.documents.items()
            if reference.group_kind == SECRET
            and TOKEN_SECRET in inside(document.metadata, "annotations")
        }

    @cached_property
    def kapp_app(self) -> str | None:
        """The app that all objects are of which kapp deployed; None where it deployed several.

        None also where a policy picks objects by it, or a pod reads its own labels.

        kapp marks each of them: https://carvel.dev/kapp/docs/latest/config/#ownershiplabelrules
        """
        apps = {
            str(inside(document.metadata, "labels")[KAPP_APP])
            for document in self.documents.values()
            if KAPP_APP in inside(document.metadata, "labels")
        }
        if len(apps) != 1 or any(map(_picks_by_app, self.documents.values())):
            return None
        return apps.pop()

    def controller_of(self, document: Document) -> Document | None:
        """The captured object that manages this one, as its controller reference claims.

        A Job that `kubectl create job --from` made belongs to who made it, not to its CronJob.
        https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
        """
        owners = maps_in(document.metadata, "ownerReferences")
        if not owners or _is_made_by_hand(document):
            return None
        for owner in owners:
            if owner.get("controller") is True:
                found = self.by_uid.get(str(owner.get("uid", "")))
                is_meant = found and found.reference == referred(owner)
                return found if is_meant and found is not document else None
        return None

    def owners_of(self, document: Document) -> Iterator[Document]:
        """The captured objects that this one says it belongs to, whether they manage it or not."""
        for owner in maps_in(document.metadata, "ownerReferences"):
            found = self.by_uid.get(str(owner.get("uid", "")))
            if found and found.reference == referred(owner):
                yield found

    def account(self, name: str) -> Mapping[str, Any]:
        """A ServiceAccount; empty where it was not captured."""
        document = self.documents.get(ObjectReference(*SERVICE_ACCOUNT, name))
        return document.body if document else {}

    def denies_token(self, account: str) -> bool:
        """Whether a ServiceAccount says that its pods get no token."""
        return self.account(account).get("automountServiceAccountToken") is False

    def secret_account(self, name: str) -> str | None:
        """Whose token or pull Secret a Secret says it is; None where nobody knows.

        One that is not there, though Secrets were read, is nobody's.
        """
        secret = self.documents.get(ObjectReference(*SECRET, name))
        if secret is None:
            return "" if self.has_secrets else None
        return str(inside(secret.metadata, "annotations").get(_SECRET_ACCOUNT, ""))

    def is_of_api_server(self, document: Document) -> bool:
        """Whether this says where the API server itself is, as each writes it into `default`.

        https://github.com/kubernetes/kubernetes/tree/master/pkg/controlplane/reconcilers
        """
        return (self.namespace, document.reference.name) == ("default", "kubernetes")

    def reads_config_map(self, name: str) -> bool:
        """Whether any pod takes variables or files from a ConfigMap, so that it has to be there.

        https://kubernetes.io/docs/concepts/configuration/configmap/#using-configmaps
        """
        return any(
            reference.get("name") == name
            for document in self.documents.values()
            for found in _maps_in(document.body)
            for field in ("configMapRef", "configMapKeyRef", "configMap")
            if (reference := inside(found, field))
        )

    def claimant_of(self, name: str) -> ObjectReference | None:
        """The StatefulSet that makes claims of this name.

        https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage
        """
        stem, _, ordinal = name.rpartition("-")
        stateful_set, ordinals = self.claims.get(stem, (None, range(0)))
        is_one_of_them = ORDINAL.fullmatch(ordinal) and int(ordinal) in ordinals
        return stateful_set if is_one_of_them else None


def _is_made_by_hand(document: Document) -> bool:
    return inside(document.metadata, "annotations").get(_INSTANTIATE) == "manual"


def _said_by(document: Document) -> bytes:
    """What an object says, as text, but for what it is called, and who wrote it."""
    metadata = {key: said for key, said in document.metadata.items() if key not in _NOT_SAID}
    return msgspec.json.encode({**document.body, "metadata": metadata})


def referred(reference: Mapping[str, Any]) -> ObjectReference:
    """The object that a reference with a version, a kind and a name means."""
    group = group_of(str(reference.get("apiVersion", "")))
    return ObjectReference(group, str(reference.get("kind", "")), str(reference.get("name", "")))


def surroundings(
    snapshot: Snapshot,
    autoscaled: frozenset[ObjectReference],
    called: Mapping[ObjectReference, ObjectReference],
) -> Surroundings:
    """What the rules may know of a snapshot."""
    return Surroundings(
        origin=snapshot.origin,
        namespace=snapshot.namespace or "",
        by_uid={document.uid: document for document in snapshot.documents if document.uid},
        documents={document.reference: document for document in snapshot.documents},
        claims=dict(_claims(snapshot.documents)),
        newest_revisions=_newest_revisions(snapshot.documents),
        autoscaled=autoscaled,
        container_limits=_container_limits(snapshot.documents),
        runs=frozenset(row.group_kind for row in snapshot.coverage if _is_of_runs(row)),
        pod_addresses=_pod_addresses(snapshot),
        has_secrets=any(row.group_kind == SECRET and row.was_seen for row in snapshot.coverage),
        unseen=unseen(row for row in snapshot.coverage if not row.is_left_out),
        called=called,
    )


def _pod_addresses(snapshot: Snapshot) -> frozenset[str] | None:
    """https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus.

    Pods of a file that have no status say no address, and may have any.
    """
    pods = [document for document in snapshot.documents if document.kind == POD]
    are_all_seen = snapshot.origin is Origin.CLUSTER and any(
        row.group_kind == POD and row.is_complete for row in snapshot.coverage
    )
    statuses = [status for pod in pods if (status := inside(pod.body, "status"))]
    listed = {str(item.get("ip")) for status in statuses for item in maps_in(status, "podIPs")}
    single = {str(status["podIP"]) for status in statuses if status.get("podIP")}
    return frozenset(listed | single) if statuses or are_all_seen else None


def _container_limits(documents: Iterable[Document]) -> ContainerLimits:
    limits: dict[str, dict[str, list[Any]]] = {}
    for document in documents:
        if document.kind == LIMIT_RANGE:
            for item in maps_in(inside(document.body, "spec"), "limits"):
                for field, given in (("limits", "default"), ("requests", "defaultRequest")):
                    for name, value in inside(item, given).items():
                        if item.get("type") == "Container":
                            limits.setdefault(field, {}).setdefault(name, []).append(value)
    return limits


def _is_of_runs(row: KindCoverage) -> bool:
    """Whether a kind is served here, and left out as single runs or steps on the way."""
    rule = str(row.reason).partition(":")[0]
    return row.status is ReadStatus.EXCLUDED and rule in _RULES_OF_RUNS


def _newest_revisions(documents: Iterable[Document]) -> dict[str, Document]:
    """https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/."""
    newest: dict[str, Document] = {}
    for document in documents:
        if document.kind == CONTROLLER_REVISION:
            for owner in maps_in(document.metadata, "ownerReferences"):
                known = newest.get(uid := str(owner.get("uid")))
                is_newest = known is None or _revision(document) > _revision(known)
                if owner.get("controller") and is_newest:
                    newest[uid] = document
    return newest


def _revision(document: Document) -> int:
    number = document.body.get("revision")
    return number if isinstance(number, int) else 0


def _claims(
    documents: Iterable[Document],
) -> Iterator[tuple[str, tuple[ObjectReference, range]]]:
    """The names of the claims that StatefulSets make, but for the ordinals of their replicas."""
    for document in documents:
        if document.kind != STATEFUL_SET:
            continue
        spec = inside(document.body, "spec")
        first, replicas = inside(spec, "ordinals").get("start", 0), spec.get("replicas", 1)
        if type(first) is int and type(replicas) is int:
            for template in maps_in(spec, "volumeClaimTemplates"):
                stem = f"{inside(template, 'metadata').get('name')}-{document.reference.name}"
                yield stem, (document.reference, range(first, first + replicas))


def _picks_by_app(document: Document) -> bool:
    """Whether kapp's label decides something that kapp does not write."""
    if document.reference.kind.endswith("NetworkPolicy"):
        return any(KAPP_APP in found for found in _maps_in(document.body.get("spec")))
    read = (str(found.get("fieldPath", "")) for found in _maps_in(document.body.get("spec")))
    return any(path == "metadata.labels" or KAPP_APP in path for path in read)


def _maps_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every map in an object, at whatever depth."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            yield found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
