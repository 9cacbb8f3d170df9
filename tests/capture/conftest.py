"""A namespace that is looked at again."""

from __future__ import annotations

import pytest

from driftcheck.model import Snapshot
from driftcheck.testing import (
    PlaybackServer,
    Recording,
    load_recording,
)
from tests.capture.looks import (
    RECORDING,
    STAGING,
    config_map,
    look,
)


@pytest.fixture(scope="module")
def crowded() -> Recording:
    """A namespace with forty more ConfigMaps, so that one of them is few."""
    return load_recording(RECORDING).with_objects(STAGING, map(config_map, range(40)))


@pytest.fixture(scope="module")
def earlier(crowded: Recording) -> Snapshot:
    """What was seen of it."""
    with PlaybackServer(crowded) as server:
        return look(server)


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists come in pages, which may end too soon."""
    monkeypatch.setattr("driftcheck.sources._lists._PAGE", 25)
