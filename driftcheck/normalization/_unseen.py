"""What a controller made of an object whose kind could not be read.

Nobody can say whether it is as its maker gives it: it is neither compared, nor taken for the same.
"""

from __future__ import annotations

from driftcheck.model import EVERY_KIND, Document, GroupKind, group_of
from driftcheck.normalization._inside import maps_in
from driftcheck.normalization._makers import ENDPOINT_SLICE, ENDPOINTS, MAKERS, root_of
from driftcheck.normalization._surroundings import SERVICE, Surroundings
from driftcheck.normalization._writers import is_by_controllers

UNSEEN_MAKER = "unseen-maker"


def unseen_maker(document: Document, around: Surroundings) -> GroupKind | None:
    """The kind that could not be read, and of which controllers made an object in the end.

    Args:
        document: An object, which says itself what made it, or whose maker does.
        around: Its environment.

    Returns:
        The kind; None where all kinds were read that may have made the object, or where somebody
        else than Kubernetes' own controllers has written it.
    """
    if not around.unseen:
        return None
    root = root_of(document, around)
    if not (is_by_controllers(document) and is_by_controllers(root)):
        return None
    maker = _said_maker(root)
    kinds = {maker, GroupKind(maker.group, EVERY_KIND)} if maker else frozenset()
    return maker if kinds & around.unseen else None


def _said_maker(document: Document) -> GroupKind | None:
    """The kind that makes such an object; Endpoints have their Service's name, and no owner."""
    kind = document.kind
    if kind == ENDPOINTS:
        return SERVICE
    makers = {SERVICE} if kind == ENDPOINT_SLICE else MAKERS.get(kind, {}).keys()
    for owner in maps_in(document.metadata, "ownerReferences"):
        said = GroupKind(group_of(str(owner.get("apiVersion", ""))), str(owner.get("kind", "")))
        if owner.get("controller") is True and said in makers:
            return said
    return None
