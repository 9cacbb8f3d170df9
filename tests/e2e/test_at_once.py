"""Environments that are looked at together: at once, and each server asked once what it is."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from driftcheck import ClusterError, capture, compare
from driftcheck.capture import Progress
from driftcheck.sources import at_once, connect
from driftcheck.testing import PlaybackServer, Slow, When
from tests.conftest import RECORDINGS

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"
ASKED_ONCE = ("/version", "/api", "/apis")


def test_a_server_says_once_what_it_is() -> None:
    """Two environments of one context share a connection, and what the server says of itself."""
    with PlaybackServer(RECORDINGS["equal"]) as server:
        compare(STAGING, PRODUCTION, kubeconfig=str(server.kubeconfig))
        asked = [request.path for request in server.requests]

    assert [asked.count(path) for path in ASKED_ONCE] == [1, 1, 1]


def test_environments_are_looked_at_at_once() -> None:
    """The second environment is being read before the first has been."""
    with PlaybackServer(RECORDINGS["equal"], faults=[Slow(When(resource="*"), 0.02)]) as server:
        compare(STAGING, PRODUCTION, kubeconfig=str(server.kubeconfig))
        asked = [request.path for request in server.requests]

    first_of_production = next(n for n, path in enumerate(asked) if PRODUCTION in path)
    last_of_staging = max(n for n, path in enumerate(asked) if STAGING in path)
    assert first_of_production < last_of_staging


@pytest.mark.parametrize("names", [(STAGING, PRODUCTION), (PRODUCTION, STAGING)])
def test_looked_at_together_as_alone(names: tuple[str, str]) -> None:
    """What is seen of an environment does not depend on what is looked at beside it."""
    with PlaybackServer(RECORDINGS["drifted"]) as server:
        kubeconfig = str(server.kubeconfig)
        together = compare(*names, kubeconfig=kubeconfig)
        alone = compare(*(capture(name, kubeconfig=kubeconfig) for name in names))

    assert together.findings == alone.findings
    assert together.coverage == alone.coverage
    assert together.rules == alone.rules
    prints = [[each.fingerprint for each in found.environments] for found in (together, alone)]
    assert prints[0] == prints[1]


def test_the_first_error_is_told() -> None:
    """Of several environments that can't be looked at the first is named, be it the slower."""
    slow = Slow(When(path="/api/v1/namespaces/nowhere*"), 0.3)
    with (
        PlaybackServer(RECORDINGS["equal"], faults=[slow]) as server,
        pytest.raises(ClusterError, match="no namespace 'nowhere'"),
    ):
        compare("nowhere", "elsewhere", kubeconfig=str(server.kubeconfig))


def test_progress_is_told_of_one_at_a_time() -> None:
    """Whoever is told how far looks have come never hears of two at the same moment."""
    listening = threading.Lock()
    heard: set[str] = set()

    def listen(name: str, _: Progress) -> None:
        assert listening.acquire(blocking=False)
        heard.add(name)
        listening.release()

    with PlaybackServer(RECORDINGS["equal"]) as server:
        compare(STAGING, PRODUCTION, kubeconfig=str(server.kubeconfig), on_progress=listen)

    assert heard == {STAGING, PRODUCTION}


def test_a_closed_connection_asks_nothing() -> None:
    """Whatever is still at work when a look was given up ends at its next request."""
    with PlaybackServer(RECORDINGS["equal"]) as server:
        connection = connect(kubeconfig=str(server.kubeconfig))
        connection.close()
        with pytest.raises(ClusterError):
            connection.get("/version")

        assert server.requests == []


def test_outcomes_in_order() -> None:
    """Outcomes stand in the order of the questions, whichever was answered first."""
    second_is_done = threading.Event()

    def first() -> str:
        assert second_is_done.wait(10)
        return "first"

    def second() -> str:
        second_is_done.set()
        return "second"

    assert at_once([first, second]) == ["first", "second"]
    assert at_once([]) == []


def test_no_client_for_a_token() -> None:
    """Where a kubeconfig has a token, the Kubernetes client is not loaded."""
    program = (
        "import sys, driftcheck; driftcheck.capture(sys.argv[1], kubeconfig=sys.argv[2]);"
        "print({'kubernetes', 'requests', 'urllib3'} & set(sys.modules))"
    )
    with PlaybackServer(RECORDINGS["equal"]) as server:
        done = subprocess.run(
            [sys.executable, "-c", program, STAGING, str(server.kubeconfig)],
            check=True,
            capture_output=True,
            text=True,
        )

    assert done.stdout == "{'urllib3'}\n"
