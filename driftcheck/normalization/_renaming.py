"""Declared renamings: objects and references to them, under the baseline's names.

Only what stands on both sides is renamed: an object under the baseline's name there and
under the other name here. Everything else keeps the name it has.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from driftcheck.model import Document, GroupKind, ObjectReference, Renaming, Snapshot, group_of
from driftcheck.normalization._generated_names import REFERENCES, without_hash
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._schema import ANY, ListOf, MapOf, Schema, Struct, Type
from driftcheck.normalization._shape import pod_spec_or
from driftcheck.normalization._surroundings import SERVICE, STATEFUL_SET, VOLUME_CLAIM

Names = Mapping[ObjectReference, str]
"""The baseline's name of each object that is renamed."""

_IsMeant = Callable[[ObjectReference], bool]
"""Whether a reference may mean an object."""


def with_baseline_names(
    snapshot: Snapshot, baseline: Snapshot, renamings: Iterable[Renaming]
) -> tuple[Snapshot, int]:
    """Call objects what the baseline calls them, in typed references too.

    Args:
        snapshot: Another environment than the baseline.
        baseline: The baseline.
        renamings: What is declared, the first that fits counts.

    Returns:
        The snapshot, and how many of its objects have another name now.
    """
    names = _names(snapshot, baseline, tuple(renamings))
    if not names:
        return snapshot, 0
    names |= dict(_claims_of(snapshot.documents, names))
    renamer = _Renamer(names, snapshot.namespace or "", Schema(snapshot.schemas))
    documents = tuple(sorted(map(renamer.document, snapshot.documents), key=_reference))
    return evolve(snapshot, documents=documents), len(names)


def _reference(document: Document) -> ObjectReference:
    return document.reference


def _names(
    snapshot: Snapshot, baseline: Snapshot, renamings: tuple[Renaming, ...]
) -> dict[ObjectReference, str]:
    ours = {document.reference for document in baseline.documents}
    wanted = ours | {without_hash(reference) for reference in ours}
    taken = {document.reference for document in snapshot.documents}
    names: dict[ObjectReference, str] = {}
    for document in snapshot.documents:
        reference = document.reference
        for renaming in renamings:
            name = renaming.baseline_name(reference)
            renamed = reference._replace(name=name or "")
            if name and renamed not in taken and {renamed, without_hash(renamed)} & wanted:
                names[reference] = name
                taken.add(renamed)
                break
    return names


def _claims_of(
    documents: Iterable[Document], names: Names
) -> Iterator[tuple[ObjectReference, str]]:
    """The volume claims of renamed StatefulSets, `data-web-0`, which bear their names."""
    stems: dict[str, str] = {}
    for document in documents:
        if document.reference in names and document.reference.group_kind == STATEFUL_SET:
            for template in maps_in(inside(document.body, "spec"), "volumeClaimTemplates"):
                stem = f"{inside(template, 'metadata').get('name')}-"
                stems[stem + document.reference.name] = stem + names[document.reference]
    for document in documents:
        stem, _, ordinal = document.reference.name.rpartition("-")
        if document.reference.group_kind == VOLUME_CLAIM and stem in stems and ordinal.isdigit():
            yield document.reference, f"{stems[stem]}-{ordinal}"


@frozen
class _Renamer:
    """Renames the objects of one environment.

    Args:
        names: What the baseline calls them.
        namespace: The environment's own namespace; empty where it has none.
        schema: The types of its objects.
        by_name: The objects that are renamed, by the name they have here.
    """

    names: Names
    namespace: str
    schema: Schema
    by_name: Mapping[str, list[ObjectReference]] = field(init=False)

    @by_name.default
    def _by_name(self) -> Mapping[str, list[ObjectReference]]:
        by_name: dict[str, list[ObjectReference]] = defaultdict(list)
        for reference in self.names:
            by_name[reference.name].append(reference)
        return dict(by_name)

    def document(self, document: Document) -> Document:
        """The document under its name in the baseline, with its references."""
        seen = document.reference
        type_ = self.schema.of(seen.group, document.version, seen.kind)
        metadata = {**document.metadata, "name": self.names.get(seen, seen.name)}
        if "ownerReferences" in metadata:
            metadata["ownerReferences"] = self._renamed(metadata["ownerReferences"], ANY)
        content = self._renamed({**document.body, "metadata": {}}, type_)
        return Document({**content, "metadata": metadata})

    def _renamed(self, value: Any, type_: Type) -> Any:
        if isinstance(value, dict):
            return self._map(value, pod_spec_or(type_, value))
        if isinstance(value, list):
            of = type_.items if isinstance(type_, ListOf) else ANY
            return [self._renamed(item, of) for item in value]
        return self._in_hosts(value) if isinstance(value, str) else value

    def _map(self, value: dict[str, Any], type_: Type) -> dict[str, Any]:
        if isinstance(type_, MapOf):
            return {key: self._renamed(item, type_.values) for key, item in value.items()}
        fields, name = (type_.fields, type_.name) if isinstance(type_, Struct) else ({}, "")
        renamed = {key: self._renamed(item, fields.get(key, ANY)) for key, item in value.items()}
        for key, kind in REFERENCES.get(name, ()):
            self._rename(renamed, key, _is_of(kind))
        if "kind" in renamed and renamed.get("namespace") in (None, "", self.namespace):
            self._rename(renamed, "name", _is_of_kind_in(renamed))
        if isinstance(renamed.get("resourceNames"), list):
            self._rename_resources(renamed)
        return renamed

    def _rename(self, value: dict[str, Any], key: str, is_meant: _IsMeant) -> None:
        name = value.get(key)
        if isinstance(name, str):
            value[key] = self._name(name, is_meant)

    def _name(self, name: str, is_meant: _IsMeant) -> str:
        """The baseline's name of the object that a name means."""
        meant = filter(is_meant, self.by_name.get(name, ()))
        return next((self.names[reference] for reference in meant), name)

    def _rename_resources(self, rule: dict[str, Any]) -> None:
        """https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources."""
        resources = rule.get("resources") or ()
        rule["resourceNames"] = [
            self._name(name, lambda known: _plural(known.kind) in resources)
            for name in rule["resourceNames"]
        ]

    def _in_hosts(self, text: str) -> str:
        """The text with renamed Services in cluster-local host names, `db.shop.svc`."""
        if not self.namespace or f".{self.namespace}.svc" not in text:
            return text
        return re.sub(
            rf"(?<![A-Za-z0-9-])[a-z0-9-]+(?=\.{re.escape(self.namespace)}\.svc(?![A-Za-z0-9-]))",
            lambda found: self._name(found[0], _is_of(SERVICE)),
            text,
        )


def _is_of(kind: GroupKind) -> _IsMeant:
    return lambda known: known.group_kind == kind


def _is_of_kind_in(reference: Mapping[str, Any]) -> _IsMeant:
    """Whether an object is of the kind that a reference with a kind means."""
    version = reference.get("apiVersion")
    group = group_of(version) if isinstance(version, str) else reference.get("apiGroup")
    kind = reference["kind"]
    return lambda known: known.kind == kind and group in (None, "", known.group)


def _plural(kind: str) -> str:
    """https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology."""
    name = kind.lower()
    if name.endswith("s"):
        return name if name == "endpoints" else f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("cy") else f"{name}s"
