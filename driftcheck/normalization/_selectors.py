"""By which labels the selectors of an environment pick objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from driftcheck.model import NAMESPACE, Document, GroupKind
from driftcheck.normalization._inside import inside, maps_in

_POD = GroupKind("", "Pod")
_PLAIN_SELECTORS = (GroupKind("", "ReplicationController"), GroupKind("", "Service"))
_OWN_LABELS = ("matchLabelKeys", "mismatchLabelKeys")
_BUILT_IN = frozenset(
    {"", "apps", "autoscaling", "batch", "networking.k8s.io", "policy", "resource.k8s.io"}
)


def selectors_in(documents: Iterable[Document]) -> Mapping[GroupKind | None, frozenset[str]]:
    """The keys that selectors name, by the kind they pick.

    A built-in selector picks Pods, or Namespaces where it stands under `namespaceSelector`;
    what a custom resource picks is known to its controller alone, so it stands under None.
    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    found: dict[GroupKind | None, set[str]] = defaultdict(set)
    for document in documents:
        kind = document.kind
        if kind in _PLAIN_SELECTORS:
            found[_POD].update(inside(document.body, "spec", "selector"))
        for field, keys in _label_selectors(document.body):
            picked = NAMESPACE if field == "namespaceSelector" else _POD
            found[picked if kind.group in _BUILT_IN else None].update(keys)
    return {kind: frozenset(keys) for kind, keys in found.items()}


def _label_selectors(value: Any, field: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each label selector below a value: the field it stands under, and the keys it names.

    A spread or an affinity may take the value of a pod's own label into its selector.
    https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#spread-constraint-definition
    """
    if isinstance(value, dict):
        for own in _OWN_LABELS:
            if isinstance(value.get(own), list):
                yield field, set(map(str, value[own]))
        if "matchLabels" in value or "matchExpressions" in value:
            expressions = maps_in(value, "matchExpressions")
            keys = {str(expression.get("key")) for expression in expressions}
            yield field, keys | set(inside(value, "matchLabels"))
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _label_selectors(inner, name)
    elif isinstance(value, list):
        for item in value:
            yield from _label_selectors(item, field)
