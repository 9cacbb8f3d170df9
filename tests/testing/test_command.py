"""``python -m driftcheck.testing``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-W", "error", "-m", "driftcheck.testing")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, timeout=30, check=False
    )


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the program in a process group of its own."""
    return subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def test_the_command_finds_the_server_by_its_kubeconfig(equal_path: Path) -> None:
    """COMMAND runs with KUBECONFIG set, and everything after -- is its own."""
    script = "import os, pathlib; print(pathlib.Path(os.environ['KUBECONFIG']).read_text())"

    done = run(equal_path, "--", sys.executable, "-c", script)

    assert "current-context: playback" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_several_servers_are_contexts_of_one_kubeconfig(equal_path: Path) -> None:
    """Each recording is a context, the first of them the current one."""
    script = (
        "import os, pathlib, yaml;"
        "config = yaml.safe_load(pathlib.Path(os.environ['KUBECONFIG']).read_text());"
        "print(config['current-context'], [each['name'] for each in config['contexts']],"
        " len({each['cluster']['server'] for each in config['clusters']}))"
    )

    done = run(equal_path, "--also", f"green={equal_path}", "--", sys.executable, "-c", script)

    assert done.stdout == "playback ['playback', 'green'] 2\n"


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", 137)])
def test_the_exit_status_is_the_commands(equal_path: Path, script: str, status: int) -> None:
    """Whatever COMMAND ends with is passed on, and a signal as shells do."""
    assert run(equal_path, "--", "sh", "-c", script).returncode == status


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 2),
        (("--nonsense",), 2),
        (("missing.jsonl.gz",), 2),
        (("missing.jsonl.gz", "--also", "green"), 2),
        ((__file__,), 2),
    ],
)
def test_what_cannot_start_says_why_in_one_line(arguments: tuple[str, ...], status: int) -> None:
    """Bad arguments and files end with 2 and one line, never with a traceback."""
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (status, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("command", "status"), [("no-such-command", 127), (__file__, 126)])
def test_a_command_that_cannot_be_run_is_named(equal_path: Path, command: str, status: int) -> None:
    """A missing command ends with 127, one that may not be run with 126, as in shells."""
    done = run(equal_path, "--", command)

    assert done.returncode == status
    assert command in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_it_serves_until_stopped(equal_path: Path, number: int, status: int) -> None:
    """Without COMMAND the kubeconfig's path is printed, and the file is gone in the end."""
    with start(equal_path) as program:
        assert program.stdout is not None
        kubeconfig = Path(program.stdout.readline().strip())
        assert kubeconfig.is_file()
        os.killpg(program.pid, number)

        assert program.wait(10) == status
    assert not kubeconfig.exists()


def test_sigterm_is_passed_on_to_the_command(equal_path: Path) -> None:
    """COMMAND is told to stop, and how it does is the exit status."""
    script = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    with start(equal_path, "--", "sh", "-c", script) as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.terminate()

        assert program.wait(10) == 9


def test_ctrl_c_ends_with_130(equal_path: Path) -> None:
    """Ctrl-C reaches COMMAND as well; it may finish, and the exit status says what happened."""
    script = "trap 'echo finished; exit 0' INT; echo ready; while :; do sleep 0.05; done"
    with start(equal_path, "--", "sh", "-c", script) as program:
        assert program.stdout is not None
        program.stdout.readline()
        os.killpg(program.pid, signal.SIGINT)

        assert program.wait(10) == 130
        assert program.stdout.read() == "finished\n"


def test_importing_driftcheck_does_not_import_the_playback_server() -> None:
    """Who does not test pays nothing for it."""
    script = "import sys, driftcheck; sys.exit('driftcheck.testing' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
