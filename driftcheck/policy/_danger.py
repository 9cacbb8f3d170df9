"""Which differences are too dangerous to be hidden by a rule that does not say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from driftcheck.model import Category, Difference, Field, FieldPath, ObjectReference
from driftcheck.policy._categories import NETWORK_POLICY, POD_FIELDS, Held, category, places_held
from driftcheck.policy._inside import places_inside

DANGEROUS_CATEGORIES = frozenset(
    {Category.IMAGE, Category.COMMAND, Category.SECURITY, Category.RBAC}
)
UNTYPED_CATEGORIES = frozenset({Category.CUSTOM, Category.LIFECYCLE, Category.PROBE})
"""What hooks and probes are about, and custom resources, wherever these say what is run."""
WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
HOST_PATH = "hostPath"
SECURITY_KEYS = (
    "pod-security.kubernetes.io/",
    "container.apparmor.security.beta.kubernetes.io/",
    "seccomp.security.alpha.kubernetes.io/",
)
"""What labels and annotations begin with that say what pods may do.

https://kubernetes.io/docs/reference/labels-annotations-taints/
"""


def dangers(difference: Difference, held: Iterable[Held]) -> frozenset[Category]:
    """What it is about that may let somebody in, or let something else run; mostly nothing.

    That is what is run and by whom, by hooks, probes and custom resources too, who may do what,
    network policies, webhooks, and folders of the node; also where it is inside what is there on
    one side only. Labels and
    annotations are not, of whatever kind, but for those that say what pods may do. Of an object
    that was written it is its kind alone: what differs in it is found besides.

    Args:
        difference: What differs.
        held: What a whole object holds, and what follows from it, in each environment.
    """
    if difference.is_witness:
        places = [(difference.reference, difference.path)]
    else:
        places = [(reference, path) for reference, path, _ in places_held(difference, held)]
    return frozenset(category(*place) for place in places if _is_dangerous_place(*place))


def dangers_of(reference: ObjectReference, body: Mapping[str, Any]) -> frozenset[Category]:
    """What is dangerous about an object, by its kind and by what it holds; mostly nothing."""
    return frozenset(
        category(reference, path)
        for path, _ in places_inside((), body)
        if _is_dangerous_place(reference, path)
    )


def _is_dangerous_place(reference: ObjectReference, path: FieldPath) -> bool:
    about = category(reference, path)
    if about is Category.METADATA:
        return any(isinstance(step, Field) and step.name.startswith(SECURITY_KEYS) for step in path)
    return (
        about in DANGEROUS_CATEGORIES
        or reference.kind.endswith(NETWORK_POLICY)
        or reference.kind in WEBHOOKS
        or Field(HOST_PATH) in path
        or (about in UNTYPED_CATEGORIES and _says_what_runs(path))
    )


def _says_what_runs(path: FieldPath) -> bool:
    """Whether a place is called as those of a pod are that say what it runs, and as whom."""
    names = (step.name for step in path if isinstance(step, Field))
    return any(POD_FIELDS.get(name) in DANGEROUS_CATEGORIES for name in names)
