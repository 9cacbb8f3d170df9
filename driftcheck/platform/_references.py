"""What a namespace names outside of itself, whoever made the kinds of it.

No operator is known here: a field that has a kind and a name means an object outside where the
server says that this kind stands in no namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from driftcheck.model import NAMESPACE, GroupKind, group_of
from driftcheck.platform._classes import ingresses
from driftcheck.platform._inside import Body, Inside, inside, text
from driftcheck.platform._kinds import BINDING, NODE, ROLE, VOLUME
from driftcheck.platform._outside import Outside, Reach, Said
from driftcheck.platform._rbac import ROLE_BINDING

_ELSEWHERE = frozenset({BINDING, ROLE, NODE, NAMESPACE, VOLUME})
"""What is looked at by rules of its own, or says where something is and not what it follows."""

_ISSUER_NOTE = "cert-manager.io/cluster-issuer"
_ISSUER = GroupKind("cert-manager.io", "ClusterIssuer")
_VIRTUAL_MACHINE = GroupKind("kubevirt.io", "VirtualMachine")
_SIZES = {
    "instancetype": GroupKind("instancetype.kubevirt.io", "VirtualMachineClusterInstancetype"),
    "preference": GroupKind("instancetype.kubevirt.io", "VirtualMachineClusterPreference"),
}
"""What a machine's field means that has no kind in it.

https://kubevirt.io/user-guide/user_workloads/instancetypes/
"""


def references(here: Inside, outside: Outside) -> Said:
    """Everything that objects of the namespace name by kind and name."""
    for document in here.documents:
        if document.reference.group_kind == ROLE_BINDING:
            continue
        by = str(document.reference)
        for kind, name in _named_in(document.body, here):
            yield from outside.follow(kind, name, by)
            for beyond, other in _named_in(outside.named(kind, name) or {}, here):
                yield from outside.follow(beyond, other, f"{kind.kind} {name}")


def parameters(here: Inside, outside: Outside) -> Said:
    """What the classes that reach in name themselves."""
    for each in ingresses(here, outside):
        if isinstance(each, Reach):
            for kind, name in _named_in(each.body, here):
                yield from outside.follow(kind, name, f"{each.kind.kind} {each.name}")


def _named_in(body: Body, here: Inside) -> Iterator[tuple[GroupKind, str]]:
    """The objects outside that an object names."""
    group = group_of(text(body, "apiVersion"))
    for field in body.keys() - {"metadata", "status"}:
        for reference in _references(body[field]):
            for kind in _meant(reference, group, here):
                yield kind, text(reference, "name")
    noted = text(inside(body, "metadata", "annotations"), _ISSUER_NOTE)
    if noted and _ISSUER in here.cluster_scoped:
        yield _ISSUER, noted
    if (group, body.get("kind")) == _VIRTUAL_MACHINE:
        for field, kind in _SIZES.items():
            given = inside(body, "spec", field)
            if text(given, "name") and not text(given, "kind"):
                yield kind, text(given, "name")


def _references(value: Any) -> Iterator[Body]:
    """The maps with a kind and a name, at whatever depth."""
    pending = [value]
    while pending:
        found = pending.pop()
        if isinstance(found, dict):
            if "kind" in found and _is_reference(found):
                yield found
            pending += found.values()
        elif isinstance(found, list):
            pending += found


def _is_reference(found: Body) -> bool:
    return bool(text(found, "kind") and text(found, "name") and not text(found, "namespace"))


def _meant(reference: Body, own_group: str, here: Inside) -> list[GroupKind]:
    """The kinds outside that a reference may mean.

    One without a group means its object's own group, where that has such a kind.
    """
    called = text(reference, "kind").lower()
    kinds = [kind for kind in here.outside_kinds.get(called, ()) if kind not in _ELSEWHERE]
    if "apiVersion" in reference:
        group: str | None = group_of(text(reference, "apiVersion"))
    else:
        group = text(reference, "apiGroup") or text(reference, "group") or None
    if group is not None:
        return [kind for kind in kinds if kind.group == group]
    return [kind for kind in kinds if kind.group == own_group] or kinds
