"""Who deploys an object: what its metadata says that tracks it, else who owns most of it.

Tracking metadata are the deploying tools' own, documented by each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

from attrs import frozen

from driftcheck.audit._inspection import Seen
from driftcheck.audit._leaves import leaves
from driftcheck.model import Field, FieldPath, Manager, ManagerClass

_HELM = ("helm", "helm-controller", "fleetagent", "terraform-provider-helm_v*", "Go-http-client")
_ARGO = ("argocd-controller", "argocd-application-controller")
_TRACKING: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "argocd.argoproj.io/tracking-id": ("Argo CD", _ARGO),
    "argocd.argoproj.io/instance": ("Argo CD", _ARGO),
    "kustomize.toolkit.fluxcd.io/name": ("Flux", ("kustomize-controller",)),
    "helm.toolkit.fluxcd.io/name": ("Flux", _HELM),
    "meta.helm.sh/release-name": ("Helm", _HELM),
    "configsync.gke.io/resource-id": ("Config Sync", ("configsync.gke.io",)),
    "objectset.rio.cattle.io/id": ("Rancher", ("rancher", "deploy@*", *_HELM)),
    "kapp.k14s.io/app": ("kapp", ("kapp",)),
}
"""By label or annotation, the tool that tracks objects with it, and its managers."""

_NO_DEPLOYERS = ("kubectl-create", "unknown", "before-first-apply", "ancient-changes", "")
"""Names of writers that make an object once, and of nobody."""
_NO_CONTENT = (Field("metadata"), Field("status"))
ClassOf = Callable[[Manager], ManagerClass]


@frozen
class Deployer:
    """Who deploys an object.

    Args:
        name: The tool, or the manager.
        managers: The names of its field managers; `*` stands for any letters.
    """

    name: str
    managers: tuple[str, ...]

    def is_writer(self, entry: Manager) -> bool:
        """Whether a manager is one of its own."""
        name = name_in(entry)
        return any(name == own or fnmatchcase(name, own) for own in self.managers)


def deployer_of(seen: Seen, class_of: ClassOf) -> Deployer | None:
    """Who deploys an object; None where nobody that is known does.

    Args:
        seen: The object.
        class_of: Who writes under a manager's name.
    """
    return _tracking(seen) or _owner_of_most(seen.managers, class_of)


def _tracking(seen: Seen) -> Deployer | None:
    metadata = seen.document.metadata
    marks = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    for mark, (tool, managers) in _TRACKING.items():
        if mark in marks:
            return Deployer(tool, managers)
    return None


def _owner_of_most(entries: Iterable[Manager], class_of: ClassOf) -> Deployer | None:
    """The manager, neither a hand nor a controller, that owns half of the content or more."""
    owned: dict[str, set[FieldPath]] = defaultdict(set)
    for entry in entries:
        owned[name_in(entry)] |= _content(entry)
    everything = set().union(*owned.values())
    for entry in entries:
        name = name_in(entry)
        if _may_deploy(entry, class_of) and everything and 2 * len(owned[name]) >= len(everything):
            return Deployer(name, (name,))
    return None


def _may_deploy(entry: Manager, class_of: ClassOf) -> bool:
    """Whether a manager of this name may be one that deploys."""
    no_deployers = (ManagerClass.HAND, ManagerClass.CONTROLLER)
    return class_of(entry) not in no_deployers and name_in(entry) not in _NO_DEPLOYERS


def name_in(entry: Manager) -> str:
    """What a manager calls itself."""
    return str(entry.get("manager", ""))


def _content(entry: Manager) -> frozenset[FieldPath]:
    """What one owns of the content, or of the metadata where that is all it owns."""
    owned = leaves(entry)
    return frozenset(path for path in owned if path[0] not in _NO_CONTENT) or owned
