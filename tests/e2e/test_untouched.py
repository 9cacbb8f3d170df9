"""The gate "nobody wrote here since", from the command line and in Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from driftcheck import DriftError, Result, UsageError, compare, load_result, render, try_policy
from driftcheck.model import Snapshot, Verdict
from driftcheck.reports import FORMATS
from tests.builders import config_map
from tests.conftest import Program
from tests.moments import HANDS, PRODUCTION, QUIET, STAGED, STAGING, later, seen, without, written

WRITTEN = 17
"""Objects that the afternoon's hands wrote, made or took away."""


def untouched(*snapshots: Snapshot, **asked: Any) -> Result:
    return compare(*snapshots, untouched=True, **asked)


def became(result: Result) -> dict[tuple[str, str], str]:
    """What became of each object that somebody wrote."""
    return {
        (finding.object.kind, finding.object.name): finding.change.value
        for finding in result.findings
        if finding.is_witness
    }


def rule(**match: str) -> Mapping[str, Any]:
    return {"id": "written", "match": match, "effect": "any", "reason": "controllers write"}


def policy(*rules: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"version": 1, "rules": list(rules)}


class TestTheGate:
    """Every object that somebody wrote is a finding of its own."""

    def test_left_alone(self) -> None:
        """Where nobody was, and where statuses alone were written, nothing differs."""
        assert untouched(seen(QUIET, STAGING), seen(HANDS, STAGING)).verdict is Verdict.IDENTICAL
        assert untouched(seen(STAGED), seen(QUIET)).verdict is Verdict.IDENTICAL

    def test_hands(self) -> None:
        """Each finding has a witness for its change, no path, no values, and who wrote since."""
        result = untouched(seen(QUIET), seen(HANDS))
        (found,) = [item for item in result.findings if item.object.name == "proxy-conf"]

        assert len(became(result)) == WRITTEN
        assert (found.change.value, found.path, found.values) == ("touched", "", {})
        assert [each.manager for each in found.written_by[HANDS]] == ["kubectl-patch"]
        assert len(result.findings) == WRITTEN + len(compare(seen(QUIET), seen(HANDS)).findings)

    def test_the_same_content(self) -> None:
        """What was changed and changed back differs in nothing, and stops the gate."""
        after = later("ConfigMap", "proxy-conf", written)

        assert compare(seen(QUIET, STAGING), after).verdict is Verdict.IDENTICAL
        result = untouched(seen(QUIET, STAGING), after)
        assert (result.verdict, became(result)) == (
            Verdict.DRIFTED,
            {("ConfigMap", "proxy-conf"): "touched"},
        )
        with pytest.raises(DriftError):
            result.require()

    def test_both_ways(self) -> None:
        """Which look is the baseline makes no other findings of it."""
        forth, back = untouched(seen(QUIET), seen(HANDS)), untouched(seen(HANDS), seen(QUIET))

        assert became(forth) == became(back)

    def test_several_looks(self) -> None:
        """Each further look is held to the baseline."""
        looks = [seen(STAGED), seen(QUIET), seen(HANDS)]

        assert became(untouched(*looks)) == became(untouched(seen(QUIET), seen(HANDS)))

    @pytest.mark.parametrize("category", ["secret", "config", "image"])
    def test_categories(self, category: str) -> None:
        """An object that was written is about all that it holds, for that may have been changed."""
        result = untouched(seen(QUIET), seen(HANDS), fail_on=category)

        assert any(finding.is_witness for finding in result.stopping)
        assert result.exit_status == 1

    def test_hands_alone(self) -> None:
        """A hand counts, and who is not known; a controller and GitOps don't."""
        result = untouched(seen(QUIET), seen(HANDS), fail_on="hand")
        stopping = {item.object.name for item in result.stopping if item.is_witness}

        assert {"proxy-conf", "worker", "db-from-api"} <= stopping
        assert "db-credentials" not in stopping


class TestWhatIsNoPlace:
    """What can't be one place at several moments is refused, or not believed."""

    def test_two_places(self) -> None:
        with pytest.raises(UsageError, match="are two places: bookshop-staging and bookshop-prod"):
            untouched(seen(QUIET, STAGING), seen(HANDS))

    def test_made_anew(self) -> None:
        """A Namespace of the same name and another uid is another place."""

        def recreate(target: dict[str, Any]) -> None:
            target["metadata"]["uid"] = "another"

        with pytest.raises(UsageError, match="a uid of its own"):
            untouched(seen(QUIET, STAGING), later("Namespace", STAGING, recreate))

    def test_manifests(self) -> None:
        with pytest.raises(UsageError, match="objects is manifests"):
            compare(seen(QUIET), [config_map()], untouched=True)

    @pytest.mark.parametrize("order", [1, -1])
    def test_no_uid(self, order: int) -> None:
        """A snapshot without its Namespace proves nothing, however alike the objects are."""
        old = without(seen(QUIET, STAGING), "Namespace", STAGING)
        result = untouched(*[old, evolve(seen(QUIET, STAGING), name="later")][::order])

        assert result.verdict is Verdict.INCONCLUSIVE
        assert "the uid of its Namespace was not seen" in result.gaps[0]

    def test_doubts(self) -> None:
        """Where less is proven than it seems, the gate is not passed."""

        def forget(target: dict[str, Any]) -> None:
            del target["metadata"]["resourceVersion"]

        after = later("ConfigMap", "web-config", forget)

        assert compare(seen(QUIET, STAGING), after).verdict is Verdict.IDENTICAL
        assert untouched(seen(QUIET, STAGING), after).verdict is Verdict.INCONCLUSIVE


class TestPolicies:
    """A rule that names a witness speaks of witnesses, and no other rule does."""

    def test_expected(self) -> None:
        """What is expected to be written is no drift."""
        after = later("ConfigMap", "proxy-conf", written)
        expected = policy(rule(kind="ConfigMap", witness="touched"))
        result = untouched(seen(QUIET, STAGING), after, policy=expected)

        assert result.verdict is Verdict.EQUIVALENT
        assert result.rules[-1].hits == 1

    @pytest.mark.parametrize(
        "match",
        [
            {"kind": "ConfigMap"},
            {"kind": "ConfigMap", "witness": "changed"},
            {"kind": "Secret", "witness": "*"},
        ],
    )
    def test_other_rules(self, match: Mapping[str, str]) -> None:
        """Neither a rule about content nor one of another witness or kind hides it."""
        after = later("ConfigMap", "proxy-conf", written)
        result = untouched(seen(QUIET, STAGING), after, policy=policy(rule(**match)))

        assert result.verdict is Verdict.DRIFTED

    def test_content_stays(self) -> None:
        """A rule of witnesses hides nothing of what differs in the object."""
        expected = policy(rule(witness="*"))
        result = untouched(seen(QUIET), seen(HANDS), policy=expected)
        open_ones = [item for item in result.findings if item.expected is None]

        assert [item for item in open_ones if not item.is_witness] == list(
            compare(seen(QUIET), seen(HANDS)).findings
        )

    def test_dangerous_kinds(self) -> None:
        """Who may do what is not written unseen, unless the rule says so."""
        after = later("Role", "config-reader", written)
        match = rule(kind="Role", witness="touched")

        closed = untouched(seen(QUIET, STAGING), after, policy=policy(match))
        told = untouched(seen(QUIET, STAGING), after, policy=policy({**match, "dangerous": True}))
        assert (closed.verdict, told.verdict) == (Verdict.DRIFTED, Verdict.EQUIVALENT)

    def test_without_the_gate(self) -> None:
        """A rule of witnesses is no mistake where nobody asks for any."""
        expected = policy(rule(kind="ConfigMap", witness="touched"))

        assert not compare(seen(QUIET), seen(HANDS), policy=expected).warnings

    def test_tried(self) -> None:
        """A rule of witnesses that is tried by itself explains what was written between looks."""
        expected = policy(rule(kind="ConfigMap", witness="touched"))

        (trial,) = try_policy(seen(QUIET), seen(HANDS), policy=expected)
        assert [str(item.object) for item in trial.explained] == ["ConfigMap proxy-conf"]


class TestTheProgram:
    """The same from saved files."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> dict[str, Path]:
        files = {}
        for moment in (QUIET, HANDS):
            for namespace in (STAGING, PRODUCTION):
                files[moment, namespace] = tmp_path / f"{moment}-{namespace}.json.gz"
                seen(moment, namespace).save(files[moment, namespace])
        return {f"{moment} {namespace}": path for (moment, namespace), path in files.items()}

    def test_exit_status(self, driftcheck: Program, files: dict[str, Path]) -> None:
        """0 where nobody wrote, 1 where somebody did, 2 for two places and for manifests."""

        def run(*names: str) -> tuple[int, str]:
            done = driftcheck("compare", *(files[name] for name in names), "--untouched")
            return done.returncode, done.stderr

        assert run(f"{QUIET} {STAGING}", f"{HANDS} {STAGING}")[0] == 0
        assert run(f"{QUIET} {PRODUCTION}", f"{HANDS} {PRODUCTION}")[0] == 1
        code, said = run(f"{QUIET} {STAGING}", f"{HANDS} {PRODUCTION}")
        assert (code, "are two places" in said) == (2, True)

    def test_reports(self, driftcheck: Program, files: dict[str, Path], tmp_path: Path) -> None:
        """Every format shows what was changed back, and a saved result is rendered as it was."""
        both = [files[f"{QUIET} {PRODUCTION}"], files[f"{HANDS} {PRODUCTION}"]]
        outputs = [f"-o{name}={tmp_path / name}" for name in FORMATS]
        driftcheck("compare", *both, "--untouched", *outputs)

        for name in FORMATS:
            assert "worker" in (tmp_path / name).read_text(encoding="utf-8"), name
        result = load_result(tmp_path / "json")
        for name in FORMATS:
            assert render(result, name).encode() == (tmp_path / name).read_bytes(), name

    def test_json(self, driftcheck: Program, files: dict[str, Path]) -> None:
        """The block has the looks, the counts and what is not untouched."""
        both = [files[f"{QUIET} {PRODUCTION}"], files[f"{HANDS} {PRODUCTION}"]]
        written_as = json.loads(driftcheck("compare", *both, "-o", "json").stdout)
        (block,) = written_as["witnesses"]

        assert list(block) == ["from", "to", "counts", "objects", "doubts"]
        assert list(block["counts"]) == [
            "untouched", "status-only", "touched", "reverted", "recreated", "changed", "new",
            "gone", "owned",
        ]  # fmt: skip
        assert {
            "object": {"group": "apps", "kind": "Deployment", "name": "worker"},
            "witness": "reverted",
            "says": "its generation went from 1 to 3, and it is as it was",
        } in block["objects"]
