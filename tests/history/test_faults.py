"""What nobody may be fooled by: records that are damaged, forged or gone, and writers that die."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from driftcheck import History, HistoryError, WholenessVerdict
from tests.conftest import SECRET_KEY
from tests.history.kept import NOW, at, keep, lines, record, rewrite, three_looks
from tests.moments import HANDS, PRODUCTION, QUIET, STAGED, STAGING, seen

Damage = Callable[[Path], None]


def truncated(store: Path) -> None:
    file = record(store, 2)
    file.write_bytes(file.read_bytes()[:-20])


def emptied(store: Path) -> None:
    record(store, 2).write_bytes(b"")


def changed(store: Path) -> None:
    header, body = lines(record(store, 2))
    body["gone"] = ["apps/Deployment/web"]
    rewrite(record(store, 2), header, body)


def renamed(store: Path) -> None:
    header, body = lines(record(store, 2))
    rewrite(record(store, 2), {**header, "name": "shop@elsewhere"}, body)


def back_dated(store: Path) -> None:
    header, body = lines(record(store, 3))
    times = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-20T00:00:01Z", "quiescent": True}
    rewrite(record(store, 3), {**header, "captured": times}, body)


def missing(store: Path) -> None:
    record(store, 2).unlink()


def swapped(store: Path) -> None:
    two, three = record(store, 2), record(store, 3)
    text = two.read_bytes()
    two.write_bytes(three.read_bytes())
    three.write_bytes(text)


def another_s(store: Path) -> None:
    other = store.with_name("other")
    keep(other, *(seen(moment, STAGING) for moment in (STAGED, QUIET)))
    shutil.copy(record(other, 2), record(store, 2))


DAMAGES = [truncated, emptied, changed, renamed, back_dated, missing, swapped, another_s]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage(tmp_path: Path, damage: Damage) -> None:
    """A record that is not what it was is named by verify, and nothing is read that rests on it."""
    store = tmp_path / "store"
    history = three_looks(store)
    damage(store)

    found = history.verify()
    number = 3 if damage is back_dated else 2

    assert found.verdict is WholenessVerdict.NOT_WHOLE
    assert any(f"{number:08}.json.gz" in said for said in found.problems)
    with pytest.raises(HistoryError):
        history.log(PRODUCTION)
    with pytest.raises(HistoryError):
        history.snapshot(f"{PRODUCTION}#2")


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_since(tmp_path: Path, damage: Damage) -> None:
    """It is seen as well by whoever has read the store before."""
    store = tmp_path / "store"
    history = three_looks(store)
    history.log(PRODUCTION)
    damage(store)

    with pytest.raises(HistoryError):
        history.log(PRODUCTION)


def test_cut_off(tmp_path: Path) -> None:
    """Looks that are gone from the end are missed by whoever saw them, or demands them."""
    history = three_looks(tmp_path)
    heads = history.verify().heads
    record(tmp_path, 3).unlink()

    assert "cut off" in history.verify().problems[0]
    for index in Path(os.environ["HOME"]).glob(".cache/driftcheck/*.sqlite"):
        index.unlink()
    assert history.verify().verdict is WholenessVerdict.WHOLE
    assert history.verify(heads).verdict is WholenessVerdict.END_NOT_PROVED
    assert history.verify([f"{PRODUCTION}#3"]).verdict is WholenessVerdict.END_NOT_PROVED
    assert history.verify([f"{PRODUCTION}#2"]).verdict is WholenessVerdict.WHOLE


def test_rewritten(tmp_path: Path) -> None:
    """A history that was written anew from the start is whole, and not the one that was seen."""
    heads = three_looks(tmp_path / "store").verify().heads
    for file in (tmp_path / "store").glob("log/*/*"):
        file.unlink()
    later = at(seen(QUIET), NOW - timedelta(hours=10))
    keep(tmp_path / "store", seen(STAGED), later, at(seen(HANDS), NOW - timedelta(hours=9)))

    found = History(tmp_path / "store").verify(heads)
    assert f"{heads[0].name}: #3 is another look than it was" in found.problems


def test_copied(tmp_path: Path) -> None:
    """A copy is whole, however its files were compressed again."""
    three_looks(tmp_path / "store")
    shutil.copytree(tmp_path / "store", tmp_path / "copy")
    for number in (1, 2, 3):
        file = record(tmp_path / "copy", number)
        file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()), 1))

    assert History(tmp_path / "copy").verify().verdict is WholenessVerdict.WHOLE


WRITER = """
import sys, itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from attrs import evolve
from driftcheck import capture
from driftcheck.history import Store, add
name, path, limit = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
for number in range(limit):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"},
            "data": {"writer": name, "number": str(number)}}
    snapshot = evolve(capture([body]), name="shop")
    add(Store.made(path), snapshot, now=datetime.now(UTC), driftcheck="0.1.0")
"""


def writer(path: Path, name: str, looks: int, prelude: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", prelude + WRITER, name, path, str(looks)])


def test_writers_at_once(tmp_path: Path) -> None:
    """Writers that are killed at any time leave a chain without a gap or a double."""
    store = tmp_path / "store"
    writers = [writer(store, name, 1000) for name in "abc"]
    deadline = time.monotonic() + 20
    while len(list(store.glob("log/*/0*"))) < 20 and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in writers:
        process.send_signal(signal.SIGKILL)
        process.wait()

    found = History(store).verify()
    assert found.verdict is WholenessVerdict.WHOLE
    assert found.looks >= 20
    assert found.looks == len(list(store.glob("log/*/0*")))


@pytest.mark.parametrize("call", ["fsync", "link", "unlink"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_write(tmp_path: Path, call: str, when: str) -> None:
    """Whoever dies at a step of a commit leaves what was there, or all of the look besides."""
    store = tmp_path / "store"
    assert writer(store, "a", 1).wait() == 0
    kill = f"""
import os
real = os.{call}
def dying(*given, **named):
    if {when!r} == "after":
        real(*given, **named)
    os._exit(9)
os.{call} = dying
"""
    assert writer(store, "b", 1, kill).wait() == 9

    assert History(store).verify().verdict is WholenessVerdict.WHOLE
    assert writer(store, "c", 1).wait() == 0
    assert History(store).verify().looks in (2, 3)


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("call", ["link", "unlink"])
def test_killed_while_pruning(tmp_path: Path, call: str, nth: int) -> None:
    """Pruning that dies at any step leaves a store that is whole, and can be done again."""
    history = three_looks(tmp_path)
    program = f"""
import os, sys, driftcheck
real, left = os.{call}, [{nth}]
def dying(*given, **named):
    left[0] -= 1
    if not left[0]:
        os._exit(9)
    return real(*given, **named)
os.{call} = dying
driftcheck.History(sys.argv[1]).prune(keep_last=1, yes=True)
"""
    subprocess.run([sys.executable, "-c", program, tmp_path], check=False)

    assert history.verify().problems == ()
    history.prune(keep_last=1, yes=True)
    assert (history.verify().problems, history.verify().pruned) == ((), 2)
    assert history.snapshot(PRODUCTION).documents


def refused(store: Path, prelude: str) -> str:
    program = (
        f"{prelude}\nimport driftcheck, sys\n"
        "try: driftcheck.History(sys.argv[1]).add(sys.argv[2])\n"
        "except driftcheck.HistoryError as error: print(error)"
    )
    file = store.with_name("quiet.json.gz")
    seen(QUIET).save(file)
    done = subprocess.run(
        [sys.executable, "-c", program, store, file],
        capture_output=True,
        check=True,
        text=True,
        env=os.environ | {"DRIFTCHECK_SECRET_KEY": SECRET_KEY},
    )
    return done.stdout


def test_disk_full(tmp_path: Path) -> None:
    """A look for which there is no room is refused, and nothing of it is there."""
    store = tmp_path / "store"
    keep(store, seen(STAGED))
    full = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"
    )

    assert "cannot be written: File too large" in refused(store, full)
    assert [file.name for file in store.glob("log/*/*")] == ["00000001.json.gz"]
    assert History(store).verify().verdict is WholenessVerdict.WHOLE


def test_no_hard_links(tmp_path: Path) -> None:
    """A file system without hard links is refused, and nothing is left in it."""
    store = tmp_path / "store"
    without = (
        "import os, errno\n"
        "def link(*given, **named): raise OSError(errno.EPERM, 'Operation not permitted')\n"
        "os.link = link"
    )

    assert "no hard links" in refused(store, without)
    assert [file for file in store.rglob("*") if file.is_file()] == []
