"""The answer of a comparison: the verdict, and everything it rests on."""

from __future__ import annotations

from enum import Enum
from typing import Any

from attrs import frozen

from driftcheck.errors import DriftError
from driftcheck.model._coverage import Coverage
from driftcheck.model._findings import Finding
from driftcheck.model._images import ImageRow
from driftcheck.model._snapshots import Origin, Window


class Verdict(Enum):
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
    """

    name: str
    origin: Origin
    context: str | None
    namespace: str | None
    window: Window | None
    objects: int
    fingerprint: str
    place: str | None = None


@frozen
class RuleHits:
    """How often a built-in rule normalized something away."""

    id: str
    hits: int


@frozen
class Result:
    """What `compare` returns.

    Args:
        verdict: The answer.
        reasons: Why, in sentences.
        environments: What was compared; the first is the baseline.
        coverage: What was read, what was not, and why.
        findings: Every difference, worst first.
        images: What runs where, by digest.
        rules: What the built-in rules normalized away.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    environments: tuple[Environment, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    images: tuple[ImageRow, ...]
    rules: tuple[RuleHits, ...]

    def require(self) -> None:
        """Pass only if the environments are proven to be the same.

        Raises:
            DriftError: The verdict is neither `identical` nor `equivalent`.
        """
        if self.verdict.exit_status:
            names = ", ".join(environment.name for environment in self.environments)
            raise DriftError(
                f"{names}: {self.verdict.value}: {'; '.join(self.reasons)}",
                hint="print(driftcheck.render(result)) shows every difference",
            )

    def to_records(self) -> list[dict[str, Any]]:
        """The findings as flat rows, one for each environment a finding speaks of."""
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
            }
            for finding in self.findings
            for environment in self.environments
        ]
