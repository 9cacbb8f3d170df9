"""The verb that states what a comparison says, for others to check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Unpack

from attrs import evolve

from driftcheck.errors import DriftError, UsageError
from driftcheck.model import HISTORY, SavedSnapshot, Statement, Subject
from driftcheck.pipeline._evidence import evidence_of, saved_snapshots
from driftcheck.pipeline._looking import EnvironmentLike
from driftcheck.pipeline._options import CaptureOptions, Look
from driftcheck.pipeline._policies import PolicyLike, policy_of
from driftcheck.pipeline._signing import Signing
from driftcheck.pipeline._silence import silent
from driftcheck.pipeline._verbs import check_environments
from driftcheck.proof import (
    Comparison,
    Evidence,
    Options,
    PredicateKind,
    Record,
    comparison_of,
    digest_of,
    passes,
    running_images,
    say,
    sign_payload,
)

Sign = Callable[[bytes], bytes | None]
"""Makes the bundle of a payload; gives nothing where nobody signs."""


@silent
def prove(
    *environments: EnvironmentLike,
    predicate: PredicateKind | str = PredicateKind.COMPARISON,
    for_images: bool = False,
    objects: str | Iterable[str] = (),
    records: Mapping[str, tuple[int, str]] = MappingProxyType({}),
    key: str | Path | None = None,
    public_key: str | Path | None = None,
    key_passphrase_file: str | Path | None = None,
    ask_passphrase: Callable[[], str] | None = None,
    timestamp_url: str | None = None,
    kinds: str | Iterable[str] = (),
    exclude_kinds: str | Iterable[str] = (),
    selector: str = "",
    renamed: Mapping[str, str] = MappingProxyType({}),
    mirrors: Mapping[str, str] = MappingProxyType({}),
    policy: PolicyLike = None,
    untouched: bool = False,
    now: datetime | None = None,
    **options: Unpack[CaptureOptions],
) -> Statement:
    """Compare environments, and state what came out, so that others can check it.

    Args:
        environments: Two or more; the first is the baseline. See `capture` for what each may be.
        predicate: In whose words: `comparison` for our own, which `verify` checks; `svr` for a
            passed check alone, `vsa` for a summary, of in-toto and of SLSA.
        for_images: Whether to state the same of each image that runs.
        objects: Objects to show by themselves, each as `KIND/NAME`.
        records: Where in a history looks stand: by environments' names the record's number and
            its header's digest, `sha256:...`; of what is named `history:...` it is known.
        key: Who signs: a private key's file in PEM, or the URI of one that a service holds.
        public_key: Its public half, which a URI needs beside it.
        key_passphrase_file: The file with what the key is encrypted with; by default
            `$DRIFTCHECK_KEY_PASSPHRASE`.
        ask_passphrase: Asks for it where neither says it.
        timestamp_url: The time-stamping authority (RFC 3161) that says when it was signed.
        kinds: See `compare`.
        exclude_kinds: See `compare`.
        selector: See `compare`.
        renamed: See `compare`.
        mirrors: See `compare`.
        policy: See `compare`.
        untouched: See `compare`.
        now: The moment that it bears; by default this one.
        options: How to look: see `CaptureOptions`.

    Returns:
        The statement, with the snapshots that it is about; nothing is written yet.

    Raises:
        StartError: An environment could not be looked at, a key can't be used, or an argument
            makes no sense.
        DriftError: `svr` was asked for, which can say nothing but a pass, and this is none.
    """
    check_environments(environments)
    words = _words(predicate)
    look = Look(**options)
    signing = Signing(
        key=key,
        public_key=public_key,
        key_passphrase_file=key_passphrase_file,
        ask_passphrase=ask_passphrase,
        timestamp_url=timestamp_url,
    )
    sign = _signs(signing, look)
    expectations = policy_of(policy)
    asked = Options(
        kinds=_each(kinds),
        exclude_kinds=_each(exclude_kinds),
        selector=selector,
        renamed=dict(renamed),
        mirrors=dict(mirrors),
        untouched=untouched,
        platform=look.platform is True,
    )
    snapshots = saved_snapshots(environments, look)
    records = {**_records(environments, snapshots, look), **records}
    made = (now or datetime.now(UTC)).replace(microsecond=0)
    evidence = evolve(
        evidence_of(snapshots, asked, expectations, made=made, objects=_each(objects)),
        records=tuple(Record(name, *record) for name, record in sorted(records.items())),
    )
    comparison = comparison_of(evidence)
    if words is PredicateKind.SVR and not passes(comparison):
        raise DriftError(
            f"nothing is stated, since an SVR can say nothing but a pass: "
            f"{comparison.verdict.value}: {'; '.join(comparison.reasons)}",
            result=evidence.result,
            hint="leave --predicate out to state it in words of our own",
        )
    return _stated(evidence, comparison, words, sign, for_images=for_images)


def _records(
    environments: Iterable[EnvironmentLike], snapshots: Iterable[SavedSnapshot], look: Look
) -> dict[str, tuple[int, str]]:
    """Where the looks stand that were named by their place in a history."""
    kept = {
        environment: saved.snapshot
        for environment, saved in zip(environments, snapshots, strict=True)
        if isinstance(environment, str) and environment.startswith(HISTORY)
    }
    if not kept:
        return {}
    from driftcheck.pipeline._stores import kept_records

    return kept_records(kept, look.store)


def _stated(
    evidence: Evidence,
    comparison: Comparison,
    words: PredicateKind,
    sign: Sign,
    *,
    for_images: bool,
) -> Statement:
    """The statement about the snapshots, and those about the images."""
    names = [environment.name for environment in evidence.result.environments]
    snapshots = dict(zip(names, evidence.snapshots, strict=True))

    def state(*subjects: Subject) -> Statement:
        said = say(comparison, subjects, words)
        return Statement(
            subjects=subjects,
            predicate_type=said.predicate_type,
            predicate=said.predicate,
            payload=said.payload,
            bundle=sign(said.payload),
            made=comparison.made,
            result=evidence.result,
            snapshots=snapshots,
        )

    about_snapshots = state(
        *(Subject(name, digest_of(saved.content)) for name, saved in snapshots.items())
    )
    if not for_images:
        return about_snapshots
    images = running_images(evidence.states)
    return evolve(
        about_snapshots,
        images=tuple(
            state(*(Subject(name, digest) for name in sorted(repositories or {digest})))
            for digest, repositories in images.items()
        ),
    )


def _signs(signing: Signing, look: Look) -> Sign:
    signer = signing.signer()
    if signer is None:
        return lambda _: None
    ask_time = signing.ask_time(look.timeout)
    return lambda payload: sign_payload(payload, signer, ask_time)


def _words(predicate: PredicateKind | str) -> PredicateKind:
    try:
        return PredicateKind(predicate)
    except ValueError:
        raise UsageError(
            f"there is no predicate {predicate!r}",
            hint=f"there are: {', '.join(kind.value for kind in PredicateKind)}",
        ) from None


def _each(texts: str | Iterable[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)
