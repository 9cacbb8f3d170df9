"""What stands outside may hold anything in any place; it is compared, and nothing crashes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from driftcheck.codec import read_snapshot, snapshot_bytes
from driftcheck.pipeline import compare_snapshots, render
from tests.fuzzing.hostile import bounded_work, fuzzed, spoilt
from tests.platform.surrounded import look
from tests.platform.test_laws import HERE, REACHING


@fuzzed
@given(st.data())
def test_surroundings(data: st.DataObject) -> None:
    """Whatever one object outside holds, it is read, saved, compared and shown."""
    number = data.draw(st.integers(0, len(REACHING) - 1))
    strange = data.draw(spoilt(REACHING[number]))
    strange = {**strange, **{key: REACHING[number][key] for key in ("apiVersion", "kind")}}
    strange["metadata"] = REACHING[number]["metadata"]

    with bounded_work():
        found = look("blue", HERE, *REACHING[:number], strange, *REACHING[number + 1 :])
        saved = read_snapshot(snapshot_bytes(found, compressed=True), source="saved")
        result = compare_snapshots([saved, look("green", HERE, *REACHING)])
        render(result, "text")

    assert saved.platform == found.platform
