"""What was not looked at may be accepted, by name; it is never taken for the same."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from attrs import evolve
from jsonschema import Draft202012Validator

from driftcheck.errors import PolicyError
from driftcheck.model import KindCoverage, ReadStatus, Result, RuleState, Snapshot, Verdict
from driftcheck.pipeline import compare_snapshots
from driftcheck.policy import policy_from
from driftcheck.verdict import contradiction
from tests.builders import config_map, snapshot

TODAY = date(2026, 11, 26)
SCHEMA = Draft202012Validator(
    json.loads(files("driftcheck.policy").joinpath("schemas/policy-v1.json").read_text("utf-8"))
)
SECRETS = {"id": "no-secrets", "match": {"kind": "Secret"}, "reason": "may not be read"}
FORBIDDEN = KindCoverage("", "Secret", ReadStatus.FORBIDDEN, reason="no leave")
FAILED = KindCoverage("example.com", "Widget", ReadStatus.FAILED, reason="503")
GROUP = KindCoverage("example.com", "*", ReadStatus.FAILED, reason="stale")
MOVING = KindCoverage("", "Secret", ReadStatus.UNSETTLED, reason="changed while it was read: a")
IN_PART = KindCoverage("", "Secret", ReadStatus.READ, reason="no values")


def seen(name: str, *rows: KindCoverage, **data: str) -> Snapshot:
    found = snapshot(config_map(**(data or {"a": "1"})))
    return evolve(found, name=name, coverage=(*found.coverage, *rows))


def compared(*rows: KindCoverage, unseen: tuple[dict[str, Any], ...] = (SECRETS,)) -> Result:
    """What is said of two equal environments in which these kinds were looked at so."""
    policy = policy_from({"version": 1, "unseen": list(unseen)})
    return compare_snapshots([seen("a", *rows), seen("b", *rows)], policy=policy, today=TODAY)


@pytest.mark.parametrize("row", [FORBIDDEN, IN_PART])
def test_accepted(row: KindCoverage) -> None:
    """What a rule names was not looked at, and the verdict is equivalent, never identical."""
    result = compared(row)

    assert result.verdict is Verdict.EQUIVALENT
    assert result.gaps == ()
    (said,) = result.accepted
    assert said.startswith("Secret was not looked at in a, b: ")
    assert said.endswith("; accepted by no-secrets: may not be read")
    assert said in result.reasons
    assert not result.coverage.complete
    assert {row.status for row in result.coverage.kinds if row.kind == "Secret"} == {
        ReadStatus.ACCEPTED
    }
    (rule,) = (rule for rule in result.rules if rule.id == "no-secrets")
    assert (rule.state, rule.hits) == (RuleState.USED, 2)
    assert contradiction(result) is None


@pytest.mark.parametrize("rows", [(MOVING,), (FAILED,), (FORBIDDEN, FAILED), (FORBIDDEN, GROUP)])
def test_not_accepted(rows: tuple[KindCoverage, ...]) -> None:
    """Another gap, and what was seen and did not stand still, leave the verdict open."""
    assert compared(*rows).verdict is Verdict.INCONCLUSIVE


def test_no_gap_is_no_acceptance() -> None:
    """Where all is seen, a rule changes nothing, and is said to be of no use."""
    result = compared()

    assert result.verdict is Verdict.IDENTICAL
    assert any("accepts nothing" in warning for warning in result.warnings)


def test_what_moves_is_said() -> None:
    """Who accepts a kind that moves hears why that does not help, and what does."""
    (warning,) = compared(MOVING).warnings
    assert "--settle" in warning


def test_drift_beside_it() -> None:
    """What is accepted hides no difference of what was seen."""
    policy = policy_from({"version": 1, "unseen": [SECRETS]})
    sides = [seen("a", FORBIDDEN, a="1"), seen("b", FORBIDDEN, a="2")]

    result = compare_snapshots(sides, policy=policy, today=TODAY)

    assert result.verdict is Verdict.DRIFTED
    assert result.accepted


@pytest.mark.parametrize("expires", ["2026-11-25", date(2026, 11, 25)])
def test_ended(expires: Any) -> None:
    """An acceptance that has ended accepts nothing, and it is said how much is open again."""
    result = compared(FORBIDDEN, unseen=({**SECRETS, "expires": expires},))

    assert result.verdict is Verdict.INCONCLUSIVE
    assert any("ended on 2026-11-25: 2 gaps open again" in said for said in result.warnings)


def test_who_accepts() -> None:
    """The owner and the last day are said."""
    rule = {**SECRETS, "owner": "team-shop", "expires": "2027-03-31"}
    (said,) = compared(FORBIDDEN, unseen=(rule,)).accepted
    assert "accepted by no-secrets (team-shop, until 2027-03-31): may not be read" in said


def test_a_group() -> None:
    """A group of which no kind is known is accepted as a whole, and not by one of its kinds."""
    group = {**SECRETS, "match": {"group": "example.com", "kind": "*"}}
    kind = {**SECRETS, "match": {"group": "example.com", "kind": "Widget"}}

    assert compared(GROUP, unseen=(group,)).verdict is Verdict.EQUIVALENT
    assert compared(GROUP, unseen=(kind,)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"match": {"kind": "*"}}, "every gap"),
        ({"match": {"kind": "Secret", "name": "db"}}, "no such key"),
        ({"match": {"group": "example.com"}}, "missing"),
        ({"match": None}, "a map"),
        ({"reason": "TODO"}, "placeholder"),
        ({"effect": "any"}, "no such key"),
        ({"expires": "soon"}, "a date"),
    ],
)
def test_mistakes(rule: dict[str, Any], said: str) -> None:
    """A rule that names no kind, gives no reason or says more than it may is refused."""
    with pytest.raises(PolicyError, match=said):
        policy_from({"version": 1, "unseen": [{**SECRETS, **rule}]})


def test_the_schema_for_editors() -> None:
    """Editors take a whole rule, and refuse one that names no kind."""
    whole = {**SECRETS, "owner": "team-shop", "expires": "2027-03-31"}

    assert SCHEMA.is_valid({"version": 1, "unseen": [whole]})
    assert not SCHEMA.is_valid({"version": 1, "unseen": [{**whole, "match": {"name": "db"}}]})


def test_one_id_for_one_rule() -> None:
    """No rule bears the id of another, of whatever sort."""
    rules = [{"id": "no-secrets", "effect": "any", "path": "a", "reason": "so it is"}]
    with pytest.raises(PolicyError, match=r"is the id of rules\[0\] already"):
        policy_from({"version": 1, "rules": rules, "unseen": [SECRETS]})
