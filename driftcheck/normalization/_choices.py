"""Who decided a value: somebody, or the server that keeps the object."""

from __future__ import annotations

from driftcheck.model import Document, Field, FieldPath, owns
from driftcheck.normalization._inside import maps_in

_SPEC = (Field("spec"),)


def is_chosen(
    seen: Document, path: FieldPath, *, controllers: frozenset[str] = frozenset()
) -> bool | None:
    """Whether somebody chose what stands at a path; None where nothing tells.

    In a manifest, which no server has seen, everything was chosen. On a live object what was
    chosen has an owner in managedFields: a request's fields are noted before admission and
    allocation add theirs, and binding a Pod notes none. Where nobody owns anything of the spec,
    managedFields were left out, or wiped.
    https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go

    Args:
        seen: The object.
        path: The place in it.
        controllers: Managers that do not choose, but do what the object asks for.
    """
    if not seen.uid:
        return True
    managers = maps_in(seen.metadata, "managedFields")
    if not any(owns(manager, _SPEC) for manager in managers):
        return None
    owning = {manager.get("manager") for manager in managers if owns(manager, path)}
    return bool(owning - controllers)
