"""In-toto statements: what is said, in which words, and about what.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from attrs import frozen

from driftcheck.codec import strict_json, told
from driftcheck.images import parse_reference
from driftcheck.model import IdentityKind, State, Subject, canonical_json
from driftcheck.proof._predicates import COMPARISON, Comparison, predicate_json, read_comparison
from driftcheck.proof._summaries import SVR, VSA, svr_json, vsa_json

STATEMENT = "https://in-toto.io/Statement/v1"
_DIGEST = re.compile("[0-9a-f]{64}")


class PredicateKind(StrEnum):
    """In whose words a statement is."""

    COMPARISON = "comparison"
    SVR = "svr"
    VSA = "vsa"


_WRITTEN = {
    PredicateKind.COMPARISON: (COMPARISON, predicate_json),
    PredicateKind.SVR: (SVR, svr_json),
    PredicateKind.VSA: (VSA, vsa_json),
}


class StatementError(ValueError):
    """A payload that is no statement of ours, with the reason."""


class Said(NamedTuple):
    """A statement before anybody signs it.

    Args:
        predicate_type: In which words it is.
        predicate: What it says.
        payload: All of it, byte by byte.
    """

    predicate_type: str
    predicate: Mapping[str, Any]
    payload: bytes


@frozen
class ReadStatement:
    """A statement that was read.

    Args:
        subjects: What it is about, as far as that has a SHA-256.
        comparison: What it says.
    """

    subjects: tuple[Subject, ...]
    comparison: Comparison


def say(comparison: Comparison, subjects: Sequence[Subject], kind: PredicateKind) -> Said:
    """Say something of subjects, in the words of a kind."""
    predicate_type, write = _WRITTEN[kind]
    predicate = write(comparison)
    return Said(predicate_type, predicate, statement_bytes(predicate_type, predicate, subjects))


def statement_bytes(
    predicate_type: str, predicate: Mapping[str, Any], subjects: Iterable[Subject]
) -> bytes:
    """A statement, byte by byte."""
    return canonical_json(
        {
            "_type": STATEMENT,
            "subject": [
                {"name": it.name, "digest": {"sha256": it.digest.removeprefix("sha256:")}}
                for it in subjects
            ],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )


def read_statement(payload: bytes) -> ReadStatement:
    """Read a statement of ours.

    Raises:
        StatementError: It is none.
    """
    subjects, predicate = read_parts(payload, COMPARISON)
    try:
        return ReadStatement(subjects, read_comparison(predicate))
    except msgspec.ValidationError as error:
        raise StatementError(f"its predicate can't be read: {told(error)}") from None


def read_parts(payload: bytes, predicate_type: str) -> tuple[tuple[Subject, ...], Any]:
    """What a statement in some words is about, as far as that has a SHA-256, and its predicate.

    Raises:
        StatementError: It is none, or in other words.
    """
    try:
        found = strict_json(payload)
    except ValueError as error:
        raise StatementError(str(error)) from None
    if not isinstance(found, dict) or found.get("_type") != STATEMENT:
        raise StatementError(f"its _type is not {STATEMENT}")
    if found.get("predicateType") != predicate_type:
        raise StatementError(_other_words(found.get("predicateType"), predicate_type))
    subjects = tuple(_subjects(found.get("subject")))
    if not subjects:
        raise StatementError("it is about nothing that has a SHA-256")
    return subjects, found.get("predicate")


def running_images(states: Iterable[State]) -> Mapping[str, frozenset[str]]:
    """The images that run anywhere, by the digests that registries know them by.

    Returns:
        By digest, the repositories that pods name for it.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for state in states:
        for workload in state.running.values():
            for container in workload.containers:
                names = filter(None, map(parse_reference, container.images))
                repositories = {name.name for name in names}
                for identity in container.identities:
                    if identity.kind is IdentityKind.REPO_DIGEST:
                        found[identity.digest] |= repositories
    return {digest: frozenset(names) for digest, names in sorted(found.items())}


def _other_words(found: Any, wanted: str) -> str:
    if found in (SVR, VSA):
        return f"{found} is for tools that know it, and leaves out what is checked here"
    return f"its predicateType is not {wanted}"


def _subjects(found: Any) -> Iterable[Subject]:
    for item in found if isinstance(found, list) else ():
        digests = item.get("digest") if isinstance(item, dict) else None
        sha256 = digests.get("sha256") if isinstance(digests, dict) else None
        if isinstance(sha256, str) and _DIGEST.fullmatch(sha256):
            yield Subject(str(item.get("name", "")), f"sha256:{sha256}")
