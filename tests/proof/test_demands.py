"""What is demanded of a statement, and what it is worth without."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from driftcheck import (
    DriftError,
    Part,
    ProofError,
    Standing,
    StartError,
    UsageError,
    Verdict,
    capture,
    prove,
    verify,
)
from tests.builders import Body, config_map, snapshot
from tests.conftest import Captured
from tests.proof.stated import (
    EDITED,
    NOW,
    SHOP,
    Stated,
    failed,
    later,
    reason,
    stated,
)


def standing(stated: Stated, part: Part, **demands: Any) -> tuple[Standing, int]:
    found = stated.checked(**demands)
    (checked,) = (it for it in found.parts if it.part is part)
    return checked.standing, found.exit_status


def test_the_same(same: Stated) -> None:
    """A statement with its snapshots at hand holds, and was computed again."""
    found = same.checked()

    assert found.holds
    assert (found.verdict, found.exit_status) == (Verdict.IDENTICAL, 0)
    assert reason(found, Part.VERDICT) == "computed again from the snapshots: the same"
    found.require()


def test_drift(drifted: Stated) -> None:
    """A signed statement of drift holds, and lets nothing through."""
    found = drifted.checked()

    assert found.holds
    assert (found.verdict, found.exit_status) == (Verdict.DRIFTED, 1)
    with pytest.raises(DriftError, match="the statement says drifted"):
        found.require()


def test_nothing_compared(tmp_path: Path) -> None:
    """So does one of evidence that is not complete, which is unsure."""
    found = stated(tmp_path, [namespace()], [namespace()]).checked()

    assert (found.holds, found.verdict, found.exit_status) == (True, Verdict.INCONCLUSIVE, 3)


def namespace() -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}


@pytest.mark.parametrize("held", [(), (0,)])
def test_without_snapshots(same: Stated, held: tuple[int, ...]) -> None:
    """Without all snapshots it is its signer's word, and that is said."""
    found = same.checked(held=[same.snapshots[number] for number in held])

    assert reason(found, Part.SNAPSHOTS) == f"{len(held)} of 2 at hand"
    assert reason(found, Part.VERDICT) == "not computed again"
    assert found.exit_status == 0


def test_a_policy(expected: Stated) -> None:
    """A statement made with a policy is computed again with that one alone."""
    assert expected.checked().exit_status == 0
    assert failed(expected.checked(policy=None)) == [Part.VERDICT]
    assert expected.checked(policy=None, held=()).exit_status == 0
    assert failed(expected.checked(policy={"version": 1, "rules": []})) == [Part.POLICY]


def test_no_policy(same: Stated) -> None:
    """One made without a policy is none that was made with one."""
    found = same.checked(policy={"version": 1, "rules": []})

    assert failed(found) == [Part.POLICY]


@pytest.mark.parametrize(
    ("max_age", "now", "expected"),
    [
        ("1h", later(minutes=59), (Standing.HOLDS, 0)),
        ("1h", later(minutes=61), (Standing.LACKS, 3)),
        (timedelta(days=2), later(days=3), (Standing.LACKS, 3)),
        (None, later(days=300), (Standing.UNCHECKED, 0)),
        ("1h", later(minutes=-4), (Standing.HOLDS, 0)),
        ("1h", later(minutes=-6), (Standing.FAILS, 1)),
    ],
)
def test_age(same: Stated, max_age: Any, now: Any, expected: tuple[Standing, int]) -> None:
    """What is too old is unsure, and what is of tomorrow is a lie; clocks may differ a little."""
    assert standing(same, Part.AGE, max_age=max_age, now=now) == expected


def test_too_old_and_drifted(drifted: Stated) -> None:
    """Drift stays drift, however old."""
    assert drifted.checked(max_age="1h", now=later(days=1)).exit_status == 1


def test_age_is_that_of_the_look(captured: Captured, tmp_path: Path) -> None:
    """A statement made today of what was looked at yesterday is a day old."""
    seen = captured("equal", "bookshop-staging")
    assert seen.window
    shop = stated(tmp_path, seen, seen, now=seen.window.end + timedelta(days=1))  # type: ignore[arg-type]
    now = seen.window.end + timedelta(days=1)

    assert (
        standing(shop, Part.AGE, max_age="24h", now=now + timedelta(seconds=1))[0] is Standing.LACKS
    )
    assert standing(shop, Part.AGE, max_age="25h", now=now)[0] is Standing.HOLDS


def test_made_before_anybody_had_looked(captured: Captured, tmp_path: Path) -> None:
    """Nobody can state today what is looked at tomorrow, as who dates a statement back would."""
    seen = captured("equal", "bookshop-staging")
    assert seen.window
    shop = stated(tmp_path, seen, seen, now=seen.window.end - timedelta(days=1))  # type: ignore[arg-type]

    found = shop.checked(now=seen.window.end)

    assert reason(found, Part.AGE) == "it was made before anybody had looked"
    assert found.exit_status == 1


def test_completeness(same: Stated, tmp_path: Path) -> None:
    """What was narrowed, or accepted to be unseen, is not complete where that is demanded."""
    narrowed = stated(tmp_path, SHOP, EDITED, kinds=["Deployment"])

    assert standing(same, Part.COVERAGE, require_complete=True) == (Standing.HOLDS, 0)
    assert standing(narrowed, Part.COVERAGE) == (Standing.UNCHECKED, 0)
    assert standing(narrowed, Part.COVERAGE, require_complete=True) == (Standing.LACKS, 3)


def test_place(captured: Captured, tmp_path: Path) -> None:
    """A statement of another namespace, or of another cluster, is not the one that was demanded."""
    seen = captured("equal", "bookshop-staging")
    assert seen.window
    assert seen.platform
    shop = stated(tmp_path, seen, seen, now=seen.window.end)  # type: ignore[arg-type]
    cluster = seen.platform.cluster

    for place, status in (
        ("bookshop-staging", 0),
        (f"bookshop-staging@{cluster}", 0),
        ("bookshop-production", 1),
        ("bookshop-staging@another", 1),
    ):
        found = shop.checked(expect=place, now=seen.window.end)
        assert (found.exit_status, found.verdict) == (status, Verdict.IDENTICAL), place
    assert "of whatever it names" in reason(shop.checked(now=seen.window.end), Part.EXPECTED)


def test_images(captured: Captured, tmp_path: Path) -> None:
    """A statement about an image is about no other, and is computed again like any."""
    seen = captured("equal", "bookshop-staging")
    assert seen.window
    now = seen.window.end
    shop = stated(tmp_path, seen, seen, now=now)  # type: ignore[arg-type]
    images = prove(seen, seen, for_images=True, key=tmp_path / "P-256.pem", now=now).images
    first, second, *_ = (image.subjects[0].digest for image in images)

    assert all(len(image.subjects) == 1 for image in images)
    assert shop.checked(images[0].bundle, image=first, now=now).exit_status == 0
    assert failed(shop.checked(images[0].bundle, image=second, now=now)) == [Part.IMAGE]
    assert failed(shop.checked(image=first, now=now)) == [Part.IMAGE]


def test_an_image_that_runs_nowhere(captured: Captured, tmp_path: Path) -> None:
    """A true comparison can't be said of an image that does not run there."""
    seen = captured("equal", "bookshop-staging")
    assert seen.window
    shop = stated(tmp_path, seen, seen, now=seen.window.end)  # type: ignore[arg-type]
    said = shop.said | {"subject": [{"name": "web", "digest": {"sha256": "0" * 64}}]}

    found = shop.checked(shop.signed_anew(said), now=seen.window.end)

    assert failed(found) == [Part.VERDICT]


@pytest.mark.parametrize("wanted", ["cm/settings", "ConfigMap/settings", "configmaps/settings"])
def test_objects(same: Stated, wanted: str) -> None:
    """One object is shown by itself, with no snapshot at hand."""
    found = same.checked(held=(), objects=wanted)

    assert reason(found, Part.OBJECT) == f"{wanted} is the same in objects, objects (2)"
    assert failed(same.checked(held=(), objects="cm/more")) == [Part.OBJECT]


@pytest.mark.parametrize("key", ["entry", "salt", "index", "size", "hashes", "environment"])
def test_objects_that_are_not_in_the_tree(same: Stated, key: str) -> None:
    """What is shown and stands in no tree of the statement is refused, without any snapshot."""
    said = same.said
    shown = said["predicate"]["objects"][0]
    others = {
        "entry": shown["entry"].replace("settings", "setting"),
        "salt": "AAAA",
        "index": shown["index"] + 1,
        "size": shown["size"] + 1,
        "hashes": shown["hashes"][1:],
        "environment": "elsewhere",
    }
    shown[key] = others[key]

    assert failed(same.checked(same.signed_anew(said), held=())) == [Part.OBJECT]


def test_names_are_no_part_of_what_is_proven(tmp_path: Path) -> None:
    """A snapshot may be moved and renamed: it is known by its bytes."""
    first, second = (tmp_path / name for name in ("a.json", "b.json.gz"))
    snapshot(*SHOP).save(first)
    snapshot(*SHOP).save(second)
    (tmp_path / "proofs").mkdir()
    shop = stated(tmp_path / "proofs", first, second)  # type: ignore[arg-type]
    moved = first.rename(tmp_path / "moved.json")

    assert shop.snapshots == []
    assert [subject.name for subject in shop.statement.subjects] == ["a", "b"]
    assert shop.checked(held=[second, moved]).exit_status == 0


def test_a_saved_snapshot_is_its_file(tmp_path: Path) -> None:
    """A saved snapshot that is written otherwise is another file, though it says the same."""
    first = tmp_path / "a.json"
    snapshot(*SHOP).save(first)
    (tmp_path / "proofs").mkdir()
    shop = stated(tmp_path / "proofs", first, first)  # type: ignore[arg-type]
    first.write_bytes(first.read_bytes() + b"\n")

    assert failed(shop.checked(held=[first])) == [Part.SNAPSHOTS]


@pytest.mark.parametrize(
    "asked",
    [
        {"max_age": "soon"},
        {"image": "web:1"},
        {"objects": "web"},
        {"timestamp_chain": "nothing.pem"},
    ],
)
def test_demands_that_make_no_sense(same: Stated, asked: dict[str, Any]) -> None:
    """What can't be demanded is said, with what can."""
    with pytest.raises(StartError) as refused:
        same.checked(**asked)

    assert refused.value.hint


def test_files_that_are_not_there(same: Stated) -> None:
    """A file that can't be read is no statement that does not hold."""
    for files in (("nothing.json",), (same.folder / "checked.json", "nothing.json.gz")):
        with pytest.raises(ProofError, match="No such file"):
            verify(*files, key=same.folder / "P-256.pub")


def test_svr_of_drift() -> None:
    """What can say nothing but a pass says nothing of drift, and the result is at hand."""
    with pytest.raises(DriftError, match="nothing is stated") as refused:
        prove(SHOP, EDITED, predicate="svr")

    assert refused.value.result.verdict is Verdict.DRIFTED
    with pytest.raises(UsageError, match="there is no predicate"):
        prove(SHOP, SHOP, predicate="slsa")


def test_records(tmp_path: Path) -> None:
    """A statement may name where in a history its looks stand."""
    header = f"sha256:{'4' * 64}"

    shop = stated(tmp_path, SHOP, SHOP, records={"objects": (42, header)})

    (record,) = shop.statement.predicate["records"]
    assert record == {"environment": "objects", "number": 42, "header": header}
    assert shop.checked().exit_status == 0


def test_an_object_that_is_nowhere() -> None:
    """An object that no environment has can't be shown."""
    with pytest.raises(UsageError, match="no environment has an object"):
        prove(SHOP, SHOP, objects="cm/nothing")


def test_other_secrets() -> None:
    """The key of Secrets' fingerprints belongs to a statement."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db"},
        "data": {"password": "aHVudGVyMg=="},
    }
    seen = capture([secret, config_map()])
    statement = prove(seen, seen, now=NOW)

    (first, _) = statement.predicate["environments"]
    assert first["secretKeyId"] == seen.secret_key_id
    assert b"hunter2" not in statement.payload
    assert evolve(seen, secret_key_id="other").secret_key_id != first["secretKeyId"]
