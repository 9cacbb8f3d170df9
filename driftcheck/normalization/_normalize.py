"""The steps that turn a snapshot into a state, in their order."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import evolve, frozen

from driftcheck.images import NO_MIRRORS, Mirrors
from driftcheck.model import (
    NAMESPACE,
    NAMESPACE_TOKEN,
    ONLY_KINDS,
    SECRET,
    Contents,
    Document,
    GroupKind,
    KindCoverage,
    Node,
    Object,
    ObjectReference,
    Origin,
    Owner,
    ReadStatus,
    Scope,
    SecretValue,
    Snapshot,
    State,
    canonical_bytes,
    with_exclusions,
)
from driftcheck.normalization import _metadata, _server_fields
from driftcheck.normalization._doubts import doubts
from driftcheck.normalization._exclusions import exclusion
from driftcheck.normalization._generated_names import fits_its_name, is_hashed
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._metadata import Content
from driftcheck.normalization._owners import owner_of
from driftcheck.normalization._references import CONFIG_MAP, SERVICE_ACCOUNT, Names
from driftcheck.normalization._running import NOTHING_KNOWN, running_pods, running_workloads
from driftcheck.normalization._schema import Schema
from driftcheck.normalization._shape import Shaper
from driftcheck.normalization._strays import strays_among
from driftcheck.normalization._surroundings import (
    POD,
    SERVICE,
    STATEFUL_SET,
    VOLUME_CLAIM,
    Surroundings,
    surroundings,
)

JOB = GroupKind("batch", "Job")
REVISION = GroupKind("serving.knative.dev", "Revision")
SEALED_SECRET = GroupKind("bitnami.com", "SealedSecret")
FINGERPRINT_PREFIX = "hmac-sha256:"

Found = TypeVar("Found")
EVERYTHING = Scope()
OWN_NAMES = Names()
DEFAULT_ACCOUNT = ObjectReference(*SERVICE_ACCOUNT, "default")
ROOT_CERTIFICATE = ObjectReference(*CONFIG_MAP, "kube-root-ca.crt")
IN_EVERY_NAMESPACE = (DEFAULT_ACCOUNT, ROOT_CERTIFICATE)
"""What the cluster makes in each Namespace; pristine, they are no evidence of anything."""


_ROLE = "crossplane.io/composition-resource-name"
"""What an object is to the one that it was composed for."""


@frozen
class Rule:
    """One normalization step.

    Args:
        id: Its name in `rules`.
        apply: Edits the content in place, and says how often it did.
        kind: The only kind it applies to; None stands for every kind.
    """

    id: str
    apply: Callable[[Content, Document, Surroundings], int]
    kind: GroupKind | None = None


RULES = (
    Rule("controller-metadata", _metadata.drop_controller_annotations),
    Rule("controller-metadata", _metadata.drop_controller_labels),
    Rule("restart-marker", _metadata.drop_restart_markers),
    Rule("change-cause", _metadata.drop_change_cause),
    Rule("system-finalizers", _metadata.drop_system_finalizers),
    Rule("owner-uid", _metadata.drop_owner_uids),
    Rule("service-account-alias", _server_fields.drop_account_alias),
    Rule("autoscaled-replicas", _server_fields.drop_held_replicas),
    Rule("service-allocations", _server_fields.drop_service_allocations, SERVICE),
    Rule("volume-binding", _server_fields.drop_volume_binding, VOLUME_CLAIM),
    Rule("claim-template-status", _server_fields.drop_claim_template_status, STATEFUL_SET),
    Rule("job-identity", _server_fields.drop_job_identity, JOB),
    Rule("default", _server_fields.fill_job, JOB),
    Rule("default", _server_fields.fill_job_labels, JOB),
    Rule("default", _server_fields.fill_pod, POD),
    Rule("default", _server_fields.fill_host_ports),
    Rule("pod-runtime", _server_fields.drop_pod_runtime, POD),
    Rule("pod-runtime", _server_fields.drop_pod_marks, POD),
    Rule("injected", _server_fields.drop_injected, POD),
    Rule("sealed-values", _server_fields.hide_sealed_values, SEALED_SECRET),
    Rule("generated-references", _server_fields.drop_generated_references, SERVICE_ACCOUNT),
    Rule("service-account-token", _server_fields.drop_generated_token, SECRET),
    Rule("cluster-certificate", _server_fields.drop_cluster_certificate, CONFIG_MAP),
    Rule("namespace-spec", _server_fields.drop_namespace_spec, NAMESPACE),
)


def normalize(
    snapshot: Snapshot,
    *,
    environment: str,
    names: Names = OWN_NAMES,
    autoscaled: frozenset[ObjectReference] = frozenset(),
    scope: Scope = EVERYTHING,
    mirrors: Mirrors = NO_MIRRORS,
    contents: Contents = NOTHING_KNOWN,
) -> State:
    """Say what a snapshot means.

    Args:
        snapshot: What was seen.
        environment: The environment's name in the result.
        names: What its objects are called in the comparison.
        autoscaled: The workloads, as they are called there, whose replicas an autoscaler holds
            on every compared side.
        scope: Which of the objects to compare.
        mirrors: Which registries are copies of others.
        contents: What registries know of the images that run.

    Returns:
        Its objects without what servers and controllers write, the own namespace
        replaced by a token, and every list with its meaning.
    """
    around = surroundings(snapshot, frozenset(names.seen_of(autoscaled)))
    exclusions: dict[GroupKind, Counter[str]] = defaultdict(Counter)
    normalizer = _Normalizer(around, Schema(snapshot.schemas), names, mirrors)
    objects: dict[ObjectReference, Object] = {}
    for document in snapshot.documents:
        rule = (
            exclusion(document, around)
            or _outdated(document, names)
            or _out_of_scope(document, scope)
        )
        if rule:
            exclusions[document.reference.group_kind][rule] += 1
        else:
            normalized = normalizer.object(document)
            objects[normalized.reference] = normalized
    for reference in IN_EVERY_NAMESPACE:
        if not scope.excluded_by(reference.group_kind, {}):
            objects.setdefault(reference, _pristine(reference))
    running = running_workloads(snapshot, around, contents, mirrors)
    pods = [pod for made in running_pods(snapshot, around).values() for pod in made]
    aside = _Normalizer(around, normalizer.schema, names, mirrors)
    strays = strays_among(pods, around, aside.content)
    return State(
        environment=environment,
        origin=snapshot.origin,
        minor=snapshot.minor,
        namespace=around.namespace,
        seen={NAMESPACE_TOKEN: around.namespace, **names.seen},
        objects=objects,
        running=_compared(running, names, objects),
        coverage=tuple(
            with_exclusions(_narrowed(row, scope), environment, exclusions)
            for row in snapshot.coverage
        ),
        secret_key_id=snapshot.secret_key_id,
        hits=normalizer.hits,
        strays=_compared(strays, names, objects),
        doubts=tuple(
            f"{said} in {environment}" for said in doubts(snapshot, around, aside.content)
        ),
    )


def _compared(
    found: Mapping[ObjectReference, Found], names: Names, objects: Mapping[ObjectReference, Object]
) -> dict[ObjectReference, Found]:
    """What was found for each workload that is compared, by what that is called there."""
    return {
        names.of(workload): item
        for workload, item in found.items()
        if names.of(workload) in objects
    }


def _narrowed(row: KindCoverage, scope: Scope) -> KindCoverage:
    """The row, as one that was left out where the comparison is not about its kind."""
    if scope.includes(row.group_kind):
        return row
    return evolve(row, status=ReadStatus.EXCLUDED, reason=ONLY_KINDS)


def _outdated(document: Document, names: Names) -> str | None:
    return "outdated-generation" if document.reference in names.outdated else None


def _out_of_scope(document: Document, scope: Scope) -> str | None:
    labels = inside(document.metadata, "labels")
    return scope.excluded_by(document.reference.group_kind, labels)


class _Normalizer:
    """Normalizes the objects of one snapshot, and counts what its rules do."""

    def __init__(
        self,
        around: Surroundings,
        schema: Schema,
        names: Names,
        mirrors: Mirrors,
    ) -> None:
        self.hits: Counter[str] = Counter()
        self._around = around
        self.schema = schema
        self._names = names
        self._shaper = Shaper(around.namespace, names, mirrors, self.hits)

    def object(self, document: Document) -> Object:
        """One document's object."""
        seen = document.reference
        content = self.content(document)
        owner = self._owner(document)
        return Object(
            reference=self._reference(seen),
            name=seen.name,
            version=document.version,
            content=content,
            fingerprint=fingerprint(content),
            series=_series(document, owner),
            owner=owner,
            fits_its_name=fits_its_name(document) if is_hashed(seen) else None,
            is_declared=self._around.origin is Origin.MANIFESTS and document.uid is None,
            managed_fields=maps_in(document.metadata, "managedFields"),
            is_metadata_only=_is_metadata_only(document),
            is_pristine=seen in IN_EVERY_NAMESPACE and fingerprint(content) == _NOTHING,
        )

    def content(self, document: Document) -> Content:
        """What counts of one document."""
        kind = document.reference.group_kind
        content = self._shaped(document)
        for rule in RULES:
            if rule.kind is None or rule.kind == kind:
                self._count(rule.id, rule.apply(content, document, self._around))
        return content

    def _shaped(self, document: Document) -> Content:
        type_ = self.schema.of(document.reference.group, document.version, document.reference.kind)
        content = self._shaper.shape(self._without_server_fields(document.body), type_)
        if document.reference.group_kind == SECRET:
            _mark_secret_values(content)
        return dict(content)

    def _without_server_fields(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Everything but the identity, the status, and what a server keeps in the metadata."""
        kept = {
            key: value for key, value in body.items() if key not in ("apiVersion", "kind", "status")
        }
        metadata = body["metadata"]
        kept["metadata"] = {
            key: value for key, value in metadata.items() if key not in _metadata.SERVER_FIELDS
        }
        self._count("status", "status" in body)
        self._count("server-metadata", len(metadata) - len(kept["metadata"]))
        return kept

    def _reference(self, seen: ObjectReference) -> ObjectReference:
        if seen.group_kind == NAMESPACE:
            self._count("namespace", 1)
            return seen._replace(name=NAMESPACE_TOKEN)
        self._count("generated-name", seen in self._names.generated)
        return self._names.of(seen)

    def _owner(self, document: Document) -> Owner | None:
        owner = owner_of(document, self._around)
        return owner and evolve(owner, reference=self._names.of(owner.reference))

    def _count(self, rule: str, hits: int) -> None:
        if hits:
            self.hits[rule] += hits


def fingerprint(content: Mapping[str, Node]) -> str:
    """SHA-256 of the canonical content, `sha256:...`."""
    return f"sha256:{hashlib.sha256(canonical_bytes(content)).hexdigest()}"


_NOTHING = fingerprint({"metadata": {}})


def _pristine(reference: ObjectReference) -> Object:
    return Object(reference, reference.name, "v1", {"metadata": {}}, _NOTHING, is_pristine=True)


def _series(document: Document, owner: Owner | None) -> str:
    """What the API server, or the object's owner, made its name of, and for which role.

    https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
    https://docs.crossplane.io/latest/composition/compositions/ and, of Knative's Revisions,
    https://github.com/knative/serving/blob/main/pkg/reconciler/configuration/configuration.go
    """
    stem = str(document.metadata.get("generateName") or "")
    if document.reference.group_kind == REVISION and owner:
        stem = f"{owner.reference.name}-"
    if not stem or not document.reference.name.startswith(stem):
        return ""
    role = inside(document.metadata, "annotations").get(_ROLE, "")
    return " ".join((stem, *(owner.reference if owner else ()), str(role)))


def _is_metadata_only(document: Document) -> bool:
    """Whether this is a Secret without its type, which every server fills in."""
    return bool(
        document.reference.group_kind == SECRET and document.uid and "type" not in document.body
    )


def _mark_secret_values(content: Content) -> None:
    """Give fingerprints a type of their own, so that no report takes them for values."""
    for values in (inside(content, "data"), inside(content, "metadata", "annotations")):
        for key, value in values.items():
            if isinstance(value, str) and value.startswith(FINGERPRINT_PREFIX):
                values[key] = SecretValue(value)
