"""The program as a whole: its names, its ends, and what becomes of it when it is cut short."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from driftcheck.testing import PlaybackServer, Slow
from tests.conftest import RECORDINGS, Program

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"
SCRIPTS = Path(sys.executable).parent
FULL = Path("/dev/full")
READER_LEFT = 128 + signal.SIGPIPE
AWAY = """
apiVersion: v1
kind: Config
current-context: away
contexts: [{name: away, context: {cluster: away}}]
clusters: [{name: away, cluster: {server: "http://127.0.0.1:9"}}]
"""
"""A kubeconfig whose server is not there."""


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, arguments)), capture_output=True, text=True, check=False, **options
    )  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("script", ["driftcheck", "kubectl-driftcheck"])
def test_scripts(script: str) -> None:
    """Both commands are the same program, and call themselves by what was typed."""
    name = "kubectl driftcheck" if script.startswith("kubectl-") else script

    version = run(SCRIPTS / script, "--version")
    unknown = run(SCRIPTS / script, "compare", "./none.yaml", "./none.yaml")

    assert version.stdout.startswith(f"{name} 0.")
    assert unknown.stderr.startswith(f"{name}: ")


def test_module(driftcheck: Program) -> None:
    """`python -m driftcheck` is the program as well."""
    assert driftcheck("--version").stdout.startswith("driftcheck 0.")


@pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl here")
def test_kubectl_finds_its_plugin() -> None:
    """`kubectl driftcheck` runs the program, and ends with its status."""
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"

    version = run("kubectl", "driftcheck", "--version", env=os.environ | {"PATH": path})
    refused = run("kubectl", "driftcheck", "compare", "a", env=os.environ | {"PATH": path})

    assert version.stdout.startswith("kubectl driftcheck 0.")
    assert refused.returncode == 2


def test_help(driftcheck: Program) -> None:
    """Help names every command, and each command helps with its options."""
    assert all(
        command in driftcheck("--help").stdout for command in ("capture", "compare", "completion")
    )
    assert "--selector" in driftcheck("compare", "-h").stdout


@pytest.mark.parametrize(
    "arguments", [["--debug", "compare"], ["compare", "--debug"], ["--debug", "--timeout", "x"]]
)
def test_mistyped_with_debug(driftcheck: Program, arguments: list[str]) -> None:
    """A mistake in what was typed is no matter for a traceback, even where one is asked for."""
    refused = driftcheck(*arguments)

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert "Error: " in refused.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(driftcheck: Program, shell: str) -> None:
    """Each shell gets a script that completes the program's commands."""
    completed = driftcheck("completion", shell)

    assert completed.returncode == 0
    assert "_DRIFTCHECK_COMPLETE" in completed.stdout
    assert completed.stderr == ""


def test_completion_works(driftcheck: Program) -> None:
    """What the script asks for is answered with the commands."""
    completed = driftcheck(
        _DRIFTCHECK_COMPLETE="bash_complete", COMP_WORDS="driftcheck co", COMP_CWORD="1"
    )

    assert "compare" in completed.stdout
    assert "completion" in completed.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("compare -o ju", "junit"),
        ("compare -o json=", "file"),
        ("compare --fail-on image,sec", "image,security"),
        ("compare ./st", "file"),
        ("report ", "file"),
        ("policy init ", "file"),
    ],
)
def test_what_is_offered(driftcheck: Program, typed: str, offered: str) -> None:
    """Formats, categories and files are completed where they may stand."""
    words = ["driftcheck", *typed.split(" ")]
    completed = driftcheck(
        _DRIFTCHECK_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(words),
        COMP_CWORD=str(len(words) - 1),
    )

    assert offered in completed.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("compare bookshop-", [f"plain,bookshop-{it}" for it in ("dev", "production", "staging")]),
        ("audit bookshop-p", ["plain,bookshop-production"]),
        ("capture shop@pl", ["plain,shop@playback"]),
        ("capture --context vi", ["plain,viewer"]),
        ("compare --kind Deploy", ["plain,Deployment.apps"]),
        ("compare --kind Pod,Stateful", ["plain,Pod,StatefulSet.apps"]),
        ("compare --context viewer bookshop-s", ["plain,bookshop-staging"]),
        ("compare no-such-", ["file,no-such-"]),
    ],
)
def test_what_a_cluster_offers(
    inside: Program,
    servers: Mapping[str, PlaybackServer],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    offered: list[str],
) -> None:
    """Namespaces, contexts and kinds are completed where a cluster answers."""
    monkeypatch.setattr("driftcheck.cli._suggestions.HALF_A_SECOND", 30.0)  # a busy machine's
    words = ["driftcheck", *typed.split(" ")]
    completed = inside(
        _DRIFTCHECK_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(words),
        COMP_CWORD=str(len(words) - 1),
        KUBECONFIG=str(servers["equal"].kubeconfig),
    )

    assert completed.stdout.splitlines() == offered
    assert completed.stderr == ""


@pytest.mark.parametrize(
    "name", ["$(id)", "a b", "a\nplain,b", "\x1b]0;title\x07", "`id`", "\u202ea"]
)
def test_what_no_shell_is_offered(driftcheck: Program, tmp_path: Path, name: str) -> None:
    """A name that a shell or a terminal would obey is left to whoever types it."""
    entry = {"context": {"cluster": "a", "user": "a"}}
    contexts = [{"name": known, **entry} for known in (name, "arn:aws:eks:a:1:cluster/a")]
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(json.dumps({"contexts": contexts}))
    completed = driftcheck(
        _DRIFTCHECK_COMPLETE="bash_complete",
        COMP_WORDS="driftcheck capture --context ",
        COMP_CWORD="3",
        KUBECONFIG=str(kubeconfig),
    )

    assert completed.stdout == "plain,arn:aws:eks:a:1:cluster/a\n"


def test_a_cluster_that_does_not_answer(driftcheck: Program, tmp_path: Path) -> None:
    """A shell is not kept waiting, and told nothing of what went wrong."""
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(AWAY)
    completed = driftcheck(
        _DRIFTCHECK_COMPLETE="bash_complete",
        COMP_WORDS="driftcheck capture sh",
        COMP_CWORD="2",
        KUBECONFIG=str(kubeconfig),
    )

    assert (completed.stdout, completed.stderr) == ("file,sh\n", "")


def test_completion_for_an_unknown_shell(driftcheck: Program) -> None:
    """A shell that nobody knows is refused by its name."""
    completed = driftcheck("completion", "tcsh")

    assert (completed.returncode, completed.stdout) == (2, "")
    assert "tcsh" in completed.stderr


@pytest.fixture
def drifting(tmp_path: Path) -> list[str]:
    """Two manifests with more to say about than a pipe holds."""
    for name in ("a", "b"):
        data = "".join(f"  key-{number}: {name * 200}\n" for number in range(400))
        head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: it}\ndata:\n"
        (tmp_path / f"{name}.yaml").write_text(head + data)
    return [sys.executable, "-m", "driftcheck", "compare", "./a.yaml", "./b.yaml"]


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_reader_that_leaves(drifting: list[str], tmp_path: Path, format_: str) -> None:
    """Where whoever reads has enough (`| head -1`), the program ends without a word, like git."""
    with subprocess.Popen(
        [*drifting, "-o", format_], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout
        assert program.stderr
        assert program.stdout.readline()
        program.stdout.close()
        said = program.stderr.read().decode()
        program.wait(30)

    assert said == ""
    assert program.returncode == READER_LEFT


COMMANDS = [
    ["compare", "./a.yaml", "./a.yaml"],
    ["compare", "./a.yaml", "./b.yaml", "-o", "json"],
    ["capture", "./a.yaml"],
    ["images", "./a.yaml"],
    ["images", "./a.yaml", "-o", "json"],
    ["policy", "schema"],
    ["completion", "bash"],
    ["--version"],
    ["--help"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_that_was_never_there(
    drifting: list[str], tmp_path: Path, arguments: list[str]
) -> None:
    """A pipe that nobody reads (`| true`) never looks like a verdict, neither 0 nor 1 nor 3."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*drifting[:3], *arguments],
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (READER_LEFT, b"")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk(
    drifting: list[str], tmp_path: Path, arguments: list[str], unbuffered: str
) -> None:
    """Where standard output can't be written, the program says so and ends with 2."""
    with FULL.open("wb") as full:
        ended = subprocess.run(
            [*drifting[:3], *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ended.returncode == 2
    assert ended.stderr == "driftcheck: standard output: No space left on device\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["compare ./a.yaml ./b.yaml -o json", "capture ./a.yaml"])
def test_a_disk_that_fills_up(
    drifting: list[str], tmp_path: Path, command: str, unbuffered: str
) -> None:
    """A report that is cut off in its middle is no report: the program ends with 2."""
    ended = in_shell(
        tmp_path, f"ulimit -f 8; driftcheck {command} > report", PYTHONUNBUFFERED=unbuffered
    )

    assert ended.returncode == 2
    assert ended.stderr == "driftcheck: standard output: File too large\n"
    assert (tmp_path / "report").stat().st_size == 8 * 1024


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("compare ./a.yaml ./a.yaml >/dev/full 2>/dev/full", 2),
        ("compare ./a.yaml ./a.yaml >/dev/null 2>/dev/full", 0),
        ("compare ./a.yaml ./b.yaml --debug >/dev/null 2>/dev/full", 1),
        ("compare ./none ./a.yaml 2>/dev/full", 2),
        ("compare --no-such-option 2>/dev/full", 2),
    ],
)
def test_words_that_cannot_be_said(
    drifting: list[str], tmp_path: Path, line: str, status: int, unbuffered: str
) -> None:
    """A full standard error changes no exit status."""
    ended = in_shell(tmp_path, f"driftcheck {line}", PYTHONUNBUFFERED=unbuffered)

    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", "")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
def test_a_full_disk_for_a_file(driftcheck: Program, drifting: list[str]) -> None:
    """Where a report's file can't be written, the program names it and ends with 2."""
    ended = driftcheck(*drifting[3:], "-o", f"json={FULL}")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert str(FULL) in ended.stderr


def in_shell(tmp_path: Path, line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A line as it is typed, with the program as `driftcheck`."""
    program = f'driftcheck() {{ {sys.executable} -m driftcheck "$@"; }}'
    return run("bash", "-c", f"{program}; {line}", cwd=tmp_path, env=os.environ | environ)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("driftcheck compare ./a.yaml ./b.yaml >&-", 2),
        ("driftcheck compare ./a.yaml ./b.yaml <&- >/dev/null", 1),
        ("driftcheck compare ./a.yaml ./b.yaml -o json=report.json >&-", 1),
        ("driftcheck compare ./a.yaml ./a.yaml 2>&- >/dev/null", 0),
        ("driftcheck compare - ./a.yaml <&-", 2),
        ("driftcheck capture ./a.yaml >&-", 2),
        ("driftcheck --help >&-", 2),
    ],
)
def test_closed_streams(drifting: list[str], tmp_path: Path, line: str, status: int) -> None:
    """A stream that is closed is no mistake of ours, and what can't be written is said."""
    ended = in_shell(tmp_path, line)

    assert ended.returncode == status
    assert "bug" not in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_narrow_encodings(drifting: list[str], tmp_path: Path, encoding: str) -> None:
    """What the terminal's encoding lacks is written as escapes."""
    ended = in_shell(tmp_path, "driftcheck compare ./a.yaml ./b.yaml", PYTHONIOENCODING=encoding)

    assert ended.returncode == 1
    assert "drifted" in ended.stdout
    assert ended.stderr == ""


def test_json_is_utf8(drifting: list[str], tmp_path: Path) -> None:
    """JSON is UTF-8, whatever the terminal's encoding."""
    (tmp_path / "c.yaml").write_text((tmp_path / "a.yaml").read_text().replace("key-1:", "ключ:"))
    line = "driftcheck compare ./a.yaml ./c.yaml -o json"

    plain, narrow = (
        in_shell(tmp_path, line, PYTHONIOENCODING=encoding) for encoding in ("utf-8", "latin-1")
    )

    assert json.loads(narrow.stdout) == json.loads(plain.stdout)
    assert "ключ" in narrow.stdout


def test_file_names_that_are_no_text(drifting: list[str], tmp_path: Path) -> None:
    """A file may have any name, and its report is JSON all the same."""
    ended = in_shell(
        tmp_path, "cp a.yaml $'s\\xff.yaml' && driftcheck compare $'s\\xff.yaml' ./b.yaml -o json"
    )

    assert ended.returncode == 1
    assert json.loads(ended.stdout)["environments"][0]["name"] == "s\\xff"


@pytest.fixture
def slow() -> Iterator[PlaybackServer]:
    """A server that takes its time."""
    with PlaybackServer(RECORDINGS["equal"], faults=[Slow(seconds=1)]) as server:
        yield server


@pytest.mark.parametrize(
    ("columns", "term"), [(120, "xterm"), (40, "xterm"), (10, "xterm"), (40, "dumb")]
)
def test_progress_fits(
    servers: Mapping[str, PlaybackServer], tmp_path: Path, columns: int, term: str
) -> None:
    """Progress is one line of a terminal of any width, gone at the end; a dumb one gets none."""
    controlling, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, columns))
    environment = {"KUBECONFIG": str(servers["equal"].kubeconfig), "TERM": term}
    with subprocess.Popen(
        [sys.executable, "-m", "driftcheck", "capture", STAGING, "-o", "saved.json"],
        cwd=tmp_path,
        env=os.environ | environment,
        stderr=terminal,
    ) as program:
        os.close(terminal)
        said = b""
        with contextlib.suppress(OSError):
            while data := os.read(controlling, 65536):
                said += data
    os.close(controlling)

    *lines, last = said.decode().split("\r\x1b[K")
    assert program.returncode == 0
    assert last.endswith("saved to saved.json\r\n")
    assert all(len(line) < columns and "\n" not in line for line in lines)
    assert (len(lines) > 10) == (term != "dumb")


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", STAGING, PRODUCTION, "-o", "json=report.json"],
        ["capture", STAGING, "-o", "saved.json.gz"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_interrupted(slow: PlaybackServer, tmp_path: Path, arguments: list[str]) -> None:
    """Ctrl-C ends the program soon with 130, without a traceback, and leaves no file behind."""
    with subprocess.Popen(
        [sys.executable, "-m", "driftcheck", *arguments],
        cwd=tmp_path,
        env=os.environ | {"KUBECONFIG": str(slow.kubeconfig)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        deadline = time.monotonic() + 30
        while len(slow.requests) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        interrupted = time.monotonic()
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=30)

    assert program.returncode == 130
    assert time.monotonic() - interrupted < 10
    assert out == b""
    assert err.endswith(b"driftcheck: interrupted\n")
    assert b"Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "module", ["click", "driftcheck.cli._rbac", "driftcheck.pipeline", "attrs"]
)
@pytest.mark.parametrize("program", [["-m", "driftcheck"], [str(SCRIPTS / "driftcheck")]])
def test_interrupted_while_it_loads(tmp_path: Path, program: list[str], module: str) -> None:
    """Ctrl-C ends the program with 130 and a word, also where it comes in the middle of imports."""
    (tmp_path / "sitecustomize.py").write_text(
        f"""
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
"""
    )
    path = os.pathsep.join((str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])))

    ended = run(sys.executable, *program, "rbac", "shop", env=os.environ | {"PYTHONPATH": path})

    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "driftcheck: interrupted\n"


def test_interrupted_as_a_library(tmp_path: Path) -> None:
    """Whoever imports the package keeps their own Ctrl-C."""
    program = "import signal, driftcheck; print(signal.getsignal(signal.SIGINT).__name__)"

    assert run(sys.executable, "-c", program).stdout == "default_int_handler\n"


def test_a_deadline(driftcheck: Program, slow: PlaybackServer) -> None:
    """After its timeout a look is given up, with what it waited for."""
    started = time.monotonic()

    ended = driftcheck("capture", STAGING, "--timeout", "0.5", KUBECONFIG=str(slow.kubeconfig))

    assert time.monotonic() - started < 20
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


def test_debug_logs_requests(driftcheck: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """`--debug` says every request, on standard error, and no token."""
    server = servers["equal"]

    ended = driftcheck(
        "capture", STAGING, "-o", "saved.json", "--debug", KUBECONFIG=str(server.kubeconfig)
    )

    assert "/api/v1/namespaces/bookshop-staging/configmaps" in ended.stderr
    assert server.token("admin") not in ended.stderr
    assert ended.stdout == ""


def test_debug_shows_tracebacks(driftcheck: Program) -> None:
    """`--debug` shows where an error came from, after what it means."""
    ended = driftcheck("compare", "./a", "./b", "--debug")

    assert ended.stderr.startswith("driftcheck: ")
    assert "Traceback" in ended.stderr
    assert ended.returncode == 2
