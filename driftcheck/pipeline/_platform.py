"""What lies outside of what was compared: normalized, compared, and put beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from driftcheck.comparison import Compared, PlatformComparison, compare_platforms
from driftcheck.model import (
    Coverage,
    Difference,
    Environment,
    Finding,
    GroupKind,
    KindCoverage,
    PlatformResult,
    Snapshot,
    State,
)
from driftcheck.normalization import normalize_platform
from driftcheck.platform import role_name
from driftcheck.verdict import decide_platform

_ROLE_BINDING = GroupKind("rbac.authorization.k8s.io", "RoleBinding")


@frozen
class Surroundings:
    """What lies outside of environments, compared; nothing where one of them was not looked at.

    Args:
        states: What was seen outside each, normalized.
        comparison: How it differs; None where nobody looked.
        unlooked: Where nobody looked, in sentences.
    """

    states: tuple[State, ...] = ()
    comparison: PlatformComparison | None = None
    unlooked: tuple[str, ...] = ()

    @property
    def differences(self) -> tuple[Difference, ...]:
        """How it differs."""
        return self.comparison.differences if self.comparison else ()

    @property
    def rows(self) -> Iterator[KindCoverage]:
        """How each kind outside was looked at."""
        return (row for state in self.states for row in state.coverage)

    def beside(self, compared: Compared) -> Compared:
        """Everything that was compared, inside and outside."""
        if not self.states:
            return compared
        return Compared(
            tuple(
                evolve(state, objects={**state.objects, **outside.objects})
                for state, outside in zip(compared.states, self.states, strict=True)
            )
        )

    def result(
        self,
        findings: Sequence[Finding],
        rows: Sequence[KindCoverage],
        inside: Sequence[KindCoverage],
        environments: Sequence[Environment],
        *,
        is_required: bool,
    ) -> PlatformResult:
        """What is said of it.

        Args:
            findings: The differences, judged.
            rows: How each kind outside was looked at, with who accepts what was not.
            inside: How each kind inside was looked at.
            environments: What was compared.
            is_required: Whether the verdict is held to it.
        """
        verdict, reasons = decide_platform(
            findings,
            rows,
            compared=max((len(state.objects) for state in self.states), default=0),
            inside=inside,
            incomparable=self.comparison.reasons if self.comparison else (),
            unlooked=self.unlooked,
            environments=environments,
        )
        return PlatformResult(
            verdict=verdict,
            reasons=reasons,
            same_cluster=self.comparison.same_cluster if self.comparison else False,
            findings=tuple(findings),
            coverage=Coverage(tuple(rows)),
            is_required=is_required,
        )


def surroundings_of(snapshots: Sequence[Snapshot], states: Sequence[State]) -> Surroundings:
    """Compare what lies outside of environments.

    Args:
        snapshots: What was seen.
        states: The same, normalized.
    """
    names = [state.environment for state in states]
    seen = [snapshot.platform for snapshot in snapshots if snapshot.platform]
    if len(seen) < len(snapshots):
        pairs = zip(names, snapshots, strict=True)
        lacking = [name for name, snapshot in pairs if not snapshot.platform]
        said = f"nothing was looked at outside {', '.join(lacking)}"
        return Surroundings(unlooked=(said,))
    outside = tuple(
        normalize_platform(snapshot, platform, environment=name)
        for name, snapshot, platform in zip(names, snapshots, seen, strict=True)
    )
    named = {
        name: frozenset(_roles_given(snapshot))
        for name, snapshot in zip(names, snapshots, strict=True)
    }
    return Surroundings(outside, compare_platforms(outside, seen, states, named))


def _roles_given(snapshot: Snapshot) -> Iterator[str]:
    """The ClusterRoles that RoleBindings of a namespace give, whether they are there or not."""
    for document in snapshot.documents:
        if document.reference.group_kind == _ROLE_BINDING:
            yield role_name(document.body)
