"""A statement of a comparison, for others to check, and what became of a check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import frozen

from driftcheck.errors import DriftError
from driftcheck.model._deeds import deed
from driftcheck.model._results import Result, Verdict
from driftcheck.model._snapshots import FilePath, Snapshot


@frozen
class SavedSnapshot:
    """A snapshot, and the bytes of the file that it stands in, or is going to.

    Args:
        snapshot: What was seen.
        content: The file's content; its digest is what a statement is about.
        is_saved: Whether that file is there already.
    """

    snapshot: Snapshot
    content: bytes
    is_saved: bool


@frozen
class Subject:
    """One thing that a statement is about.

    Args:
        name: What it is called, for people to read.
        digest: Of its bytes, `sha256:...`.
    """

    name: str
    digest: str


@frozen(repr=False)
class Statement:
    """What `prove` returns: a comparison's answer, for whoever was not there.

    Args:
        subjects: What it is about: the snapshots' files, or a running image.
        predicate_type: Which words it is in, as a URI.
        predicate: What it says, as JSON.
        payload: The in-toto statement, byte by byte: what is signed.
        bundle: The statement with its signature, as a file's content; None where nobody signed.
        made: When it was made.
        result: The comparison.
        snapshots: What was compared, by the subjects' names.
        images: The same of each image that runs, where these were asked for.
    """

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]
    payload: bytes
    bundle: bytes | None
    made: datetime
    result: Result
    snapshots: Mapping[str, SavedSnapshot]
    images: tuple[Statement, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(repr(subject.name) for subject in self.subjects)
        signed = "signed" if self.bundle else "unsigned"
        return f"<Statement {self.result.verdict.value}: {names}; {signed}>"

    @property
    def exit_status(self) -> int:
        """The command line's exit status: the verdict's."""
        return self.result.verdict.exit_status

    @property
    def content(self) -> bytes:
        """What its file holds: the bundle, or the bare statement where nobody signed."""
        return self.bundle or self.payload

    def save(self, file: str | FilePath) -> None:
        """Write the statement, and beside it the snapshots that stand in no file yet.

        Args:
            file: Where; of a statement with images a folder, in which each has a file.

        Raises:
            StartError: It can't be written.
        """
        deed("save_statement")(self, file)


class Standing(StrEnum):
    """How one link was found."""

    HOLDS = "holds"
    FAILS = "fails"
    LACKS = "lacks"
    """It holds, and is too old or not complete enough for what was demanded."""
    UNCHECKED = "unchecked"


class Part(StrEnum):
    """One link of what is checked of a statement, in the order of the checks."""

    BUNDLE = "bundle"
    SIGNATURE = "signature"
    STATEMENT = "statement"
    TIME = "time"
    POLICY = "policy"
    SNAPSHOTS = "snapshots"
    VERDICT = "verdict"
    COVERAGE = "coverage"
    AGE = "age"
    EXPECTED = "expected"
    IMAGE = "image"
    OBJECT = "object"

    def holds(self, says: str) -> CheckedPart:
        """It holds."""
        return CheckedPart(self, Standing.HOLDS, says)

    def fails(self, says: str) -> CheckedPart:
        """It does not hold, or is not what was demanded."""
        return CheckedPart(self, Standing.FAILS, says)

    def lacks(self, says: str) -> CheckedPart:
        """It holds, and does not suffice."""
        return CheckedPart(self, Standing.LACKS, says)

    def unchecked(self, says: str) -> CheckedPart:
        """Nobody looked, or nobody demanded anything."""
        return CheckedPart(self, Standing.UNCHECKED, says)


@frozen
class CheckedPart:
    """How one link of a statement was found, and why.

    Args:
        part: Which.
        standing: Whether it holds.
        says: Why, in words.
    """

    part: Part
    standing: Standing
    says: str


@frozen(repr=False)
class Verification:
    """What `verify` returns.

    Args:
        parts: How each link was found, up to the first after which nothing can be believed.
        verdict: What the statement says; None where it can't be believed.
        environments: What it was said of, the baseline first, as `NAME (NAMESPACE)`.
        key: Whose signature it has, as the fingerprint of a public key; None where it has not.
        made: When it says that it was made.
    """

    parts: tuple[CheckedPart, ...]
    verdict: Verdict | None = None
    environments: tuple[str, ...] = ()
    key: str | None = None
    made: datetime | None = None

    def __repr__(self) -> str:
        word = "holds" if self.holds else "does not hold"
        return f"<Verification {word}: {self.verdict and self.verdict.value}>"

    @property
    def holds(self) -> bool:
        """Whether every link that was checked holds."""
        return not self._in(Standing.FAILS)

    @property
    def exit_status(self) -> int:
        """0 where it holds and says identical or equivalent; 1, or 3 where it is unsure."""
        if not self.holds or self.verdict is None:
            return Verdict.DRIFTED.exit_status
        if self.verdict.exit_status == 0 and self._in(Standing.LACKS):
            return Verdict.INCONCLUSIVE.exit_status
        return self.verdict.exit_status

    def require(self) -> None:
        """Pass only where the statement holds, as demanded, and says identical or equivalent.

        Raises:
            DriftError: It does not.
        """
        if self.exit_status:
            reasons = (*self._in(Standing.FAILS), *self._in(Standing.LACKS))
            said = self.verdict.value if self.verdict else "nothing that can be believed"
            raise DriftError(
                f"the statement says {said}"
                + "".join(f"; {part.part.value}: {part.says}" for part in reasons),
                result=self,
                hint="print(driftcheck.render_verification(verification)) shows every check",
            )

    def _in(self, standing: Standing) -> tuple[CheckedPart, ...]:
        return tuple(part for part in self.parts if part.standing is standing)
