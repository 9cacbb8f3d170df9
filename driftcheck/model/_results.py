"""The answer of a comparison: the verdict, and everything it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from attrs import evolve, field, frozen

from driftcheck.errors import DriftError, UsageError
from driftcheck.model._coverage import Coverage
from driftcheck.model._declared import Declarer, Undeclared
from driftcheck.model._findings import (
    Category,
    Effect,
    Finding,
    ManagerClass,
    RuleState,
    worst_first,
)
from driftcheck.model._images import ImageRow, ImageRows
from driftcheck.model._platform import NO_PLATFORM, PlatformResult
from driftcheck.model._references import ObjectReference
from driftcheck.model._shown import Shown
from driftcheck.model._snapshots import Origin, Window
from driftcheck.model._witnesses import Witnesses
from driftcheck.model._words import counted


class Verdict(StrEnum):
    """What a comparison says."""

    IDENTICAL = "identical"
    EQUIVALENT = "equivalent"
    DRIFTED = "drifted"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_status(self) -> int:
        """The command line's exit status for this verdict."""
        return {Verdict.DRIFTED: 1, Verdict.INCONCLUSIVE: 3}.get(self, 0)


@frozen
class Environment:
    """One of the compared environments.

    Args:
        name: What was typed; two that would bear the same name are told apart.
        origin: Whether it was seen in a cluster or read from manifests.
        context: The kubeconfig's context; None for manifests.
        namespace: The Namespace's name; None for manifests that name none.
        window: When it was looked at; None for manifests.
        objects: How many objects were compared.
        fingerprint: SHA-256 over the fingerprints of those objects, `sha256:...`.
        place: The file or folder it was read from; None where it was not.
        declared_by: Whose record it was read from; None of everything else.
    """

    name: str
    origin: Origin
    context: str | None
    namespace: str | None
    window: Window | None
    objects: int
    fingerprint: str
    place: str | None = None
    declared_by: Declarer | None = None


@frozen
class ComparedObject:
    """One object that was compared, differing or not.

    Args:
        object: The object, named as in the baseline.
        environments: Where it is.
    """

    object: ObjectReference
    environments: tuple[str, ...]


@frozen
class RuleHits:
    """How often a rule was applied, and of a policy's rule what became of it.

    Args:
        id: The rule's name.
        hits: How often a built-in rule normalized something away; how many differences a
            policy's rule explains, or keeps open.
        state: What became of a policy's rule; None for a built-in rule, like all below.
        effect: What it says.
        reason: Why, for people to read.
        owner: Who answers for it.
        expires: The last day on which it holds, as `2026-12-31`.
        note: What is to be done about it, in a sentence.
    """

    id: str
    hits: int
    state: RuleState | None = None
    effect: Effect | None = None
    reason: str | None = None
    owner: str | None = None
    expires: str | None = None
    note: str | None = None


@frozen
class PolicyUsed:
    """The policy that was held against what was compared.

    Args:
        file: Its file, as it was named; empty where it was no file.
        digest: SHA-256 of what stands in it, `sha256:...`.
    """

    file: str
    digest: str


@frozen
class Gate:
    """Which findings stop a release; by default every one that nobody expects.

    Args:
        fail_on: The categories whose findings do; None for all. The rest are warnings. What
            is on one side only is of every category of what it holds.
        max_findings: How many of these there may be.
        hands: Whether those do as well that a hand may have written, of whatever category.
    """

    fail_on: frozenset[Category] | None = None
    max_findings: int = field(default=0)
    hands: bool = False

    @max_findings.validator
    def _check(self, _: Any, count: int) -> None:
        if count < 0:
            raise UsageError(f"max_findings: {count} is less than none", hint="write 0, or more")

    @classmethod
    def of(cls, fail_on: str | Iterable[Category | str] | None, max_findings: int) -> Gate:
        """The gate that somebody asked for.

        Args:
            fail_on: Categories, or their names, and `hand`; None for everything.
            max_findings: How many findings of these there may be.

        Raises:
            UsageError: There is no such category, or there are fewer findings than none.
        """
        if fail_on is None:
            return cls(None, max_findings)
        asked = [fail_on] if isinstance(fail_on, str) else list(fail_on)
        others = [name for name in asked if name != ManagerClass.HAND.value]
        return cls(categories(others), max_findings, hands=len(others) < len(asked))

    @property
    def words(self) -> tuple[str, ...]:
        """What was asked for, categories by their names, the worst first; nothing for all."""
        named = tuple(category.value for category in worst_first(self.fail_on or ()))
        return (*named, ManagerClass.HAND.value) if self.hands else named

    def asks_for(self, finding: Finding, environments: Iterable[Environment]) -> bool:
        """Whether a finding would stop a release if nobody expected it."""
        return (
            self.fail_on is None
            or not self.fail_on.isdisjoint(finding.categories)
            or (self.hands and may_be_by_hand(finding, environments))
        )


EVERYTHING_STOPS = Gate()


def may_be_by_hand(finding: Finding, environments: Iterable[Environment]) -> bool:
    """Whether a hand may have made a difference: one wrote, or nobody knows who did.

    Whoever took something away has left no trace, so that a side with nothing there counts. A
    manifest beside a cluster is what the cluster should be, and no hand. Of an object that was
    written between two looks only those count who wrote it since.

    Args:
        finding: A difference.
        environments: What was compared.
    """
    sides = list(environments)
    seen = [side for side in sides if side.origin is Origin.CLUSTER]
    written = [writer for writers in finding.written_by.values() for writer in writers]
    if finding.is_witness and written:
        seen = [side for side in sides if side.name in finding.written_by]
    return any(not finding.written_by.get(side.name) for side in seen or sides) or any(
        writer.class_ in (ManagerClass.HAND, ManagerClass.UNKNOWN) for writer in written
    )


def _rows(rows: Iterable[ImageRow]) -> ImageRows:
    return ImageRows(rows)


@frozen(repr=False)
class Result(Shown):
    """What `compare` returns.

    Args:
        verdict: The answer.
        reasons: Why, in sentences.
        environments: What was compared; the first is the baseline.
        coverage: What was read, what was not, and why.
        findings: Every difference, worst first.
        images: What runs where, by digest.
        rules: What the built-in rules normalized away, and what became of the policy's rules.
        gaps: Those of the reasons that say why the evidence is not complete.
        accepted: What was not looked at, and who accepts that, in sentences.
        policy: Which policy was held against it; None where none was.
        warnings: What is to be mended, but is no difference, in sentences.
        gate: Which findings stop a release.
        objects: What was compared, sorted.
        witnesses: What was written in between, for each environment that is the baseline's
            place at another moment.
        platform: What lies outside the namespaces, with a verdict of its own.
        undeclared: What stands there that no declaration of the place says, sorted; nothing where
            the world is closed.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    environments: tuple[Environment, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    images: ImageRows = field(converter=_rows)
    rules: tuple[RuleHits, ...]
    gaps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    gate: Gate = EVERYTHING_STOPS
    objects: tuple[ComparedObject, ...] = ()
    accepted: tuple[str, ...] = ()
    policy: PolicyUsed | None = None
    witnesses: tuple[Witnesses, ...] = ()
    platform: PlatformResult = NO_PLATFORM
    undeclared: tuple[Undeclared, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(repr(environment.name) for environment in self.environments)
        return f"<Result {self.verdict.value}: {names}; {counted(len(self.findings), 'finding')}>"

    @property
    def exit_status(self) -> int:
        """The command line's exit status: the verdict's, where the gate lets no drift through.

        Drift that the gate lets through does not make up for evidence that is not complete.
        """
        if self.verdict is not Verdict.DRIFTED:
            return self.verdict.exit_status
        if len(self.stopping) > self.gate.max_findings:
            return self.verdict.exit_status
        return Verdict.INCONCLUSIVE.exit_status if self.gaps else 0

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """The findings that the gate counts."""
        return tuple(finding for finding in self.all_findings if self.is_stopping(finding))

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The findings inside and outside of the namespaces."""
        return (*self.findings, *self.platform.findings)

    def is_stopping(self, finding: Finding) -> bool:
        """Whether the gate counts a finding."""
        return finding.expected is None and self.is_asked_for(finding)

    def is_asked_for(self, finding: Finding) -> bool:
        """Whether the gate would count a finding if nobody expected it.

        What lies outside the namespaces counts where the verdict is held to it.
        """
        is_meant = finding.acts is None or self.platform.is_required
        return is_meant and self.gate.asks_for(finding, self.environments)

    def require(
        self,
        *,
        fail_on: str | Iterable[Category | str] | None = None,
        max_findings: int | None = None,
    ) -> None:
        """Pass only if the environments are proven to be the same, or as much so as the gate asks.

        Args:
            fail_on: See `compare`; by default what was said there.
            max_findings: See `compare`; by default what was said there.

        Raises:
            DriftError: Something differs that stops a release, or the evidence is not complete.
            UsageError: There is no such category.
        """
        most = self.gate.max_findings if max_findings is None else max_findings
        gate = evolve(self.gate, max_findings=most) if fail_on is None else Gate.of(fail_on, most)
        if evolve(self, gate=gate).exit_status:
            names = ", ".join(environment.name for environment in self.environments)
            raise DriftError(
                f"{names}: {self.verdict.value}: {'; '.join(self.reasons)}",
                result=self,
                hint="print(driftcheck.render(result)) shows every difference",
            )

    def to_records(self) -> list[dict[str, Any]]:
        """The findings as flat rows, one for each environment a finding speaks of.

        Those that lie outside the namespaces say when they act.
        """
        return [
            {
                "group": finding.object.group,
                "kind": finding.object.kind,
                "name": finding.object.name,
                "change": finding.change.value,
                "path": finding.path,
                "category": finding.category.value,
                "environment": environment.name,
                "present": environment.name in finding.values,
                "value": finding.values.get(environment.name),
                "note": finding.note,
                "expected": finding.expected and finding.expected.rule,
                "violates": finding.violates and finding.violates.rule,
                "categories": ", ".join(category.value for category in finding.categories),
                "acts": finding.acts and finding.acts.value,
                "reached_by": ", ".join(finding.reached_by) or None,
                "since": str(finding.since) if finding.since else None,
            }
            for finding in self.all_findings
            for environment in self.environments
        ]


def categories(names: str | Iterable[Category | str]) -> frozenset[Category]:
    """The categories of these names, or of this one.

    Raises:
        UsageError: There is no such category.
    """
    names = (names,) if isinstance(names, str) else names
    known = {category.value: category for category in Category}
    found = [name.value if isinstance(name, Category) else name for name in names]
    for name in found:
        if name not in known:
            raise UsageError(
                f"there is no category {name!r}", hint=f"there are: {', '.join(known)}"
            )
    return frozenset(known[name] for name in found)
