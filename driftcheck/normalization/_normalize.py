"""The steps that turn a snapshot into a state, in their order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from attrs import evolve, frozen

from driftcheck.images import NO_MIRRORS, Mirrors
from driftcheck.model import (
    EXCLUDED_KINDS,
    NAMESPACE,
    NAMESPACE_TOKEN,
    ONLY_KINDS,
    ONLY_SELECTED,
    SECRET,
    Contents,
    Document,
    FieldPath,
    GroupKind,
    LeftOut,
    Node,
    Object,
    ObjectReference,
    Origin,
    Owner,
    Pick,
    Scope,
    Snapshot,
    State,
    managers_of,
    with_exclusions,
)
from driftcheck.normalization import (
    _certificates,
    _claims,
    _controllers,
    _encrypted,
    _generated,
    _metadata,
    _pods,
    _server_fields,
    _services,
)
from driftcheck.normalization._certificates import PUBLISHED, ROOT_CERTIFICATE
from driftcheck.normalization._choices import Picks
from driftcheck.normalization._doubts import doubts
from driftcheck.normalization._exclusions import OF_OWNERS, exclusion
from driftcheck.normalization._generated_names import fits_its_name, is_hashed
from driftcheck.normalization._generators import TARGET_GROUP_BINDING
from driftcheck.normalization._inside import inside
from driftcheck.normalization._known import Known, Normalized, Recognition, Steps
from driftcheck.normalization._makers import ENDPOINTS, JOB
from driftcheck.normalization._metadata import Content
from driftcheck.normalization._narrowing import OUTDATED, narrowing
from driftcheck.normalization._owners import SEALED_SECRET, generated_stem, owner_of
from driftcheck.normalization._references import CONFIG_MAP, Names
from driftcheck.normalization._running import NOTHING_KNOWN, running_workloads
from driftcheck.normalization._schema import Schema
from driftcheck.normalization._shape import Shaper
from driftcheck.normalization._strays import strays_among
from driftcheck.normalization._surroundings import (
    DEPLOYMENT_CONFIG,
    POD,
    REVISION,
    SCALED_OBJECT,
    SERVICE,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    VOLUME_CLAIM,
    Surroundings,
    surroundings,
)
from driftcheck.platform import DEFINITION

ROLE_BINDING = GroupKind("rbac.authorization.k8s.io", "RoleBinding")
Found = TypeVar("Found")
EVERYTHING = Scope()
OWN_NAMES = Names()
DEFAULT_ACCOUNT = ObjectReference(*SERVICE_ACCOUNT, "default")
SOURCES = (CONFIG_MAP, SECRET)
"""What variables come from, of which what reads them asks even where it is not compared."""

OPTIONS = (ONLY_KINDS, EXCLUDED_KINDS, ONLY_SELECTED)
"""What leaves objects out since a person asks for less."""

IN_EVERY_NAMESPACE = (DEFAULT_ACCOUNT, ROOT_CERTIFICATE)
"""What every cluster makes in each Namespace; pristine, they are no evidence of anything."""
CLUSTER_MADE = frozenset({DEFAULT_ACCOUNT, *PUBLISHED})
"""What some clusters make in each Namespace."""


_ROLES = (
    ("annotations", "crossplane.io/composition-resource-name"),
    ("labels", "ingress.k8s.aws/stack-name"),
    ("labels", "networking.gke.io/service-port"),
    ("labels", "service.k8s.aws/stack-name"),
)
"""What an object is to the one that it was made for."""
_STEMS = {
    TARGET_GROUP_BINDING: "k8s-",
    GroupKind("networking.gke.io", "ServiceNetworkEndpointGroup"): "k8s1-",
}
"""By the kind of what has a hash of its cluster in its name, how such a name begins.

`buildTargetGroupName` in pkg/ingress of the AWS Load Balancer Controller, at 225f445;
`ensureSvcNegCR` in pkg/neg/manager.go and pkg/utils/namer of ingress-gce, at acbcf5d
"""


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


@frozen
class Picking:
    """One step that takes out what a server picked.

    Args:
        id: Its name in `rules`.
        take: Takes it out of the content, in place.
        kind: The kind it applies to.
    """

    id: str
    take: Callable[[Content, Document, Surroundings], Picks]
    kind: GroupKind


RULES = (
    Rule("controller-metadata", _metadata.drop_controller_annotations),
    Rule("controller-metadata", _metadata.drop_controller_labels),
    Rule("restart-marker", _metadata.drop_restart_markers),
    Rule("change-cause", _metadata.drop_change_cause),
    Rule("system-finalizers", _metadata.drop_system_finalizers),
    Rule("claim-retention", _claims.drop_retention_owner, VOLUME_CLAIM),
    Rule("owner-uid", _metadata.drop_owner_uids),
    Rule("service-account-alias", _server_fields.drop_account_alias),
    Rule("autoscaled-replicas", _server_fields.drop_held_replicas),
    Rule("service-allocations", _services.drop_repeated_address, SERVICE),
    Rule("default", _services.fill_families, SERVICE),
    Rule("volume-binding", _claims.drop_repeated_source, VOLUME_CLAIM),
    Rule("controller-metadata", _claims.drop_claim_notes, VOLUME_CLAIM),
    Rule("claim-template-status", _claims.drop_claim_template_status, STATEFUL_SET),
    Rule("job-identity", _server_fields.drop_job_identity, JOB),
    Rule("default", _server_fields.fill_job, JOB),
    Rule("default", _server_fields.fill_job_labels, JOB),
    Rule("default", _server_fields.fill_pod, POD),
    Rule("default", _server_fields.fill_host_ports),
    Rule("pod-runtime", _pods.drop_admitted, POD),
    Rule("pod-runtime", _pods.drop_network_notes, POD),
    Rule("pod-runtime", _pods.name_identity_volume, POD),
    Rule("sops", _encrypted.drop_sops),
    Rule("generated-references", _server_fields.drop_generated_references, SERVICE_ACCOUNT),
    Rule("service-account-token", _server_fields.read_invalidation, SECRET),
    Rule("cluster-certificate", _certificates.drop_published_certificate, CONFIG_MAP),
    Rule("namespace-spec", _server_fields.drop_namespace_spec, NAMESPACE),
    Rule("controller-metadata", _server_fields.drop_rancher_status, NAMESPACE),
    Rule("namespace", _server_fields.fill_subject_namespace, ROLE_BINDING),
    Rule("controller-metadata", _controllers.drop_own_name, SCALED_OBJECT),
    Rule("controller-metadata", _controllers.drop_input_hash, STATEFUL_SET),
    Rule("rollout-selectors", _controllers.drop_service_hash, SERVICE),
    Rule("rollout-selectors", _controllers.drop_subset_hash, _controllers.DESTINATION_RULE),
    Rule("kapp-labels", _controllers.read_kapp_labels),
    Rule("image-triggers", _controllers.drop_triggered_image, DEPLOYMENT_CONFIG),
    Rule("image-triggers", _controllers.drop_import_notes, _controllers.IMAGE_STREAM),
    Rule("external-secret-notes", _controllers.drop_external_secret_notes, SECRET),
    Rule("controller-metadata", _controllers.drop_notes_of_owner),
    Rule("namespace", _controllers.read_namespace_variable),
    Rule("controller-metadata", _controllers.drop_creation_notes),
    Rule("composed-names", _controllers.read_composed),
    Rule("composed-names", _controllers.read_external_name),
    Rule("revision-names", _controllers.read_revision),
    Rule("instance-names", _controllers.read_instance),
    Rule("uids", _controllers.read_uids),
)
PICKING = (
    Picking("service-allocations", _services.take_allocations, SERVICE),
    Picking("volume-binding", _claims.take_binding, VOLUME_CLAIM),
    Picking("pod-runtime", _pods.take_placement, POD),
    Picking("namespace-spec", _server_fields.take_ranges, NAMESPACE),
    Picking("service-account-token", _server_fields.take_generated_token, SECRET),
    Picking("pull-credential", _generated.take_pull_credential, SECRET),
    Picking("issued-certificate", _generated.take_certificate, SECRET),
    Picking("issued-certificate", _generated.take_serving_certificate, SECRET),
    Picking("issued-certificate", _generated.take_bundle, CONFIG_MAP),
    Picking("generated-configuration", _generated.take_configuration, SECRET),
    Picking("generated-configuration", _generated.take_configuration, CONFIG_MAP),
    Picking("generated-credentials", _generated.take_credentials, SECRET),
    Picking("revision-names", _generated.take_addresses, ENDPOINTS),
    Picking("generated-host", _generated.take_host, _generated.ROUTE),
    Picking("target-group", _generated.take_target_group, TARGET_GROUP_BINDING),
    Picking("rancher-project", _server_fields.take_project, NAMESPACE),
)
"""What servers pick, after every rule has said what else there is."""


def normalize(
    snapshot: Snapshot,
    *,
    environment: str,
    names: Names = OWN_NAMES,
    autoscaled: frozenset[ObjectReference] = frozenset(),
    scope: Scope = EVERYTHING,
    mirrors: Mirrors = NO_MIRRORS,
    contents: Contents = NOTHING_KNOWN,
    known: Known | None = None,
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
        known: What became of objects of the same comparison; None normalizes every one.

    Returns:
        Its objects without what servers and controllers write, the own namespace
        replaced by a token, and every list with its meaning.
    """
    around = surroundings(snapshot, frozenset(names.seen_of(autoscaled)), names.common)
    exclusions: dict[GroupKind, Counter[str]] = defaultdict(Counter)
    without_values = frozenset(row.group_kind for row in snapshot.coverage if row.lacks_values)
    schema = Schema(snapshot.schemas)
    steps: Steps = _AllSteps(around.namespace, schema, names, mirrors)
    if known is not None:
        has_mirrors = bool(mirrors.originals)
        steps = Recognition(known, steps, around, schema, names, has_mirrors).normalized
    normalizer = _Normalizer(around, steps, names, without_values)
    aside = _Normalizer(around, steps, names, without_values)
    narrowed = narrowing(scope, around, snapshot.coverage)
    objects: dict[ObjectReference, Object] = {}
    sources: dict[ObjectReference, Object] = {}
    left_out: dict[ObjectReference, LeftOut] = {}
    for document in snapshot.documents:
        kind = document.kind
        rule = (
            exclusion(document, around) or _outdated(document, names) or narrowed.excludes(document)
        )
        if rule is None:
            normalized = normalizer.object(document)
            if normalized.owner and narrowed.is_made_elsewhere(document):
                normalized = evolve(normalized, owner=None)
            objects[normalized.reference] = normalized
            continue
        exclusions[kind][rule] += 1
        left_out[names.of(document.reference)] = LeftOut(document, rule, rule in OF_OWNERS)
        narrowed.learn(document, rule)
        if kind in SOURCES and rule in OPTIONS:
            normalized = aside.object(document)
            sources[normalized.reference] = normalized
    for reference in IN_EVERY_NAMESPACE:
        if not scope.excluded_by(reference.group_kind, {}):
            objects.setdefault(reference, _pristine(reference))
    running = running_workloads(snapshot, around, contents, mirrors)
    strays = strays_among(snapshot.documents, around, aside.content)
    return State(
        environment=environment,
        origin=snapshot.origin,
        minor=snapshot.minor,
        namespace=around.namespace,
        seen={NAMESPACE_TOKEN: around.namespace, **names.seen},
        objects=objects,
        running=_compared(running, names, objects),
        coverage=tuple(
            with_exclusions(narrowed.row(row), environment, exclusions) for row in snapshot.coverage
        ),
        sources=sources,
        schemas=snapshot.schemas,
        secret_key_id=snapshot.secret_key_id,
        hits=normalizer.hits,
        strays=_compared(strays, names, objects),
        doubts={
            f"{said} in {environment}": names.of(document.reference)
            for document, said in doubts(snapshot, around, aside.content)
            if not narrowed.excludes(document)
        },
        namespace_uid=snapshot.namespace_uid,
        window=snapshot.window,
        left_out=left_out,
        definitions=dict(_definitions(snapshot)),
        declaration=snapshot.declaration,
    )


def _definitions(snapshot: Snapshot) -> Iterator[tuple[GroupKind, str]]:
    """What defines the kinds of custom resources, as far as it was seen outside."""
    for found in snapshot.platform.objects if snapshot.platform else ():
        if found.document.reference.group_kind == DEFINITION:
            spec = inside(found.document.body, "spec")
            kind = inside(spec, "names").get("kind")
            yield GroupKind(str(spec.get("group")), str(kind)), found.document.reference.name


def _compared(
    found: Mapping[ObjectReference, Found], names: Names, objects: Mapping[ObjectReference, Object]
) -> dict[ObjectReference, Found]:
    """What was found for each workload that is compared, by what that is called there."""
    return {
        names.of(workload): item
        for workload, item in found.items()
        if names.of(workload) in objects
    }


@cache
def _rules_of(kind: GroupKind) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.kind in (None, kind))


def _outdated(document: Document, names: Names) -> str | None:
    return OUTDATED if document.reference in names.outdated else None


class _AllSteps:
    """Every step, in its order, as one environment's objects go through them."""

    def __init__(self, namespace: str, schema: Schema, names: Names, mirrors: Mirrors) -> None:
        self._schema = schema
        self._hits: Counter[str] = Counter()
        self._shaper = Shaper(namespace, names, mirrors, self._hits)

    def __call__(
        self, body: Mapping[str, Any], document: Document, around: Surroundings
    ) -> Normalized:
        """What becomes of what an object says."""
        self._hits.clear()
        kind = document.kind
        content = self._shaped(body, document)
        for rule in _rules_of(kind):
            self._count(rule.id, rule.apply(content, document, around))
        picks: dict[FieldPath, Pick] = {}
        for picking in PICKING:
            if picking.kind == kind:
                found = dict(picking.take(content, document, around))
                self._count(picking.id, len(found))
                picks |= found
        return Normalized(content, picks, self._hits.copy())

    def _shaped(self, body: Mapping[str, Any], document: Document) -> Content:
        content = self._shaper.shape(body, self._schema.of(document))
        if document.kind == SECRET:
            _encrypted.mark_secret_values(content)
        if document.kind == SEALED_SECRET:
            _encrypted.mark_sealed_values(content, document)
        return dict(content)

    def _count(self, rule: str, hits: int) -> None:
        if hits:
            self._hits[rule] += hits


class _Normalizer:
    """Normalizes the objects of one snapshot, and counts what its rules do."""

    def __init__(
        self,
        around: Surroundings,
        steps: Steps,
        names: Names,
        without_values: frozenset[GroupKind],
    ) -> None:
        self.hits: Counter[str] = Counter()
        self._around = around
        self._steps = steps
        self._names = names
        self._without_values = without_values

    def object(self, document: Document) -> Object:
        """One document's object."""
        seen = document.reference
        normalized = self._normalized(document)
        owner = self._owner(document)
        return Object(
            reference=self._reference(seen),
            name=seen.name,
            version=document.version,
            content=normalized.content,
            fingerprint=normalized.fingerprint,
            picks=normalized.picks,
            series=_series(document, owner, self._around),
            owner=owner,
            fits_its_name=fits_its_name(document) if is_hashed(seen) else None,
            is_declared=self._around.origin is Origin.MANIFESTS and document.uid is None,
            managed_fields=managers_of(document.metadata),
            is_metadata_only=seen.group_kind in self._without_values,
            is_pristine=seen in CLUSTER_MADE and normalized.fingerprint == _NOTHING.fingerprint,
            document=document,
        )

    def content(self, document: Document) -> Mapping[str, Node]:
        """What counts of one document."""
        return self._normalized(document).content

    def _normalized(self, document: Document) -> Normalized:
        body = self._without_server_fields(document.body)
        normalized = self._steps(body, document, self._around)
        self.hits.update(normalized.hits)
        return normalized

    def _without_server_fields(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Everything but the identity, the status, and what a server keeps in the metadata."""
        unwanted = {"apiVersion", "kind"}
        if "status" in body and isinstance(body["status"], Mapping | None):
            unwanted.add("status")
        kept = {key: value for key, value in body.items() if key not in unwanted}
        metadata = body["metadata"]
        kept["metadata"] = {
            key: value for key, value in metadata.items() if key not in _metadata.SERVER_FIELDS
        }
        self._count("status", "status" in unwanted)
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


_NOTHING = Normalized({"metadata": {}}, {}, Counter())


def _pristine(reference: ObjectReference) -> Object:
    content, fingerprint = _NOTHING.content, _NOTHING.fingerprint
    return Object(reference, reference.name, "v1", content, fingerprint, is_pristine=True)


def _series(document: Document, owner: Owner | None, around: Surroundings) -> str:
    """What the API server, or the object's owner, made its name of, and for which role.

    https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
    https://docs.crossplane.io/latest/composition/compositions/ and, of Knative's Revisions,
    https://github.com/knative/serving/blob/main/pkg/reconciler/configuration/configuration.go
    """
    kind = document.kind
    made_up = document.metadata.get("generateName") or generated_stem(document, around)
    stem = str(made_up or _STEMS.get(kind, ""))
    if kind == REVISION and owner:
        stem = f"{owner.reference.name}-"
    if not stem or not document.reference.name.startswith(stem):
        return ""
    roles = [str(inside(document.metadata, where).get(key, "")) for where, key in _ROLES]
    of = owner.reference if owner and kind not in _STEMS else ()
    return " ".join((stem, *of, *roles))
