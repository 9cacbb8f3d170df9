"""How looks are named, and what becomes of a name that could be two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from driftcheck import History, UsageError
from driftcheck.history._names import parse_time
from tests.history.kept import ENVIRONMENT, NOW, at, keep, three_looks
from tests.moments import HANDS, PRODUCTION, QUIET, STAGING, seen


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    found = three_looks(tmp_path_factory.mktemp("named") / "store")
    found.tag(f"{PRODUCTION}#2", "release-7")
    return found


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (PRODUCTION, 3),
        (f"history:{PRODUCTION}", 3),
        (ENVIRONMENT, 3),
        (f"{ENVIRONMENT}~0", 3),
        (f"{ENVIRONMENT}~2", 1),
        (f"{ENVIRONMENT}#2", 2),
        (f"{ENVIRONMENT}#release-7", 2),
        (f"{ENVIRONMENT}@{{2026-11-25T13:30}}", 2),
        (f"{PRODUCTION}@{{2026-11-25T13:30+01:00}}", 1),
        (f"{PRODUCTION}@{{2026-11-26}}", 3),
    ],
)
def test_names(history: History, name: str, number: int) -> None:
    """A suffix that is cut from the right says which look of an environment is meant."""
    assert history.snapshot(name).name == f"history:{ENVIRONMENT}#{number}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"{PRODUCTION}#4", "there is no such look"),
        (f"{PRODUCTION}~3", "there is no such look"),
        (f"{PRODUCTION}#0", "there is no such look"),
        (f"{PRODUCTION}#release-8", "there is no tag 'release-8'"),
        (f"{PRODUCTION}@{{2026-11-25}}", "nobody had looked by"),
        (f"{PRODUCTION}@{{yesterday}}", "no time"),
        ("shop", "has no looks at 'shop'"),
        ("shop#2", "has no looks at 'shop'"),
    ],
)
def test_no_look(history: History, name: str, said: str) -> None:
    """What names no look says so, and what there is."""
    with pytest.raises(UsageError, match=said) as refused:
        history.snapshot(name)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2.days.ago", NOW - timedelta(days=2)),
        ("1 hour ago", NOW - timedelta(hours=1)),
        ("3.weeks.ago", NOW - timedelta(weeks=3)),
        ("2026-11-25T18:00Z", datetime(2026, 11, 25, 18, tzinfo=UTC)),
    ],
)
def test_times(text: str, moment: datetime) -> None:
    """Times are UTC where they do not say otherwise, and may count back from now."""
    assert parse_time(text, NOW) == moment


def test_two_environments(tmp_path: Path) -> None:
    """A name that two environments have is an error that lists both."""
    two = evolve(seen(HANDS), platform=None, context="other")
    elsewhere = evolve(
        two, documents=tuple(item for item in two.documents if item.kind.kind != "Namespace")
    )
    (namespace,) = (item for item in two.documents if item.kind.kind == "Namespace")
    body = {**namespace.body, "metadata": {**namespace.metadata, "uid": "another"}}
    other = evolve(elsewhere, documents=(*elsewhere.documents, evolve(namespace, body=body)))
    keep(tmp_path, seen(QUIET), other)

    with pytest.raises(UsageError, match="may be any of history:") as refused:
        History(tmp_path).snapshot(PRODUCTION)
    assert f"{PRODUCTION}@playback#1" in str(refused.value)
    assert f"{PRODUCTION}@other#1" in str(refused.value)


def test_a_context_that_looks_like_a_suffix(tmp_path: Path) -> None:
    """Where a context ends like the name of a look, both are listed, and neither is guessed."""
    keep(tmp_path, evolve(seen(QUIET), context="blue"))
    keep(tmp_path, evolve(seen(QUIET, STAGING), context="blue"))
    keep(tmp_path, at(evolve(seen(QUIET, STAGING), context="blue~0", namespace=PRODUCTION), NOW))

    with pytest.raises(UsageError, match="may be any of"):
        History(tmp_path).snapshot(f"{PRODUCTION}@blue~0")


@pytest.mark.parametrize("name", ["12", "-x", "a b", "a#b", "", "../x"])
def test_no_tag(history: History, name: str) -> None:
    """A tag is a word, and never digits alone."""
    with pytest.raises(UsageError, match="is no tag"):
        history.tag(PRODUCTION, name)


def test_a_tag_stays(history: History) -> None:
    """A tag that was given can be given again to the same look, and to no other one."""
    assert history.tag(f"{PRODUCTION}#2", "release-7").tags == ("release-7",)
    with pytest.raises(Exception, match="a tag is never moved"):
        history.tag(f"{PRODUCTION}#3", "release-7")
