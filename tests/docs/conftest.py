"""The world in which the pages' examples run: a recorded cluster, and namespaces like a reader's.

`bookshop-staging` and `bookshop-production` have drifted apart; `shop-staging` and `shop` are the
same. The context `prod-eu` is another name for the same cluster; `blue` and `green` are two others,
and `hands` is one after an afternoon of hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftcheck import capture
from driftcheck.testing import PlaybackServer, Recording, load_recording
from tests.docs.pages import PROJECT
from tests.proof.stated import private_pem, public_pem

SECRET_KEY = "a key that only the pages use"


@pytest.fixture(scope="session")
def shops() -> Recording:
    """The recorded cluster, with the namespaces that the pages speak of."""
    drifted = load_recording(PROJECT / "examples/recordings/bookshop-drifted.jsonl.gz")
    staging = drifted.copied("bookshop-staging", to="shop-staging")
    return staging.copied("bookshop-staging", to="shop")


@pytest.fixture(scope="session")
def kubeconfig(shops: Recording, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A kubeconfig with the contexts that the pages speak of."""
    with ExitStack() as stack:
        server = stack.enter_context(PlaybackServer(shops))
        config = yaml.safe_load(server.kubeconfig.read_text(encoding="utf-8"))
        admin = config["contexts"][0]["context"]
        config["contexts"].append({"name": "prod-eu", "context": admin})
        recordings = {
            "blue": "platform/blue",
            "green": "platform/green",
            "hands": "moments/3-hands",
        }
        for name, recording in recordings.items():
            played = PROJECT / f"examples/recordings/{recording}.jsonl.gz"
            other = stack.enter_context(PlaybackServer(played))
            _add_context(config, name, yaml.safe_load(other.kubeconfig.read_text("utf-8")))
        file = tmp_path_factory.mktemp("kubeconfig") / "config"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        yield file


def _add_context(config: dict[str, Any], name: str, other: dict[str, Any]) -> None:
    """Put another cluster's administrator into a kubeconfig, under a name."""
    for part in ("clusters", "users"):
        config[part].append({**other[part][0], "name": name})
    config["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})


@pytest.fixture(scope="session")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what was saved of one place, before and after an afternoon of hands."""
    folder = tmp_path_factory.mktemp("moments")
    for moment in ("2-quiet", "3-hands"):
        with PlaybackServer(PROJECT / f"examples/recordings/moments/{moment}.jsonl.gz") as server:
            seen = capture("bookshop-production", kubeconfig=str(server.kubeconfig))
            seen.save(folder / f"{moment}.json.gz")
    return folder


@pytest.fixture
def reader(
    kubeconfig: Path, moments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Somebody who tries the examples: in a folder of their own, with the project's `examples`."""
    for file in moments.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "examples").symlink_to(PROJECT / "examples")
    (tmp_path / "release.pem").write_bytes(private_pem("P-256"))
    (tmp_path / "release.pub").write_bytes(public_pem("P-256"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.setenv("DRIFTCHECK_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
