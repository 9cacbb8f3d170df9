"""Who decided a value: somebody, or the server that keeps the object.

What a server picked is taken out of the content, and kept beside it: it is no difference to
what another server picked, or to a manifest that says nothing, but it is to a choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from driftcheck.model import Document, FieldPath, Pick

CONTROLLER_MANAGERS = frozenset({"kube-controller-manager", "k3s"})
"""Under which names Kubernetes' own controllers write; k3s runs them in a process of its own."""
UNTOLD = (
    "whether somebody chose what a server may have picked can't be told without managedFields"
    " (kubectl get --show-managed-fields), so it was not compared"
)


def is_chosen(
    seen: Document, path: FieldPath, *, controllers: frozenset[str] = frozenset()
) -> bool | None:
    """Whether somebody chose what stands at a path; None where nothing tells.

    In a manifest, which no server has seen, everything was chosen. On a live object what was
    chosen has an owner in managedFields: a request's fields are noted before admission and
    allocation add theirs, and binding a Pod notes none. Where nobody owns anything of the whole
    spec (data, metadata), managedFields were left out, or wiped.
    `createHandler` in staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go of Kubernetes

    Args:
        seen: The object.
        path: The place in it.
        controllers: Managers that do not choose, but do what the object asks for.
    """
    if not seen.is_live:
        return True
    owning = seen.owning(path)
    return None if owning is None else bool(owning - controllers)


Picks = Iterator[tuple[FieldPath, Pick]]
"""What was picked, each with its place."""


def taken(values: dict[str, Any], field: str, path: FieldPath, chosen: bool | None) -> Picks:
    """The field, taken out of a map where nobody is known to have chosen it.

    Args:
        values: The map.
        field: The field.
        path: Where the field stands in the object.
        chosen: Whether somebody chose it; None where nothing tells.
    """
    if field in values and not chosen:
        yield path, Pick(values.pop(field), UNTOLD if chosen is None else "")
