"""What a store tells: since when, between which looks, by whom; how far apart; what is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from driftcheck import Became, BlamedChange, History, HistoryError, UsageError, compare
from driftcheck.model import ReadStatus
from tests.history.kept import ENVIRONMENT, NOW, at, keep, record, three_looks
from tests.moments import HANDS, PRODUCTION, QUIET, STAGED, STAGING, body, later, seen, without

TTL = 'data["settings.yaml"].cache.ttl'


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    store = tmp_path_factory.mktemp("kept") / "store"
    found = three_looks(store)
    keep(store, *(seen(moment, STAGING) for moment in (STAGED, QUIET, HANDS)))
    return found


def told(change: BlamedChange) -> tuple[str, str, int | None, int]:
    earlier = change.earlier.number if change.earlier else None
    return change.became.value, change.path, earlier, change.later.number


def test_blame(history: History) -> None:
    """The hand that edited the file, and nobody else, is named between two looks."""
    (change,) = history.blame(PRODUCTION, "cm/web-config", TTL).changes

    assert told(change) == ("changed", TTL, 2, 3)
    assert change.values == {"from": 300, "to": 600}
    assert [(writer.manager, writer.class_.value) for writer in change.written_by] == [
        ("kubectl-edit", "hand")
    ]


def test_blame_all_of_it(history: History) -> None:
    """Without a path, every place is told whose last change there is, and how it began."""
    blame = history.blame(PRODUCTION, "deployment.apps/web")

    assert list(map(told, blame.changes)) == [
        ("changed", "spec.replicas", 2, 3),
        ("added", "spec.paused", 2, 3),
        ("first-seen", "", None, 1),
    ]


@pytest.mark.parametrize("name", ["deployment/worker", "cm/proxy-conf"])
def test_changed_and_changed_back(history: History, name: str) -> None:
    """What only its status or its bookkeeping tells of is no change of what is declared."""
    assert [change.became for change in history.blame(PRODUCTION, name).changes] == [
        Became.FIRST_SEEN
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [("web", "is no object"), ("deploy/none", "never had a"), ("nonsense/web", "never had a")],
)
def test_no_object(history: History, name: str, said: str) -> None:
    """An object that never was there is an error."""
    with pytest.raises(UsageError, match=said):
        history.blame(PRODUCTION, name)


def test_flips(tmp_path: Path) -> None:
    """A value that flips back and forth is blamed on its last change, which no halving finds."""
    quiet = seen(QUIET, STAGING)
    for number, replicas in enumerate((2, 5, 2, 5)):
        turned = later(
            "Deployment", "web", lambda it, count=replicas: it["spec"].update(replicas=count)
        )
        keep(tmp_path, at(turned, quiet.window.end + timedelta(minutes=number)))  # type: ignore[union-attr]

    (change,) = History(tmp_path).blame(STAGING, "deploy/web", "spec.replicas").changes
    assert told(change) == ("changed", "spec.replicas", 3, 4)


def test_deleted_and_made_anew(tmp_path: Path) -> None:
    """A deletion, a making and another uid are each told, with the looks around them."""
    quiet = at(seen(QUIET, STAGING), NOW - timedelta(hours=5))
    gone = without(at(quiet, NOW - timedelta(hours=4)), "ConfigMap", "web-config")
    back = at(quiet, NOW - timedelta(hours=3))
    anew = later("ConfigMap", "web-config", lambda it: it["metadata"].update(uid="another"))
    keep(tmp_path, quiet, gone, back, at(anew, NOW - timedelta(hours=2)))

    blame = History(tmp_path).blame(STAGING, "cm/web-config")
    assert list(map(told, blame.changes)) == [
        ("recreated", "", 3, 4),
        ("made", "", 2, 3),
        ("deleted", "", 1, 2),
        ("first-seen", "", None, 1),
    ]


def test_looks_that_could_not_see(tmp_path: Path) -> None:
    """A look that was refused a kind says nothing of its objects, and the interval spans it."""
    quiet = at(seen(QUIET), NOW - timedelta(hours=5))
    rows = tuple(
        evolve(row, status=ReadStatus.FORBIDDEN, objects=0, reason="forbidden")
        if row.kind == "ConfigMap"
        else row
        for row in quiet.coverage
    )
    documents = tuple(item for item in quiet.documents if item.kind.kind != "ConfigMap")
    blind = evolve(at(quiet, NOW - timedelta(hours=4)), coverage=rows, documents=documents)
    keep(tmp_path, quiet, blind, at(seen(HANDS), NOW - timedelta(hours=3)))

    (change,) = History(tmp_path).blame(PRODUCTION, "cm/web-config", TTL).changes
    assert told(change) == ("changed", TTL, 1, 3)
    assert "#2 was not able to see ConfigMap" in change.notes


def test_another_key(tmp_path: Path) -> None:
    """Across another Secret key nobody can say what a value was."""
    other = at(evolve(seen(HANDS), secret_key_id="0123456789abcdef"), NOW)
    keep(tmp_path, seen(QUIET))
    keep(tmp_path, other, is_new_key=True)

    change = History(tmp_path).blame(PRODUCTION, "secret/db-credentials").changes[0]
    assert change.became is Became.INCOMPARABLE
    assert "the Secret key is another one since: values can't be compared across that" in (
        change.notes
    )


def test_drift(history: History) -> None:
    """How far apart two places were is told for each moment at which one was looked at."""
    drift = history.drift(STAGING, PRODUCTION)

    assert [point.findings for point in drift.points][-1] == 20
    assert (drift.points[-1].baseline, drift.points[-1].other) == (3, 3)
    assert len(history.drift(STAGING, PRODUCTION, last=1).points) == 1


def test_since(history: History) -> None:
    """Findings say since when they stand, and what was always so says that, too."""
    store = history.store
    result = compare(f"history:{STAGING}", f"history:{PRODUCTION}", store=store)

    since = {finding.path: finding.since for finding in result.findings}
    ttl, host = since[TTL], since["spec.rules[0].host"]
    assert ttl is not None
    assert (ttl.environment, ttl.earlier, ttl.later) == (f"history:{PRODUCTION}", 2, 3)
    assert ttl.time == seen(HANDS).window.end  # type: ignore[union-attr]
    assert host is not None
    assert (host.earlier, host.later) == (None, 1)
    assert since["running.containers[name=api].digest"] is None


def test_since_the_last_look(history: History) -> None:
    """What no look has yet came after the last one."""
    edited = body(seen(HANDS), "ConfigMap", "web-config")
    edited["data"]["new"] = "1"
    edited["metadata"]["resourceVersion"] = "9999"
    now = at(without(seen(HANDS), "ConfigMap", "web-config"), NOW)
    now = evolve(now, documents=(*now.documents, evolve(seen(HANDS).documents[0], body=edited)))

    result = compare(seen(HANDS), now, store=history.store)

    (finding,) = result.findings
    assert finding.since is not None
    assert (finding.since.earlier, finding.since.later) == (3, None)


def test_diff(history: History) -> None:
    """Of one look alone, it is compared with the one before, with witnesses."""
    result = history.diff(PRODUCTION)

    assert [environment.name for environment in result.environments] == [
        f"history:{ENVIRONMENT}#2",
        f"history:{ENVIRONMENT}#3",
    ]
    assert len(result.witnesses) == 1
    with pytest.raises(UsageError, match="has no look before it"):
        history.diff(f"{PRODUCTION}#1")


def test_prune(tmp_path: Path) -> None:
    """Pruning says what it would do, and does it; the chain and what is kept stay whole."""
    history = three_looks(tmp_path)
    history.log(PRODUCTION)
    before = history.verify().heads

    assert [look.number for look in history.prune(keep_last=2).gone] == [1]
    assert record(tmp_path, 1).exists()
    history.prune(keep_last=2, yes=True)

    found = history.verify(before)
    assert (found.problems, found.looks, found.pruned) == ((), 3, 1)
    assert [look.is_pruned for look in history.log(PRODUCTION).looks] == [False, False, True]
    assert compare(seen(QUIET), history.snapshot(f"{PRODUCTION}#2")).verdict == "identical"
    with pytest.raises(HistoryError, match="pruned: nothing but its header is left"):
        history.snapshot(f"{PRODUCTION}#1")
    (change,) = history.blame(PRODUCTION, "cm/web-config", TTL).changes
    assert told(change) == ("changed", TTL, 2, 3)
    keep(tmp_path, at(seen(HANDS), NOW))
    assert history.verify().looks == 4


def test_what_pruning_keeps(tmp_path: Path) -> None:
    """A tag and the newest look are kept whatever is asked; keeping nothing is refused."""
    history = three_looks(tmp_path)
    history.tag(f"{PRODUCTION}#1", "release-7")

    kept = {item.look.number: item.kept_by for item in history.prune(keep_last=1).looks}
    assert kept == {3: ("last", "newest"), 2: (), 1: ("tag release-7",)}
    assert history.prune(keep_within_days=1).gone == ()
    assert [look.number for look in history.prune(keep_daily=9).gone] == [2]
    with pytest.raises(UsageError, match="nothing is asked to be kept"):
        history.prune()
