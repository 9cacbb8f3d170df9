"""Of all that manifests declare, one environment: a namespace, and what stands in none."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import Factory, frozen

from driftcheck.errors import ManifestError
from driftcheck.model import GroupKind, counted
from driftcheck.sources._objects import Found, Odd
from driftcheck.sources._scopes import cluster_scoped_kinds

_KUBERNETES_OWN = frozenset(("kube-node-lease", "kube-public", "kube-system"))
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces"""

_FIRST_FEW = 5
_OF_A_LATER_LOOK = ("namespace", "resourceVersion", "managedFields")
"""What two copies of one object may say differently in their metadata."""


@frozen
class Manifests:
    """What one environment's manifests declare.

    Args:
        objects: Its objects, those outside any namespace among them, and its Namespace where
            that is declared; each has a name.
        namespace: The namespace they belong to; None where none is named.
        elsewhere: How many objects of other namespaces were left aside, by kind.
        odd: By kind, what could not be read, each in a sentence.
        warnings: What else a reader should know of how they were read, in sentences.
        hooks: How many hooks of a release were left aside, by kind.
    """

    objects: tuple[Mapping[str, Any], ...]
    namespace: str | None
    elsewhere: Mapping[GroupKind, int]
    odd: Mapping[GroupKind, tuple[str, ...]]
    warnings: tuple[str, ...]
    hooks: Mapping[GroupKind, int] = Factory(dict)


def select(
    documents: Iterable[Found | Odd],
    chosen: str | None,
    source: str,
    warnings: Iterable[str] = (),
) -> Manifests:
    """The environment that manifests declare.

    Args:
        documents: Every object, wherever it stands.
        chosen: Which of several namespaces is meant; objects that name none belong to it.
        source: What to call the manifests in errors.
        warnings: What is known already.

    Raises:
        ManifestError: Nothing of it is an object, they are of several namespaces and none was
            chosen, or two of one name are not the same.
    """
    documents = tuple(documents)
    found, odd = _sorted_out(documents)
    if odd and not found:
        raise odd[0].error
    outside = cluster_scoped_kinds(item.body for item in found)
    inside = [item for item in found if item.group_kind not in outside]
    return declared_in(_one_namespace(inside, chosen, source), documents, warnings)


def declared_in(
    namespace: str | None,
    documents: Iterable[Found | Odd],
    warnings: Iterable[str] = (),
    hooks: Mapping[GroupKind, int] = MappingProxyType({}),
) -> Manifests:
    """What manifests declare of one namespace.

    Args:
        namespace: Which, if any has a name.
        documents: Every object, wherever it stands.
        warnings: What is known already.
        hooks: How many hooks there are besides, by kind.

    Raises:
        ManifestError: Two objects of one name are not the same.
    """
    found, odd = _sorted_out(documents)
    outside = cluster_scoped_kinds(item.body for item in found)
    inside = [item for item in found if item.group_kind not in outside]
    elsewhere = [item for item in inside if item.namespace not in (None, namespace)]
    here = [
        item for item in found if item.group_kind in outside or item.namespace in (None, namespace)
    ]
    objects, doubles = _without_doubles(_named(here))
    return Manifests(
        objects=tuple(item.body for item in objects),
        namespace=namespace,
        elsewhere=Counter(item.group_kind for item in elsewhere),
        odd={
            kind: tuple(str(item.error) for item in odd if item.group_kind == kind)
            for kind in {item.group_kind for item in odd}
        },
        warnings=(
            *warnings,
            *_of_doubles(doubles),
            *_of_other_namespaces(inside, elsewhere, namespace),
        ),
        hooks=hooks,
    )


def _sorted_out(documents: Iterable[Found | Odd]) -> tuple[list[Found], list[Odd]]:
    documents = tuple(documents)
    return (
        [item for item in documents if isinstance(item, Found)],
        [item for item in documents if isinstance(item, Odd)],
    )


def _one_namespace(inside: list[Found], chosen: str | None, source: str) -> str | None:
    """The namespace that is chosen, or the only one that is named.

    Charts put single objects into Kubernetes' own namespaces, so that beside objects which
    name none these do not say where all belong.
    """
    named = {item.namespace for item in inside if item.namespace}
    has_nameless = any(item.namespace is None for item in inside)
    if chosen is not None and (chosen in named or has_nameless or not named):
        return chosen
    listed = ", ".join(sorted(named))
    if chosen is not None:
        raise ManifestError(
            f"{source}: nothing in namespace {chosen}", hint=f"its namespaces are {listed}"
        )
    if len(named) > 1:
        raise ManifestError(
            f"{source}: objects of several namespaces: {listed}",
            hint=f"choose one by writing it after the path: FILE:{min(named)}",
        )
    if has_nameless and named & _KUBERNETES_OWN:
        raise ManifestError(
            f"{source}: objects of {listed}, and objects that name no namespace",
            hint="write the namespace of the latter after the path: FILE:NAMESPACE",
        )
    return next(iter(named), None)


def _named(objects: Iterable[Found]) -> Iterator[Found]:
    """The objects, each with a name: what a server is to name is numbered, `migrate-…`.

    The order is that of their contents, so that it does not matter where they stand.
    """
    series: dict[tuple[GroupKind, str], list[Found]] = defaultdict(list)
    for item in objects:
        if item.name:
            yield item
        else:
            series[item.group_kind, item.body["metadata"]["generateName"]].append(item)
    for (_, stem), items in series.items():
        for number, item in enumerate(sorted(items, key=_content), 1):
            name = f"{stem}…" if number == 1 else f"{stem}… ({number})"
            metadata = {**item.body["metadata"], "name": name}
            yield Found(item.place, {**item.body, "metadata": metadata})


def _without_doubles(objects: Iterable[Found]) -> tuple[list[Found], list[str]]:
    """The objects, each once, and what stands there again with the same content."""
    kept: dict[tuple[GroupKind, str], Found] = {}
    doubles: dict[str, None] = {}
    for item in objects:
        key = (item.group_kind, item.name)
        first = kept.setdefault(key, item)
        if first is item:
            continue
        if _content(first) != _content(item):
            raise ManifestError(
                f"{item.place}: {item}: stands already at {first.place}, with another content",
                hint="keep one of the two: the cluster has room for one",
            )
        doubles[str(item)] = None
        if "status" not in first.body:
            kept[key] = item
    return list(kept.values()), list(doubles)


def _content(item: Found) -> str:
    """What an object says, whenever it was looked at."""
    metadata = {
        field: value
        for field, value in item.body["metadata"].items()
        if field not in _OF_A_LATER_LOOK
    }
    kept = {field: value for field, value in item.body.items() if field != "status"}
    return json.dumps({**kept, "metadata": metadata}, sort_keys=True)


def _of_doubles(names: list[str]) -> Iterator[str]:
    if names:
        is_one = len(names) == 1
        stand, count = ("stands", "counts") if is_one else ("stand", "count")
        said = f"{stand} there more than once with the same content, and {count} once"
        yield f"{counted(len(names), 'object')} {said}: {_listed(names)}"


def _of_other_namespaces(
    inside: Iterable[Found], elsewhere: list[Found], namespace: str | None
) -> Iterator[str]:
    """What was left aside although nothing names the namespace that was chosen."""
    if elsewhere and not any(item.namespace == namespace for item in inside):
        names = [f"{item} in {item.namespace}" for item in elsewhere]
        were = "was" if len(names) == 1 else "were"
        said = f"of other namespaces {were} left out"
        yield f"{counted(len(names), 'object')} {said}: {_listed(names)}"


def _listed(names: list[str]) -> str:
    more = len(names) - _FIRST_FEW
    return ", ".join(names[:_FIRST_FEW]) + (f" and {more} more" if more > 0 else "")
