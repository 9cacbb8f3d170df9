"""The names of one environment's objects, and the fields that refer to objects by name.

Of an object that has another name elsewhere, each reference becomes a token, so
that it reads alike on every side, and like no name that anybody could write.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from driftcheck.model import (
    NAMESPACE_TOKEN,
    SECRET,
    GroupKind,
    Node,
    ObjectReference,
    Seen,
    group_of,
    name_token,
    without_hash,
)
from driftcheck.normalization._surroundings import SERVICE, SERVICE_ACCOUNT, VOLUME_CLAIM

CONFIG_MAP = GroupKind("", "ConfigMap")

REFERENCES: dict[str, tuple[tuple[str, GroupKind], ...]] = {
    "apps.v1.StatefulSetSpec": (("serviceName", SERVICE),),
    "core.v1.ConfigMapEnvSource": (("name", CONFIG_MAP),),
    "core.v1.ConfigMapKeySelector": (("name", CONFIG_MAP),),
    "core.v1.ConfigMapProjection": (("name", CONFIG_MAP),),
    "core.v1.ConfigMapVolumeSource": (("name", CONFIG_MAP),),
    "core.v1.LocalObjectReference": (("name", SECRET),),
    "core.v1.ObjectReference": (("name", SECRET),),
    "core.v1.PersistentVolumeClaimVolumeSource": (("claimName", VOLUME_CLAIM),),
    "core.v1.PodSpec": (
        ("serviceAccountName", SERVICE_ACCOUNT),
        ("serviceAccount", SERVICE_ACCOUNT),
    ),
    "core.v1.SecretEnvSource": (("name", SECRET),),
    "core.v1.SecretKeySelector": (("name", SECRET),),
    "core.v1.SecretProjection": (("name", SECRET),),
    "core.v1.SecretVolumeSource": (("secretName", SECRET),),
    "networking.v1.IngressServiceBackend": (("name", SERVICE),),
    "networking.v1.IngressTLS": (("secretName", SECRET),),
}
"""By type, the fields that name an object, and its kind."""

_SERVICE = re.compile(rf"(?<![A-Za-z0-9-])[a-z0-9-]+(?=\.{NAMESPACE_TOKEN}\.svc(?![A-Za-z0-9-]))")
_IsMeant = Callable[[ObjectReference], bool]
"""Whether a reference may mean an object."""


@frozen
class Names:
    """What the objects of one environment are called in a comparison.

    Args:
        common: The reference that an object is compared by, for every object here that some
            environment knows by another name.
        generated: Those of them that have another name here because of a generated hash.
        declared: How many of them have another name here because a person says so.
        outdated: Earlier generations, which a newer one took the place of.
    """

    common: Mapping[ObjectReference, ObjectReference] = field(factory=dict)
    generated: frozenset[ObjectReference] = frozenset()
    declared: int = 0
    outdated: frozenset[ObjectReference] = frozenset()

    def of(self, seen: ObjectReference) -> ObjectReference:
        """What an object is compared by."""
        return self.common.get(seen, seen)

    def seen_of(self, compared: Iterable[ObjectReference]) -> Iterator[ObjectReference]:
        """The names here of objects, by what they are compared by."""
        here = {common: seen for seen, common in self.common.items()}
        return (here.get(reference, reference) for reference in compared)

    @property
    def seen(self) -> Seen:
        """What the tokens for names stand for here."""
        return {name_token(common): reference.name for reference, common in self.common.items()}


class ReferenceReader:
    """Reads the references of one environment.

    Args:
        names: What its objects are called.
        namespace: The environment's own namespace; empty where it has none.
    """

    def __init__(self, names: Names, namespace: str) -> None:
        self._names = names
        self._namespace = namespace
        self._by_name: dict[str, list[ObjectReference]] = defaultdict(list)
        for reference in names.common:
            self._by_name[reference.name].append(reference)
        self._services = any(map(_is_of(SERVICE), names.common))

    def read(self, shaped: dict[str, Node], type_name: str) -> int:
        """Put tokens for the names in a map of a type; how many of them have a generated hash."""
        hits = 0
        if shaped.get("kind"):
            if shaped.get("namespace") in (None, "", self._namespace):
                hits += self._replace(shaped, "name", _is_of_kind_in(shaped))
        else:
            for key, kind in REFERENCES.get(type_name, ()):
                hits += self._replace(shaped, key, _is_of(kind))
        if isinstance(shaped.get("resourceNames"), list):
            hits += self._replace_resources(shaped)
        return hits

    def in_hosts(self, text: str) -> str:
        """The text with tokens for Services in cluster-local host names, `db.shop.svc`.

        Args:
            text: A text in which the namespace is a token already.
        """
        if not self._services or NAMESPACE_TOKEN not in text:
            return text
        return _SERVICE.sub(lambda found: self._tokened(found[0], _is_of(SERVICE))[0], text)

    def _replace(self, values: Any, key: Any, is_meant: _IsMeant) -> int:
        name = values.get(key) if isinstance(values, dict) else values[key]
        if not isinstance(name, str):
            return 0
        values[key], hits = self._tokened(name, is_meant)
        return hits

    def _tokened(self, name: str, is_meant: _IsMeant) -> tuple[str, int]:
        """The token for the object that a name means, and whether it has a generated hash."""
        for reference in filter(is_meant, self._by_name.get(name, ())):
            return name_token(self._names.common[reference]), reference in self._names.generated
        return name, 0

    def _replace_resources(self, rule: dict[str, Node]) -> int:
        """https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources."""
        names, is_meant = rule["resourceNames"], _is_named_by(rule)
        return sum(self._replace(names, position, is_meant) for position in range(len(names)))


def _is_of(kind: GroupKind) -> _IsMeant:
    return lambda known: known.group_kind == kind


def _is_of_kind_in(reference: Mapping[str, Any]) -> _IsMeant:
    """Whether an object is of the kind that a reference with a kind means."""
    version = reference.get("apiVersion")
    group = group_of(version) if isinstance(version, str) else reference.get("apiGroup")
    kind = reference["kind"]
    return lambda known: known.kind == kind and group in (None, "", known.group)


def _is_named_by(rule: Mapping[str, Any]) -> _IsMeant:
    """Whether a Role's rule can only mean an object, and none of the same name and another kind.

    A name with a hash is no name of two kinds.
    """
    groups = set(map(str, rule.get("apiGroups") or ()))
    kinds = {str(resource).partition("/")[0] for resource in rule.get("resources") or ()}

    def is_meant(known: ObjectReference) -> bool:
        plural = _plural(known.kind)
        is_of_one_kind = kinds == {plural} and groups == {known.group}
        return is_of_one_kind or (without_hash(known) != known and plural in kinds)

    return is_meant


def _plural(kind: str) -> str:
    """https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology."""
    name = kind.lower()
    if name.endswith("s"):
        return name if name == "endpoints" else f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("cy") else f"{name}s"
