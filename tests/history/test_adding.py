"""What comes into a store, and comes out of it again."""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from driftcheck import History, HistoryError, capture
from driftcheck.pipeline import compare_snapshots
from tests.builders import config_map
from tests.history.kept import ENVIRONMENT, NOW, at, keep, lines, record, three_looks
from tests.moments import HANDS, PRODUCTION, QUIET, STAGED, seen

SECRET = b"velvet-hammer-42"


@pytest.mark.parametrize("moment", [STAGED, QUIET, HANDS])
def test_kept_and_read(tmp_path: Path, moment: str) -> None:
    """What is read from a store is what was added: nothing differs, and nothing was touched."""
    three_looks(tmp_path)
    number = (STAGED, QUIET, HANDS).index(moment) + 1

    read = History(tmp_path).snapshot(f"{PRODUCTION}#{number}")

    result = compare_snapshots([seen(moment), read])
    assert result.verdict == "identical"
    assert result.witnesses[0].objects == ()
    assert read.window == seen(moment).window
    assert read.platform == seen(moment).platform
    assert set(map(str, read.coverage)) == set(map(str, seen(moment).coverage))


def test_what_stands_in_records(tmp_path: Path) -> None:
    """The first record has all of it, a later one what is otherwise, and names the one before."""
    looks = keep(tmp_path, seen(STAGED), seen(QUIET))

    first, later = (lines(record(tmp_path, number)) for number in (1, 2))
    assert (first[0]["previous"], first[0]["base"]) == (None, None)
    assert (later[0]["previous"], later[0]["base"]) == (looks[0].digest, 1)
    objects = [key for key in later[1]["kept"] if not key.startswith("@")]
    assert len(objects) == looks[1].changed + looks[1].stirred == 3


def test_nothing_moved(tmp_path: Path) -> None:
    """A look at which nothing moved is kept as well, and costs next to nothing."""
    keep(tmp_path, seen(HANDS), at(seen(HANDS), NOW - timedelta(hours=1)))

    assert lines(record(tmp_path, 2))[1] == {"gone": [], "kept": {}}
    assert record(tmp_path, 2).stat().st_size < 700


def test_the_same_look_twice(tmp_path: Path) -> None:
    """A look that is there already is not added again, even where others came in between."""
    once = keep(tmp_path, seen(QUIET), at(seen(QUIET), seen(QUIET).window.end))  # type: ignore[union-attr]
    again = keep(tmp_path, seen(QUIET))

    assert [look.number for look in (*once, *again)] == [1, 2, 1]


def test_every_64th_is_whole(tmp_path: Path) -> None:
    """No look needs more than 63 others to be read."""
    snapshot = capture([config_map(n="0")])
    for number in range(66):
        keep(tmp_path, evolve(snapshot, name="shop"), now=NOW + timedelta(seconds=number))

    bases = [lines(record(tmp_path, number))[0]["base"] for number in (64, 65, 66)]
    assert bases == [63, None, 65]


def test_another_context(tmp_path: Path) -> None:
    """Whatever its context is called, a Namespace of a cluster goes on with its history."""
    renamed = evolve(at(seen(HANDS), NOW), context="prod-eu")
    keep(tmp_path, seen(QUIET), renamed)

    history = History(tmp_path)
    assert [look.address for look in history.log(f"{PRODUCTION}@prod-eu").looks] == [
        f"history:{PRODUCTION}@prod-eu#2",
        f"history:{ENVIRONMENT}#1",
    ]
    assert history.log(ENVIRONMENT) == history.log(PRODUCTION)


def test_cluster_not_seen(tmp_path: Path) -> None:
    """Where the cluster's uid may not be read, a Namespace is known by its own."""
    keep(tmp_path, evolve(seen(QUIET), platform=None), seen(HANDS))

    assert len(History(tmp_path).log(PRODUCTION).looks) == 2


def test_nobody_knows_where(tmp_path: Path) -> None:
    """A look that says neither of which Namespace nor of which cluster it is, is not added."""
    lost = evolve(seen(QUIET), platform=None, documents=())

    with pytest.raises(HistoryError, match="neither the uid of its Namespace nor"):
        keep(tmp_path, lost)


def test_another_key(tmp_path: Path) -> None:
    """Secrets fingerprinted with another key are refused, unless somebody says so."""
    keep(tmp_path, seen(QUIET))
    other = evolve(at(seen(HANDS), NOW), secret_key_id="0123456789abcdef")

    with pytest.raises(HistoryError, match="with another key"):
        keep(tmp_path, other)
    (look,) = keep(tmp_path, other, is_new_key=True)
    assert look.number == 2


@pytest.mark.parametrize(
    ("hours", "said"), [(-30, "which is before history:"), (1, "later than now")]
)
def test_clocks(tmp_path: Path, hours: int, said: str) -> None:
    """A look from before the newest one is not added behind it, and none from the future."""
    keep(tmp_path, seen(QUIET))

    with pytest.raises(HistoryError, match=said):
        keep(tmp_path, at(seen(HANDS), NOW + timedelta(hours=hours)))


def test_no_secret_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No byte of a Secret stands in any file of the store or its index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    history = three_looks(tmp_path / "store")
    history.blame(PRODUCTION, "secret/db-credentials")

    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {".sqlite", ".gz"} <= {file.suffix for file in files}
    for file in files:
        data = file.read_bytes()
        assert SECRET not in (gzip.decompress(data) if file.suffix == ".gz" else data)


def test_a_record_is_for_everybody(tmp_path: Path) -> None:
    """A record is gzipped JSON, a line each, that any tool reads, and hashes to its name."""
    keep(tmp_path, seen(STAGED), seen(QUIET))
    program = (
        "import gzip, hashlib, json, sys; one, two = (gzip.open(file).readlines() for file in"
        " sys.argv[1:]); print('sha256:' + hashlib.sha256(one[0].strip()).hexdigest() =="
        " json.loads(two[0])['previous'], 'sha256:' + hashlib.sha256(two[1].strip()).hexdigest()"
        " == json.loads(two[0])['body'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, record(tmp_path, 1), record(tmp_path, 2)],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == "True True\n"


@pytest.mark.parametrize("there", ["file", "folder"])
def test_no_store(tmp_path: Path, there: str) -> None:
    """What is something else is no store, and is never made one."""
    place = tmp_path / "there"
    if there == "file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / "notes.txt").write_text("mine")

    with pytest.raises(HistoryError):
        keep(place, seen(QUIET))


@pytest.mark.parametrize("there", [b"", b"no database at all"])
def test_the_index_is_disposable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bytes
) -> None:
    """An index that is gone, or can't be read, is made again, and only its user may read it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    history = three_looks(tmp_path / "store")
    said = history.log(PRODUCTION)
    (index,) = (tmp_path / "cache").rglob("*.sqlite")
    index.write_bytes(there)

    assert history.log(PRODUCTION) == said
    assert index.stat().st_mode & 0o077 == 0
