"""What a comparison that was narrowed still needs of what was left out.

A kind that nobody asked for costs no verdict where it could not be read, but for those that,
unread, hide something of what was asked for: what a Deployment runs is seen in its Pods.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from attrs import Factory, define, evolve

from driftcheck.model import (
    EVERY_KIND,
    EXCLUDED_KINDS,
    ONLY_KINDS,
    ONLY_SELECTED,
    Acceptance,
    Document,
    GroupKind,
    KindCoverage,
    ReadStatus,
    Scope,
    counted,
)
from driftcheck.normalization._inside import inside
from driftcheck.normalization._owners import owner_of
from driftcheck.normalization._schema import is_builtin
from driftcheck.normalization._surroundings import Surroundings

OWNED, OUTDATED = "owned", "outdated-generation"
"""The rules that leave objects out for the sake of others."""

_OPTIONS = f"{ONLY_KINDS}, {EXCLUDED_KINDS} or {ONLY_SELECTED}"
_LEFT_OUT = Acceptance(EXCLUDED_KINDS, "left out by whoever asked for this comparison")
_POD = GroupKind("", "Pod")
_REPLICATION_CONTROLLER = GroupKind("", "ReplicationController")
_REPLICA_SET = GroupKind("apps", "ReplicaSet")
_REVISION = GroupKind("apps", "ControllerRevision")
_JOB = GroupKind("batch", "Job")
_MACHINE = GroupKind("kubevirt.io", "VirtualMachineInstance")

RUNS: Mapping[GroupKind, tuple[GroupKind, ...]] = {
    GroupKind("apps", "DaemonSet"): (_REVISION, _POD),
    GroupKind("apps", "Deployment"): (_REPLICA_SET, _POD),
    GroupKind("apps", "StatefulSet"): (_REVISION, _POD),
    GroupKind("apps.openshift.io", "DeploymentConfig"): (_REPLICATION_CONTROLLER, _POD),
    GroupKind("argoproj.io", "Rollout"): (_REPLICA_SET, _POD),
    GroupKind("batch", "CronJob"): (_JOB, _POD),
    GroupKind("kubevirt.io", "VirtualMachine"): (_MACHINE, _POD),
    GroupKind("kubevirt.io", "VirtualMachineInstanceReplicaSet"): (_MACHINE, _POD),
    _JOB: (_POD,),
    _MACHINE: (_POD,),
    _POD: (),
    _REPLICATION_CONTROLLER: (_POD,),
    _REPLICA_SET: (_POD,),
}
"""The kinds that run something, and those that say what: from the one to its containers.

https://kubernetes.io/docs/concepts/workloads/controllers/
"""

SAYS_WHAT_RUNS = frozenset(kind for kinds in RUNS.values() for kind in kinds)
_REFERS_TO_NOTHING = frozenset({GroupKind("", "ConfigMap"), GroupKind("", "Secret")})


def says_what_runs(kind: GroupKind) -> bool:
    """Whether what runs may be missing, or seem somebody else's, where a kind was not read."""
    return kind in RUNS or kind in SAYS_WHAT_RUNS or kind.kind == EVERY_KIND


def deciding(kind: GroupKind) -> Collection[GroupKind]:
    """The kinds without which something of a kind can't be seen.

    Args:
        kind: Which; of a custom resource nobody knows what its controller makes.
    """
    return RUNS.get(kind, () if is_builtin(kind) else SAYS_WHAT_RUNS)


@define
class Narrowing:
    """How one environment is narrowed, and what its verdict rests on besides.

    Args:
        scope: What is compared.
        around: The environment.
        needed: The kinds that decide about what is compared.
        is_by_reference: Whether something was left out since nothing that was read refers to it.
        made_elsewhere: How many objects of a kind were left out since others made them that are
            left out themselves, and of which kinds these are.
    """

    scope: Scope
    around: Surroundings
    needed: frozenset[GroupKind]
    is_by_reference: bool = False
    made_elsewhere: dict[GroupKind, Counter[GroupKind]] = Factory(lambda: defaultdict(Counter))

    def excludes(self, document: Document) -> str | None:
        """The option that leaves an object out; None where it is compared."""
        labels = inside(document.metadata, "labels")
        return self.scope.excluded_by(document.kind, labels)

    def learn(self, document: Document, rule: str) -> None:
        """Hear which rule leaves an object out."""
        if rule == OUTDATED:
            self.is_by_reference = True
        if rule == OWNED and not self.excludes(document):
            maker = self.maker(document)
            if maker and self.excludes(maker):
                kind = document.kind
                self.made_elsewhere[kind][maker.kind] += 1

    def maker(self, document: Document) -> Document | None:
        """The captured object that made an object in the end; None where nothing did."""
        passed = [document]
        while (owner := self._owner(passed[-1])) and owner not in passed:
            passed.append(owner)
        return passed[-1] if len(passed) > 1 else None

    def _owner(self, document: Document) -> Document | None:
        owner = owner_of(document, self.around)
        return self.around.documents.get(owner.reference) if owner else None

    def is_made_elsewhere(self, document: Document) -> bool:
        """Whether an object was made by one that is not compared, and so does not explain it."""
        maker = self.maker(document)
        return maker is not None and self.excludes(maker) is not None

    def row(self, row: KindCoverage) -> KindCoverage:
        """The row, as one that was left out where the verdict does not rest on its kind."""
        if self.scope.excludes(row.group_kind):
            return _accepted(row)
        if self.scope.includes(row.group_kind):
            return self._with_makers(row)
        if not row.is_complete and self._rests_on(row.group_kind):
            return row
        return evolve(row, status=ReadStatus.EXCLUDED, reason=ONLY_KINDS)

    def _rests_on(self, kind: GroupKind) -> bool:
        if self.is_by_reference and kind not in _REFERS_TO_NOTHING:
            return True
        if kind.kind == EVERY_KIND:
            return any(needed.group == kind.group for needed in self.needed)
        return kind in self.needed

    def _with_makers(self, row: KindCoverage) -> KindCoverage:
        """The row, as one that was read in part where what made its objects is left out."""
        makers = self.made_elsewhere.get(row.group_kind)
        if not makers:
            return row
        made = counted(makers.total(), "object")
        kinds = ", ".join(map(str, sorted(makers)))
        said = f"{made} left out that {kinds} made, which {_OPTIONS} left out as well"
        return evolve(row, reason="; ".join(filter(None, (row.reason, said))))


def _accepted(row: KindCoverage) -> KindCoverage:
    """The row of a kind that is not looked at, unless a built-in rule leaves it out anyway."""
    if row.status is ReadStatus.EXCLUDED:
        return row
    return evolve(row, status=ReadStatus.ACCEPTED, reason=None, accepted=_LEFT_OUT)


def narrowing(scope: Scope, around: Surroundings, rows: Iterable[KindCoverage]) -> Narrowing:
    """How an environment with these rows is narrowed."""
    kinds = (row.group_kind for row in rows)
    asked = (kind for kind in kinds if scope.includes(kind) and not scope.excludes(kind))
    return Narrowing(scope, around, frozenset(kind for each in asked for kind in deciding(each)))
