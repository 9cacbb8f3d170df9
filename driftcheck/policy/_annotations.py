"""Annotations by which objects ask other tools not to look at them.

Whoever may edit an object may annotate it, and so may a webhook; what is to be expected is
said in a policy, and by nobody else. An annotation relaxes nothing, and is worth a note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from driftcheck.model import Snapshot, State, counted

_ALWAYS = (
    "argocd.argoproj.io/ignore-differences",
    "argocd.argoproj.io/ignore-resource-updates",
    "config-db.flanksource.com/ignore",
    "kluctl.io/ignore-diff",
    "projectsveltos.io/driftDetectionIgnore",
)
"""Annotations, or what they begin with: `kluctl.io/ignore-diff-field-1`."""

_WITH_VALUES = {
    "argocd.argoproj.io/compare-options": ("IgnoreExtraneous",),
    "helm.toolkit.fluxcd.io/driftDetection": ("disabled",),
    "kustomize.toolkit.fluxcd.io/reconcile": ("disabled",),
    "kustomize.toolkit.fluxcd.io/ssa": ("Ignore", "IfNotPresent"),
    "pipecd.dev/ignore-drift-detection": ("true",),
}
"""Annotations that ask for it with certain values only."""


def ignored_by_others(snapshots: Iterable[Snapshot], states: Iterable[State]) -> Iterator[str]:
    """Which live objects ask other tools to overlook them, in a sentence for each annotation.

    Args:
        snapshots: What was seen.
        states: The same environments, by the names a result has for them.
    """
    for snapshot, state in zip(snapshots, states, strict=True):
        if snapshot.window is None:
            continue
        asking: dict[str, list[str]] = defaultdict(list)
        for document in snapshot.documents:
            for key, value in (document.metadata.get("annotations") or {}).items():
                if _asks(key, value):
                    asking[key].append(str(document.reference))
        for key, objects in sorted(asking.items()):
            named = objects[0] if len(objects) == 1 else counted(len(objects), "object")
            yield (
                f"{named} in {state.environment} asks other tools to overlook it ({key}); "
                "here it is compared all the same"
            )


def _asks(key: str, value: str) -> bool:
    wanted = _WITH_VALUES.get(key)
    if wanted is not None:
        return any(option in value for option in wanted)
    return key.startswith(_ALWAYS)
