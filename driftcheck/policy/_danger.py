"""Which differences are too dangerous to be hidden by a rule that does not say so."""

from __future__ import annotations

from typing import Any

from driftcheck.model import Category, Difference, Field, GroupKind

DANGEROUS_CATEGORIES = frozenset(
    {Category.IMAGE, Category.COMMAND, Category.SECURITY, Category.RBAC}
)
DANGEROUS_KINDS = frozenset(
    {
        GroupKind("networking.k8s.io", "NetworkPolicy"),
        GroupKind("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        GroupKind("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    }
)
HOST_PATH = "hostPath"


def is_dangerous(difference: Difference, category: Category) -> bool:
    """Whether what differs may let somebody in, or let something else run.

    That is what is run and by whom, who may do what, network policies, webhooks, and
    folders of the node. Labels and annotations are not, of whatever kind.
    """
    if category in DANGEROUS_CATEGORIES:
        return True
    if difference.reference.group_kind in DANGEROUS_KINDS:
        return category is not Category.METADATA
    return Field(HOST_PATH) in difference.path or any(
        _has_host_path(value) for value in difference.values.values()
    )


def _has_host_path(value: Any) -> bool:
    if isinstance(value, dict):
        return HOST_PATH in value or any(map(_has_host_path, value.values()))
    return isinstance(value, list) and any(map(_has_host_path, value))
