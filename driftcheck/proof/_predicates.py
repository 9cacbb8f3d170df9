"""What a statement says of a comparison: our own predicate, as it is written and read.

Its words are those of the result; what may tell of an environment's content stands in it as a
digest. The names of its fields are in camel case, as in-toto asks of predicates.
https://github.com/in-toto/attestation/blob/main/spec/v1/predicate.md
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Self

import msgspec
from attrs import frozen

from driftcheck.codec import coverage_record, finding_record
from driftcheck.model import (
    Environment,
    ObjectReference,
    Origin,
    PlatformVerdict,
    Result,
    SavedSnapshot,
    State,
    Verdict,
    Window,
    Witnesses,
    canonical_json,
)
from driftcheck.proof._entries import Inclusion, SaltedTree, digest_of, entries_of, secret_of

DOMAIN = "https://driftcheck.example"
"""Whose words these are. Nobody can own `.example`: see the release checklist."""
COMPARISON = f"{DOMAIN}/comparison/v1"
"""What our own predicate is known by, in its major version."""
HEADS = f"{DOMAIN}/heads/v1"
"""The same of the heads of a store of looks."""

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Digest = Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$")]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Options(msgspec.Struct, rename="camel", frozen=True):
    """What was asked of the comparison.

    Its answer depends on them, and by the day of the statement on a policy's rules that end.
    """

    kinds: tuple[str, ...] = ()
    exclude_kinds: tuple[str, ...] = ()
    selector: str = ""
    renamed: dict[str, str] = {}
    mirrors: dict[str, str] = {}
    untouched: bool = False
    platform: bool = False

    @property
    def narrows(self) -> bool:
        """Whether less than everything was compared."""
        return bool(self.kinds or self.exclude_kinds or self.selector)


class Tree(msgspec.Struct, frozen=True):
    """A Merkle tree with salted leaves, by which single ones can be shown."""

    root: _Digest
    size: _Count


class Captured(msgspec.Struct, frozen=True):
    """When an environment was looked at."""

    start: _Moment = msgspec.field(name="from")
    end: _Moment = msgspec.field(name="to")
    quiescent: bool


class ProvenEnvironment(msgspec.Struct, rename="camel", frozen=True):
    """One of the compared environments."""

    name: str
    origin: Origin
    cluster: str | None
    namespace: str | None
    namespace_uid: str | None
    captured: Captured | None
    objects: _Count
    snapshot: _Digest
    secret_key_id: str | None
    fingerprint: _Digest
    tree: Tree

    @property
    def place(self) -> str:
        """Where it is, for people to read."""
        where = self.namespace or "no namespace"
        return f"{self.name} ({where}@{self.cluster})" if self.cluster else f"{self.name} ({where})"


class Findings(msgspec.Struct, frozen=True):
    """How many differences there are, and how many that no rule expects."""

    count: _Count
    unexpected: _Count
    tree: Tree


class CoverageDigest(msgspec.Struct, frozen=True):
    """Whether everything was seen, what somebody accepts to be unseen, and a digest of the rows."""

    complete: bool
    accepted: _Count
    narrowed: bool
    digest: _Digest


class PolicyDigest(msgspec.Struct, frozen=True):
    """Which policy was held against it."""

    digest: _Digest


class ProvenPlatform(msgspec.Struct, frozen=True):
    """What was said of what lies outside, and whether the verdict is held to it."""

    verdict: PlatformVerdict
    required: bool


class WitnessCounts(msgspec.Struct, frozen=True):
    """What was written between two looks at one place."""

    earlier: str = msgspec.field(name="from")
    later: str = msgspec.field(name="to")
    counts: dict[str, _Count]


class Tool(msgspec.Struct, frozen=True):
    """What compared."""

    name: str
    version: str


class ShownObject(msgspec.Struct, frozen=True):
    """One object of one environment, and how its entry leads to the environment's tree."""

    environment: str
    entry: str
    salt: str
    index: _Count
    size: _Count
    hashes: tuple[str, ...]

    @classmethod
    def of(cls, environment: str, found: Inclusion) -> Self:
        """An object that is shown."""
        return cls(
            environment=environment,
            entry=found.entry.decode(),
            salt=_text(found.salt),
            index=found.index,
            size=found.size,
            hashes=tuple(map(_text, found.hashes)),
        )


class Record(msgspec.Struct, frozen=True):
    """A record of a history that a compared look stands in."""

    environment: str
    number: _Count
    header: _Digest


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The whole predicate."""

    verdict: Verdict
    reasons: tuple[str, ...]
    environments: Annotated[tuple[ProvenEnvironment, ...], msgspec.Meta(min_length=2)]
    findings: Findings
    coverage: CoverageDigest
    policy: PolicyDigest | None
    platform: ProvenPlatform
    options: Options
    rules: _Digest
    tool: Tool
    made: _Moment
    witnesses: tuple[WitnessCounts, ...] = ()
    objects: tuple[ShownObject, ...] = ()
    records: tuple[Record, ...] = ()

    @property
    def looks(self) -> tuple[datetime, ...]:
        """When each look ended; of manifests nobody knows, so that the statement counts."""
        return tuple(it.captured.end if it.captured else self.made for it in self.environments)


@frozen
class Evidence:
    """What a statement rests on.

    Args:
        result: The comparison.
        states: What was compared, normalized, in the same order as the environments.
        snapshots: What was seen, and the bytes of its files.
        options: What was asked.
        rules: The digest of the rules by which it was compared.
        tool: The version of driftcheck.
        made: When.
        shown: Objects to show by themselves.
        records: Where in a history the looks stand.
    """

    result: Result
    states: tuple[State, ...]
    snapshots: tuple[SavedSnapshot, ...]
    options: Options
    rules: str
    tool: str
    made: datetime
    shown: tuple[ObjectReference, ...] = ()
    records: tuple[Record, ...] = ()


def comparison_of(evidence: Evidence) -> Comparison:
    """What a statement says; the same for the same evidence."""
    result = evidence.result
    secrets = [secret_of([saved.content]) for saved in evidence.snapshots]
    trees = [
        SaltedTree(entries_of(state), secret)
        for state, secret in zip(evidence.states, secrets, strict=True)
    ]
    return Comparison(
        verdict=result.verdict,
        reasons=result.reasons,
        environments=tuple(map(_environment, result.environments, evidence.snapshots, trees)),
        findings=_findings(result, secret_of(secrets)),
        coverage=CoverageDigest(
            complete=not result.gaps,
            accepted=len(result.accepted),
            narrowed=evidence.options.narrows,
            digest=digest_of(canonical_json(coverage_record(result.coverage))),
        ),
        policy=PolicyDigest(result.policy.digest) if result.policy else None,
        platform=ProvenPlatform(result.platform.verdict, result.platform.is_required),
        options=evidence.options,
        rules=evidence.rules,
        tool=Tool("driftcheck", evidence.tool),
        made=evidence.made,
        witnesses=tuple(map(_witnesses, result.witnesses)),
        objects=tuple(_shown(evidence, trees)),
        records=evidence.records,
    )


def predicate_json(comparison: Comparison) -> dict[str, Any]:
    """The predicate as plain JSON; what there is none of is left out."""
    written: dict[str, Any] = msgspec.to_builtins(comparison)
    return {
        key: value
        for key, value in written.items()
        if value or key not in ("witnesses", "objects", "records")
    }


def read_comparison(predicate: Any) -> Comparison:
    """Read our predicate.

    Raises:
        msgspec.ValidationError: It is none.
    """
    comparison = msgspec.convert(predicate, Comparison)
    if any(moment.utcoffset() for moment in (comparison.made, *comparison.looks)):
        raise msgspec.ValidationError("a time in it is not in UTC")
    return comparison


def utc_text(moment: datetime) -> str:
    """A moment as statements write it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _environment(
    environment: Environment, saved: SavedSnapshot, tree: SaltedTree
) -> ProvenEnvironment:
    snapshot = saved.snapshot
    return ProvenEnvironment(
        name=environment.name,
        origin=environment.origin,
        cluster=snapshot.platform.cluster if snapshot.platform else None,
        namespace=environment.namespace,
        namespace_uid=snapshot.namespace_uid,
        captured=_captured(snapshot.window),
        objects=environment.objects,
        snapshot=digest_of(saved.content),
        secret_key_id=snapshot.secret_key_id,
        fingerprint=environment.fingerprint,
        tree=Tree(tree.root, tree.size),
    )


def _captured(window: Window | None) -> Captured | None:
    if window is None:
        return None
    return Captured(window.start.astimezone(UTC), window.end.astimezone(UTC), window.quiescent)


def _findings(result: Result, secret: bytes) -> Findings:
    records = [canonical_json(finding_record(finding)) for finding in result.all_findings]
    tree = SaltedTree(dict(enumerate(records)), secret)
    return Findings(
        count=len(records),
        unexpected=sum(finding.expected is None for finding in result.all_findings),
        tree=Tree(tree.root, tree.size),
    )


def _witnesses(found: Witnesses) -> WitnessCounts:
    counts = {witness.value: count for witness, count in found.counts.items()}
    return WitnessCounts(found.earlier, found.later, counts)


def _shown(evidence: Evidence, trees: Iterable[SaltedTree]) -> Iterable[ShownObject]:
    for state, tree in zip(evidence.states, trees, strict=True):
        for reference in evidence.shown:
            if found := tree.inclusion(reference):
                yield ShownObject.of(state.environment, found)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
