"""Recordings played as API servers, what was captured from them, and the program in a process."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from driftcheck import Snapshot, capture
from driftcheck.testing import PlaybackServer

EXAMPLES = Path(__file__).parents[1] / "examples"
RECORDINGS = {
    name: EXAMPLES / "recordings" / f"bookshop-{name}.jsonl.gz" for name in ("equal", "drifted")
}
SECRET_KEY = "a key that only the tests use"
NOT_OURS = (
    "KUBECONFIG",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "_DRIFTCHECK_COMPLETE",
)
"""Variables of whoever runs the tests that the program would listen to."""
USERS_KUBECONFIG = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("roaming", deadline=None)
settings.load_profile("roaming" if "FUZZ_EXAMPLES" in os.environ else "repeatable")

Captured = Callable[[str, str], Snapshot]
Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """A worker more than there are processors, for many tests wait for a server's clock."""
    return (os.cpu_count() or 1) + 1


def pytest_collection() -> None:
    """Look for no garbage while thousands of tests are collected, which all stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Count what was collected as old, and look through the old seldom.

    It is not left frozen: a comparison asks what is, and Python counts that one by one.
    """
    gc.freeze()
    gc.unfreeze()
    gc.set_threshold(700, 10, 500)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def own_bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for what Python compiles, so that the program is compiled once and not each time."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # that of all workers
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", str(folder / "bytecode"))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the tests' own, and a key for Secrets, so that nothing is made in a real home."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
        patch.setenv("DRIFTCHECK_SECRET_KEY", SECRET_KEY)
        for name in NOT_OURS:
            patch.delenv(name, raising=False)
        yield home


@pytest.fixture(scope="session")
def users_kubeconfig() -> str:
    """Where whoever runs the tests has clusters, for the tests that are told to use one."""
    return USERS_KUBECONFIG


@pytest.fixture(scope="session")
def recordings() -> Mapping[str, Path]:
    """The recordings' files: `equal` and `drifted`."""
    return RECORDINGS


@pytest.fixture(scope="session")
def servers(own_home: Path) -> Iterator[Mapping[str, PlaybackServer]]:
    """Both recordings, played."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(PlaybackServer(recording))
            for name, recording in RECORDINGS.items()
        }


@pytest.fixture(scope="session")
def captured(servers: Mapping[str, PlaybackServer]) -> Captured:
    """What is captured of a recording's namespace, looked at once for all tests."""

    @cache
    def look(recording: str, namespace: str) -> Snapshot:
        return capture(namespace, kubeconfig=str(servers[recording].kubeconfig))

    return look


@pytest.fixture
def driftcheck(tmp_path: Path) -> Program:
    """The program in a process of its own, in an empty folder, with no kubeconfig."""

    def run(
        *arguments: str | Path, stdin: str | bytes = "", timeout: float = 60, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        completed = subprocess.run(
            [sys.executable, "-m", "driftcheck", *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env=os.environ | environ,
            timeout=timeout,
        )
        return subprocess.CompletedProcess(
            completed.args,
            completed.returncode,
            completed.stdout.decode(),
            completed.stderr.decode(),
        )

    return run
