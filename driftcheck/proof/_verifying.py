"""A signed statement, link by link: what holds, what does not, and what nobody looked at.

The first link that fails of those that carry all others ends the check, so that nothing is said
of what nobody signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter

from attrs import field, frozen

from driftcheck.errors import DriftcheckError
from driftcheck.model import CheckedPart, Part, Standing, Verification, counted
from driftcheck.proof._demands import CLOCKS_DIFFER, Demands, check_demands
from driftcheck.proof._entries import digest_of
from driftcheck.proof._envelopes import BundleError, Envelope
from driftcheck.proof._keys import PublicKey
from driftcheck.proof._predicates import Comparison
from driftcheck.proof._signing import SignatureError, open_bundle
from driftcheck.proof._statements import ReadStatement, StatementError, read_statement
from driftcheck.proof._times import TimestampError, stamped_at

_RECOMPUTED = (
    "verdict",
    "reasons",
    "environments",
    "findings",
    "coverage",
    "policy",
    "platform",
    "witnesses",
)
"""What follows from the snapshots, the policy and the options."""


@frozen
class Recomputed:
    """What snapshots give now.

    Args:
        comparison: What they say.
        images: The digests of the images that run there.
    """

    comparison: Comparison
    images: frozenset[str]


Recompute = Callable[[Comparison], Recomputed]
"""Computes again what a comparison says, from the snapshots that it names, in its order."""


@frozen(kw_only=True)
class Grounds:
    """What is at hand to check a statement with.

    Args:
        key: The key that is trusted.
        demands: What is demanded of it.
        snapshots: Snapshots' files, by the names they were given by.
        policy: The digest of the policy at hand, `sha256:...`; empty where none is.
        recompute: Computes again what it says, once its snapshots and its policy are at hand.
        certificates: Those of the time-stamping authorities that are trusted, in PEM.
        certificates_file: What to call these in errors.
    """

    key: PublicKey
    demands: Demands
    snapshots: Mapping[str, bytes] = field(factory=dict, repr=False)
    policy: str = ""
    recompute: Recompute
    certificates: bytes = b""
    certificates_file: str = ""


def verify_bundle(data: bytes, grounds: Grounds) -> Verification:
    """Check a signed statement.

    Args:
        data: Its file's content.
        grounds: What to check it with.

    Returns:
        How each link was found; of one that can't be believed nothing else is said.

    Raises:
        ProofError: The trusted certificates can't be read.
    """
    key = grounds.key.fingerprint
    bundle = Part.BUNDLE.holds("a Sigstore bundle v0.3 with one signature")
    signature = Part.SIGNATURE.holds(f"by the key {key}")
    try:
        envelope = open_bundle(data, grounds.key)
        statement = read_statement(envelope.payload)
    except BundleError as error:
        return Verification((Part.BUNDLE.fails(str(error)),))
    except SignatureError as error:
        return Verification((bundle, Part.SIGNATURE.fails(str(error))))
    except StatementError as error:
        return Verification((bundle, signature, Part.STATEMENT.fails(str(error))), key=key)
    comparison = statement.comparison
    return Verification(
        parts=(
            bundle,
            signature,
            Part.STATEMENT.holds(_said(statement)),
            _time(envelope, comparison, grounds),
            *_evidence(statement, grounds),
            *check_demands(comparison, statement.subjects, grounds.demands),
        ),
        verdict=comparison.verdict,
        environments=tuple(each.place for each in comparison.environments),
        key=key,
        made=comparison.made,
    )


def verify_newest(bundles: Iterable[bytes], grounds: Grounds) -> Verification:
    """Check those statements of several that a key has signed: the newest of them counts.

    An older pass says nothing where the same key has said something else since, of the image and
    the environments that are demanded.

    Args:
        bundles: The files' contents, whoever wrote them.
        grounds: What to check them with.

    Returns:
        How the newest one was found, or the only one; where the key has signed none of several,
        that none is to be believed.
    """
    found = [verify_bundle(bundle, grounds) for bundle in bundles]
    if len(found) == 1:
        return found[0]
    believed = [(_is_meant(each), each.made, each) for each in found if each.made]
    if not believed:
        said = f"of {counted(len(found), 'statement')} none is one that the key has signed"
        return Verification((Part.BUNDLE.fails(said),))
    return max(believed, key=itemgetter(0, 1))[2]


def _is_meant(verification: Verification) -> bool:
    """Whether a statement is of the image and the environments that are demanded."""
    return not any(
        it.standing is Standing.FAILS and it.part in (Part.EXPECTED, Part.IMAGE)
        for it in verification.parts
    )


def _said(statement: ReadStatement) -> str:
    names = ", ".join(subject.name or subject.digest for subject in statement.subjects)
    return f"{statement.comparison.verdict.value}, said about {names}"


def _time(envelope: Envelope, comparison: Comparison, grounds: Grounds) -> CheckedPart:
    """When it was signed."""
    if not grounds.certificates:
        more = ": --timestamp-chain says who may have stamped it" if envelope.timestamps else ""
        return Part.TIME.unchecked(f"when it was signed is its signer's word{more}")
    if not envelope.timestamps:
        return Part.TIME.fails("it has no time stamp")
    chain, source = grounds.certificates, grounds.certificates_file
    try:
        stamped = min(
            stamped_at(token, envelope.signature, chain, source=source)
            for token in envelope.timestamps
        )
    except TimestampError as error:
        return Part.TIME.fails(str(error))
    if max(comparison.looks) > stamped + CLOCKS_DIFFER:
        return Part.TIME.fails("it was stamped before anybody had looked")
    return Part.TIME.holds(f"signed before {stamped:%Y-%m-%d %H:%M:%S} UTC")


def _evidence(statement: ReadStatement, grounds: Grounds) -> Iterator[CheckedPart]:
    """The policy, the snapshots, and what they give."""
    policy = _policy(statement.comparison, grounds)
    yield policy
    snapshots = _snapshots(statement.comparison, grounds)
    yield snapshots
    if snapshots.standing is Standing.HOLDS and policy.standing is not Standing.FAILS:
        yield _verdict(statement, grounds)
    else:
        yield Part.VERDICT.unchecked("not computed again")


def _policy(comparison: Comparison, grounds: Grounds) -> CheckedPart:
    meant = comparison.policy.digest if comparison.policy else ""
    said = f"made with the policy {meant}" if meant else "made without a policy"
    if grounds.policy == meant:
        return Part.POLICY.holds(said)
    if grounds.policy:
        return Part.POLICY.fails(f"{said}, and not with {grounds.policy}")
    return Part.POLICY.unchecked(said)


def _snapshots(comparison: Comparison, grounds: Grounds) -> CheckedPart:
    meant = {each.snapshot for each in comparison.environments}
    held = {name: digest_of(data) for name, data in grounds.snapshots.items()}
    stranger = next((name for name, digest in held.items() if digest not in meant), None)
    if stranger:
        return Part.SNAPSHOTS.fails(f"{stranger} is none of its snapshots, or was changed")
    count = len(set(held.values()))
    said = f"{count} of {len(meant)} at hand"
    return Part.SNAPSHOTS.holds(said) if count == len(meant) else Part.SNAPSHOTS.unchecked(said)


def _verdict(statement: ReadStatement, grounds: Grounds) -> CheckedPart:
    comparison = statement.comparison
    if comparison.policy and not grounds.policy:
        return Part.VERDICT.fails("computing it again takes its policy: name it with --policy")
    try:
        again = grounds.recompute(comparison)
    except DriftcheckError as error:
        return Part.VERDICT.fails(f"it can't be computed again: {error}")
    if other := _otherwise(comparison, again.comparison):
        return Part.VERDICT.fails(other)
    about = again.images | {each.snapshot for each in comparison.environments}
    stranger = next((it.digest for it in statement.subjects if it.digest not in about), None)
    if stranger:
        return Part.VERDICT.fails(f"it is about {stranger}, which is and runs in no snapshot")
    return Part.VERDICT.holds("computed again from the snapshots: the same")


def _otherwise(said: Comparison, given: Comparison) -> str:
    """Where the snapshots give another answer than was said, in words; empty where nowhere."""
    wrong = [name for name in _RECOMPUTED if getattr(given, name) != getattr(said, name)]
    if not wrong:
        return ""
    by = "" if given.rules == said.rules else f", by the rules of driftcheck {said.tool.version}"
    return f"the snapshots give another answer than was said{by}: {', '.join(wrong)}"
