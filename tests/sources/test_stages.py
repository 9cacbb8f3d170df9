"""Wherever an answer goes wrong, and however: time is kept, and nothing is taken for the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from driftcheck import Verdict, capture, compare
from driftcheck.errors import DriftcheckError, KubeconfigError
from driftcheck.sources import Refusal, Registries, connect
from driftcheck.testing import PlaybackServer
from tests.conftest import RECORDINGS
from tests.faulty import STAGES, Faulty
from tests.sources.asking import Write

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"
DIGEST = "sha256:" + 64 * "a"
LIMIT = 1.0
SHARE = 1.0
"""How much longer than so short a limit anything may take, since the server first was asked."""

MANNERS = ("silent", "dripping", "broken off", "garbage", "huge")
EVERYTHING = list(product(STAGES, MANNERS))
PLACES = ("*/apis", "*/namespaces/bookshop-staging", "*/secrets", "*/nodes", "*/openapi/*")


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An address may hold a token, and an answer anything: no library quotes them in a log."""
    yield
    ours = "driftcheck."
    assert not [item for item in caplog.get_records("call") if not item.name.startswith(ours)]


@pytest.fixture(autouse=True)
def small_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less is too large, so that tests need not the memory that is allowed."""
    monkeypatch.setattr("driftcheck.sources._connection._LARGEST", 4 * 1024**2)


@pytest.mark.parametrize(("stage", "manner"), EVERYTHING)
def test_a_server_that_fails(tmp_path: Path, stage: str, manner: str) -> None:
    """A server that goes wrong at once is no proof of anything."""
    check_comparison(stage, manner, "*", tmp_path)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize(
    ("stage", "manner"),
    [("status line", "silent"), ("body", "dripping"), ("headers", "garbage"), ("body", "huge")],
)
def test_an_answer_that_fails(tmp_path: Path, stage: str, manner: str, path: str) -> None:
    """Nor is one that goes wrong on the way, in whatever it is about to say."""
    check_comparison(stage, manner, path, tmp_path)


def check_comparison(stage: str, manner: str, path: str, folder: Path) -> None:
    """Compare what differs, seen by way of such a server."""
    seen = []
    for namespace in (STAGING, PRODUCTION):
        with (
            PlaybackServer(RECORDINGS["drifted"]) as good,
            Faulty(stage, manner, path, urlsplit(good.url).port) as server,
        ):
            kubeconfig = folder / "config"
            kubeconfig.write_text(good.kubeconfig.read_text().replace(good.url, server.url))
            look = partial(capture, namespace, kubeconfig=str(kubeconfig), timeout=LIMIT)
            seen.append(in_time(server, look))
        if isinstance(seen[-1], DriftcheckError):
            return
    assert compare(*seen).verdict in (Verdict.DRIFTED, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("stage", "manner"), [item for item in EVERYTHING if item[0] != "handshake"]
)
def test_a_registry_that_fails(stage: str, manner: str) -> None:
    """A registry that goes wrong says nothing of a digest."""
    with Faulty(stage, manner) as server:
        registries = Registries([], timeout=LIMIT, pause=0.01)
        found = in_time(
            server,
            lambda: registries.manifest(f"127.0.0.1:{server.port}", "shop/web", DIGEST),
        )

    assert isinstance(found, Refusal)


@pytest.mark.parametrize(("stage", "manner"), EVERYTHING)
def test_an_issuer_that_fails(write: Write, stage: str, manner: str) -> None:
    """An identity provider that goes wrong renews no login."""
    with Faulty(stage, manner) as server:
        config = {"idp-issuer-url": server.url, "client-id": "c", "refresh-token": "r"}
        path = write({"auth-provider": {"name": "oidc", "config": config}})
        found = in_time(server, lambda: connect(kubeconfig=str(path), timeout=LIMIT))

    assert isinstance(found, KubeconfigError)


def in_time(server: Faulty, act: Callable[[], object]) -> object:
    """What this gives, or why it gives nothing; not much later than the limit."""
    found: object
    try:
        found = act()
    except DriftcheckError as error:
        found = error
    assert server.seconds < LIMIT * (1 + SHARE)
    return found
