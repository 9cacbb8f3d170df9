"""Nothing that a statement says can be changed, and nothing it rests on."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from driftcheck import Part, ProofError, StartError
from driftcheck.proof import (
    Comparison,
    Demands,
    Grounds,
    Recomputed,
    read_public_key,
    verify_bundle,
)
from tests.proof.stated import NOW, Stated, encoded, failed, later, public_pem, reason

UNSAID = ("made", "rules", "tool")
"""What no snapshot can contradict: when it was said, and by which program."""
UNUSED = ("mirrors", "renamed")
"""Options that changed nothing, so that another statement with others is as true."""


def changed_bytes(data: bytes, step: int = 1) -> Iterator[bytes]:
    """Each byte flipped; and of every few one dropped, repeated, and swapped with the next."""
    for place in range(0, len(data), step):
        yield data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    for place in range(0, len(data) - 1, 7 * step):
        head, tail = data[:place], data[place + 1 :]
        yield head + tail
        yield head + data[place : place + 1] * 2 + tail
        if data[place] != data[place + 1]:
            yield head + bytes([data[place + 1], data[place]]) + data[place + 2 :]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        if isinstance(item, dict | list) and item:
            yield from leaves(item, (*path, key))
        else:
            yield (*path, key)


def with_another(said: Any, path: tuple[Any, ...]) -> Any:
    """The same with another value of the same kind at a place."""
    other = copy.deepcopy(said)
    holder = other
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = another(holder[path[-1]])
    return other


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value.endswith("Z"):
        return value.replace("2026", "2025")
    if isinstance(value, str) and value[-1:] in "0123456789abcdef":
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return f"{value}x" if isinstance(value, str) else ["x"] if value == [] else "x"


@pytest.mark.parametrize("part", ["payload", "sig"])
def test_signed_bytes(same: Stated, part: str) -> None:
    """No byte of the payload or of the signature can be another, or another time there."""
    key = read_public_key(public_pem("P-256"), source="key")
    grounds = Grounds(
        key=key, demands=Demands(now=NOW), recompute=lambda _: pytest.fail("no snapshot is at hand")
    )
    bundle = same.bundle
    envelope = bundle["dsseEnvelope"]
    holder = envelope if part == "payload" else envelope["signatures"][0]
    for data in changed_bytes(base64.b64decode(holder[part]), step=5 if part == "payload" else 1):
        holder[part] = encoded(data)

        found = verify_bundle(json.dumps(bundle).encode(), grounds)

        assert failed(found) == [Part.SIGNATURE]
        assert found.verdict is None


def _no_snapshot(_: Comparison) -> Recomputed:
    pytest.fail("no snapshot is at hand")


def test_bundle_bytes(same: Stated) -> None:
    """A change elsewhere in the bundle is refused, or changes nothing that is said."""
    whole = same.checked(held=())
    assert same.statement.bundle
    for data in changed_bytes(same.statement.bundle, step=61):
        found = same.checked(data, held=())

        assert not found.holds or found == whole


def test_snapshot_bytes(same: Stated) -> None:
    """A snapshot of which a byte is another is none that the statement is about."""
    first, second = same.snapshots
    other = same.folder / "other"
    assert same.checked().exit_status == 0
    for data in changed_bytes(first.read_bytes(), step=43):
        other.write_bytes(data)
        found = same.checked(held=(other, second))

        assert failed(found) == [Part.SNAPSHOTS]


def test_policy_bytes(expected: Stated) -> None:
    """A policy of which a byte is another is not the one that it was made with."""
    assert expected.policy
    other = expected.folder / "other.yaml"
    for data in changed_bytes(expected.policy.read_bytes(), step=9):
        other.write_bytes(data)
        try:
            found = expected.checked(policy=other)
        except StartError:
            continue
        assert failed(found) == [Part.POLICY]


def test_fields_under_a_valid_signature(expected: Stated) -> None:
    """Whatever a signer says that the snapshots do not give is refused, field by field."""
    said = expected.said
    assert expected.checked(expected.signed_anew(said)).exit_status == 0
    paths = [
        path
        for path in leaves(said)
        if not (path[0] == "predicate" and path[1] in UNSAID)
        and not (path[0] == "subject" and path[2] == "name")
        and not (path[:2] == ("predicate", "options") and path[2] in UNUSED)
    ]
    assert len(paths) > 40

    held = [path for path in paths if _holds(expected, with_another(said, path))]

    assert held == []


def _holds(stated: Stated, said: Any) -> bool:
    return stated.checked(stated.signed_anew(said)).exit_status == 0


def test_another_day(expected: Stated) -> None:
    """A policy's rules end on the day that the statement says, and not on another."""
    said = expected.said
    said["predicate"]["made"] = "2027-01-01T00:00:00Z"

    found = expected.checked(expected.signed_anew(said), now=later(days=60))

    assert failed(found) == [Part.VERDICT]
    assert "verdict" in reason(found, Part.VERDICT)


def test_other_rules(same: Stated) -> None:
    """Where another version's rules give another answer, it is said that they are others."""
    said = same.said
    said["predicate"] |= {"rules": f"sha256:{'0' * 64}", "reasons": ["so it is"]}

    found = same.checked(same.signed_anew(said))

    assert failed(found) == [Part.VERDICT]
    assert "by the rules of driftcheck" in reason(found, Part.VERDICT)


def test_a_subject_that_is_no_part_of_it(same: Stated) -> None:
    """A true comparison can't be said of a file or an image that it is not of."""
    said = same.said
    said["subject"].append({"name": "other", "digest": {"sha256": "0" * 64}})

    assert failed(same.checked(same.signed_anew(said))) == [Part.VERDICT]


def test_keys_that_cannot_be_read(same: Stated) -> None:
    """A private key is not taken for a public one, and nothing of it is shown."""
    with pytest.raises(ProofError, match="a private key") as refused:
        same.checked(key=same.folder / "P-256.pem")

    assert "BEGIN" not in str(refused.value)
