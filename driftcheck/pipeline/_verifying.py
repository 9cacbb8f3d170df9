"""The verb that checks a statement, and computes again what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from driftcheck.codec import read_snapshot
from driftcheck.errors import ProofError, UsageError
from driftcheck.model import FilePath, SavedSnapshot, Verification
from driftcheck.pipeline._attaching import attached_bundles
from driftcheck.pipeline._evidence import evidence_of, named
from driftcheck.pipeline._policies import PolicyLike, policy_of
from driftcheck.pipeline._signing import public_key_of, read_key_file
from driftcheck.pipeline._silence import silent
from driftcheck.policy import Policy
from driftcheck.proof import (
    Comparison,
    Demands,
    Grounds,
    Recomputed,
    comparison_of,
    digest_of,
    running_images,
    verify_newest,
)
from driftcheck.sources import read_whole

_AGE = re.compile(r"([0-9]{1,6})([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OBJECT = re.compile(r"[^/]+/[^/]+")


@silent
def verify(
    file: str | FilePath | None,
    *snapshots: str | FilePath,
    key: str | FilePath,
    policy: PolicyLike = None,
    max_age: str | timedelta | None = None,
    require_complete: bool = False,
    objects: str | Iterable[str] = (),
    expect: str | Iterable[str] = (),
    image: str = "",
    timestamp_chain: str | FilePath | None = None,
    now: datetime | None = None,
    timeout: float = 300.0,
) -> Verification:
    """Check a signed statement: whose it is, what it is about, and what it says.

    Args:
        file: What `prove` wrote, signed; None for what is attached to an image.
        snapshots: The snapshots that it is about; with all of them what it says is computed
            again.
        key: The public key that is trusted, in PEM.
        policy: The policy that it must have been made with; see `compare`.
        max_age: How long ago it may have been looked: `30m`, `24h`, `7d`.
        require_complete: Whether everything must have been seen and compared.
        objects: Which objects it must show, each as `KIND/NAME`.
        expect: Which environments it must be of, each as `NAMESPACE` or `NAMESPACE@CLUSTER-UID`.
        image: The digest of the image that it must be about; where no file is named, the image's
            reference, beside which it is looked for: of several the newest counts that the key
            has signed.
        timestamp_chain: The certificates of time-stamping authorities that are trusted, in PEM.
        now: The moment by which it is too old; by default this one.
        timeout: Seconds for what a registry is asked.

    Returns:
        How each link was found; `exit_status` and `require` say whether that will do.

    Raises:
        StartError: A file can't be read, or an argument makes no sense.
    """
    bundles: tuple[bytes, ...]
    if file is None:
        image, bundles = attached_bundles(image, timeout=timeout)
    else:
        image, bundles = _image(image), (_content(file),)
    demands = Demands(
        now=now or datetime.now(UTC),
        max_age=_age(max_age) if isinstance(max_age, str) else max_age,
        complete=require_complete,
        expected=_each(expect),
        image=image,
        objects=tuple(map(_object, _each(objects))),
    )
    expectations = policy_of(policy)
    held = {str(path): _content(path) for path in snapshots}

    def recompute(comparison: Comparison) -> Recomputed:
        return _recomputed(comparison, held, expectations)

    grounds = Grounds(
        key=public_key_of(Path(key)),
        demands=demands,
        snapshots=held,
        policy=expectations.digest,
        recompute=recompute,
        certificates=read_key_file(Path(timestamp_chain)) if timestamp_chain else b"",
        certificates_file=str(timestamp_chain or ""),
    )
    return verify_newest(bundles, grounds)


def _recomputed(comparison: Comparison, held: dict[str, bytes], policy: Policy) -> Recomputed:
    """What the snapshots give, in the order and by the names of the statement."""
    by_digest = {digest_of(content): (name, content) for name, content in held.items()}
    snapshots: list[SavedSnapshot] = []
    for environment in comparison.environments:
        name, content = by_digest[environment.snapshot]
        snapshots.append(named(read_snapshot(content, source=name), content, environment.name))
    evidence = evidence_of(snapshots, comparison.options, policy, made=comparison.made)
    return Recomputed(comparison_of(evidence), frozenset(running_images(evidence.states)))


def _content(file: str | FilePath) -> bytes:
    try:
        with Path(file).open("rb") as opened:
            return read_whole(opened)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise ProofError(f"{file}: {reason}", hint="name a file that is there") from None


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if found is None:
        raise UsageError(f"{text} is no span of time", hint="write 30m, 24h or 7d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _image(text: str) -> str:
    if text and not _DIGEST.fullmatch(text):
        raise UsageError(f"{text} is no digest of an image", hint="write sha256: and 64 digits")
    return text


def _object(text: str) -> str:
    if not _OBJECT.fullmatch(text):
        raise UsageError(f"{text} names no object", hint="write its kind and name: Deployment/web")
    return text


def _each(texts: str | Iterable[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)
