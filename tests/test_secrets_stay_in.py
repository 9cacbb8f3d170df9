"""No byte of a Secret's value leaves: in no report, file, log, exception or representation."""

from __future__ import annotations

import base64
import gzip
import json
import os
import pickle
import pty
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import driftcheck as library
from driftcheck.reports import FORMATS
from driftcheck.testing import (
    Fault,
    InvalidJSON,
    PlaybackServer,
    Slow,
    Truncated,
    When,
    load_recording,
)
from tests.conftest import RECORDINGS, Captured, Program

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"
SHORTEST = 4
PUBLIC = {"bookshop"}
"""Values that are the name of everything here: their bytes are no secret."""

PASSWORD = "correct-horse-battery-staple"
PRIVATE = "hunter2-and-a-half"


def forms_of(value: bytes) -> Iterator[str]:
    """How a value may be written: as it is, line by line, inside JSON, and as base64."""
    text = value.decode()
    yield text
    yield from (line for line in text.splitlines() if not line.startswith("-----"))
    yield json.dumps(text)[1:-1]
    yield repr(text)[1:-1]
    yield base64.b64encode(value).decode().rstrip("=")


def traces() -> set[str]:
    """Every form of every value of every Secret in the recordings."""
    return {
        form
        for file in RECORDINGS.values()
        for namespace in (STAGING, PRODUCTION)
        for secret in load_recording(file).objects(namespace, "Secret")
        for value in secret["data"].values()
        for form in forms_of(base64.b64decode(value))
        if len(form) >= SHORTEST and form not in PUBLIC
    }


TRACES = traces()


def assert_silent(*texts: str, about: set[str] = TRACES) -> None:
    for text in texts:
        assert text, "nothing was said at all"
        assert not [trace for trace in about if trace in text]


def test_the_search_would_find() -> None:
    """The recordings do hold Secret values, in the forms that are searched for."""
    recorded = gzip.decompress(RECORDINGS["drifted"].read_bytes()).decode()

    assert PASSWORD in TRACES
    assert len(TRACES) > 8
    assert any(trace in recorded for trace in TRACES)


@pytest.mark.parametrize("recording", ["equal", "drifted"])
@pytest.mark.parametrize("format_", ["text", "json"])
def test_reports(
    driftcheck: Program,
    servers: Mapping[str, PlaybackServer],
    recording: str,
    format_: str,
) -> None:
    """No report, and nothing that `--debug` logs, holds a Secret's value."""
    kubeconfig = str(servers[recording].kubeconfig)

    run = driftcheck(
        "compare", STAGING, PRODUCTION, "--debug", "-o", format_, KUBECONFIG=kubeconfig
    )

    assert_silent(run.stdout, run.stderr)


@pytest.mark.parametrize("name", ["saved.json", "saved.json.gz", "-"])
def test_saved_snapshots(
    driftcheck: Program, servers: Mapping[str, PlaybackServer], tmp_path: Path, name: str
) -> None:
    """No saved snapshot holds a Secret's value, though it holds the Secret."""
    kubeconfig = str(servers["drifted"].kubeconfig)

    run = driftcheck("capture", PRODUCTION, "-o", name, "--debug", KUBECONFIG=kubeconfig)

    saved = run.stdout.encode() if name == "-" else (tmp_path / name).read_bytes()
    text = (gzip.decompress(saved) if name.endswith(".gz") else saved).decode()
    assert "db-credentials" in text
    assert_silent(text, run.stderr)


def test_statements(captured: Captured) -> None:
    """No statement holds a Secret's value, nor the fingerprint of one, whatever it shows."""
    seen = captured("drifted", STAGING), captured("drifted", PRODUCTION)

    statement = library.prove(*seen, objects=["secret/db-credentials"], for_images=True)

    texts = [found.payload.decode() for found in (statement, *statement.images)]
    assert "db-credentials" in texts[0]
    assert_silent(*texts)
    fingerprints = {
        value
        for snapshot in seen
        for document in snapshot.documents
        if document.reference.kind == "Secret"
        for value in document.body.get("data", {}).values()
    }
    assert_silent(*texts, about=fingerprints)


def test_everything_that_is_left(servers: Mapping[str, PlaybackServer], tmp_path: Path) -> None:
    """No format, no temporary file, no setting, and not the terminal: a byte of none is there."""
    written = [f"-o{name}={name}.out" for name in FORMATS if name != "text"]
    arguments = ["compare", STAGING, PRODUCTION, "--debug", "-otext", *written]

    status, shown = at_a_terminal(arguments, tmp_path, servers["drifted"].kubeconfig)

    assert status == 1
    assert "kinds" in shown, "no progress was shown"
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == len(written) + 1, "the reports, and a key of the user's own"
    assert_silent(shown, *(file.read_bytes().decode("latin-1") for file in files))


def test_a_run_that_is_killed(tmp_path: Path) -> None:
    """Who is killed with Secrets in the memory leaves nothing of them, and no core file."""
    faults = [Slow(When(resource="secrets", metadata_only=True), seconds=60)]
    with PlaybackServer(RECORDINGS["drifted"], faults=faults) as server:
        run = subprocess.Popen(
            ["/bin/sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"', "sh",
             sys.executable, "-m", "driftcheck", "capture", STAGING, "-o", "saved.json"],
            cwd=tmp_path,
            env=own_places(tmp_path, server.kubeconfig),
        )  # fmt: skip
        while not any(request.is_metadata_only for request in server.requests):
            assert run.poll() is None
            time.sleep(0.05)
        limits = Path(f"/proc/{run.pid}/limits").read_text()
        run.kill()
        run.wait()

    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4] == "0"
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert_silent(file.read_bytes().decode("latin-1"))


def at_a_terminal(arguments: list[str], folder: Path, kubeconfig: Path) -> tuple[int, str]:
    """What the program ends with, and what a terminal shows of both its streams."""
    controlling, terminal = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "driftcheck", *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=folder,
        env=own_places(folder, kubeconfig),
    )
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # which is how a terminal ends
        while data := os.read(controlling, 65536):
            shown += data
    os.close(controlling)
    return run.wait(), shown.decode()


def own_places(folder: Path, kubeconfig: Path) -> dict[str, str]:
    """An environment in which whatever is left behind is left in a folder."""
    place = folder / "left"
    place.mkdir()
    ours = {name: str(place) for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    kept = {name: value for name, value in os.environ.items() if name != "DRIFTCHECK_SECRET_KEY"}
    return {**kept, **ours, "KUBECONFIG": str(kubeconfig), "TERM": "xterm"}


def test_representations(captured: Captured) -> None:
    """No text form of a value that holds Secrets, not even its pickle, holds their values."""
    staging, production = captured("drifted", STAGING), captured("drifted", PRODUCTION)
    result = library.compare(staging, production)
    secrets = [item for item in production.documents if item.reference.kind == "Secret"]

    assert_silent(repr(production), str(production), repr(result), str(result))
    assert_silent(*map(repr, secrets), *map(str, secrets))
    assert_silent(repr(result.to_records()), *(library.render(result, name) for name in FORMATS))
    assert_silent(pickle.dumps([production, result]).decode("latin-1"))


def test_the_key_is_silent(captured: Captured, own_home: Path) -> None:
    """The key that values are fingerprinted with is in no snapshot and no result."""
    snapshot = captured("drifted", PRODUCTION)

    assert_silent(repr(snapshot), about={"a key that only the tests use"})
    assert not (own_home / ".config").exists()


@pytest.mark.parametrize(
    "fault",
    [
        Truncated(When(resource="secrets"), kept=0.9),
        InvalidJSON(When(resource="secrets")),
        Truncated(When(resource="secrets", after=1), kept=0.5),
    ],
    ids=["broken off", "not JSON", "broken off later"],
)
def test_broken_answers(driftcheck: Program, fault: Fault) -> None:
    """A list of Secrets that breaks off says what happened, and nothing of what it held."""
    with PlaybackServer(RECORDINGS["drifted"], faults=[fault]) as server:
        run = driftcheck(
            "compare", STAGING, STAGING, "--debug", "--timeout", "20",
            KUBECONFIG=str(server.kubeconfig),
        )  # fmt: skip

    assert run.returncode in (0, 2, 3)
    assert_silent(run.stdout + run.stderr)


HEAD = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n"
MANIFESTS = {
    "a tab": f"{HEAD}stringData:\n  password: {PRIVATE}\n\tuser: x\n",
    "an unclosed quote": f'{HEAD}stringData:\n  password: "{PRIVATE}\n',
    "an unclosed map": f"{HEAD}stringData: {{password: {PRIVATE}\n",
    "a duplicate key": f"{HEAD}stringData: {{password: {PRIVATE}, password: {PRIVATE}}}\n",
    "a value as a key": f"{HEAD}stringData: {{{PRIVATE}: x, {PRIVATE}: y}}\n",
    "an unknown alias": f"{HEAD}stringData: {{password: *{PRIVATE}}}\n",
    "an unknown tag": f"{HEAD}stringData: {{password: !{PRIVATE} x}}\n",
    "a list for a map": f"{HEAD}stringData: [{PRIVATE}]\n",
    "a text for a map": f"{HEAD}data: {PRIVATE}\n",
    "a map for a value": f"{HEAD}data: {{password: {{inner: {PRIVATE}}}}}\n",
    "a list for a value": f"{HEAD}stringData: {{password: [{PRIVATE}]}}\n",
    "not base64": f"{HEAD}data: {{password: '{PRIVATE}!'}}\n",
    "no name": f"apiVersion: v1\nkind: Secret\nmetadata: {{}}\nstringData: {{p: {PRIVATE}}}\n",
    "twice": f"{HEAD}stringData: {{p: {PRIVATE}}}\n---\n{HEAD}stringData: {{p: {PRIVATE}}}\n",
    "broken JSON": json.dumps({"kind": "Secret", "stringData": {"p": PRIVATE}})[:-2],
    "no manifest": f"{PRIVATE}\n",
    "a control character": f"{HEAD}stringData: {{password: {PRIVATE}\x00}}\n",
}


@pytest.mark.parametrize("text", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_broken_manifests(tmp_path: Path, text: str) -> None:
    """Whatever is wrong with a Secret's manifest, no message quotes its value."""
    about = set(forms_of(PRIVATE.encode()))
    file = tmp_path / "secret.yaml"
    file.write_text(text)

    def said() -> str:
        try:
            return repr(library.compare(file, file))
        except library.DriftcheckError as error:
            return "".join(traceback.format_exception(error)) + repr(error) + error.hint

    assert_silent(said(), about=about)


@pytest.mark.parametrize("name", ["a tab", "a duplicate key", "no name", "twice"])
def test_broken_manifests_in_the_program(driftcheck: Program, name: str) -> None:
    """The program quotes no Secret's value either, not even with `--debug`."""
    run = driftcheck("compare", "--debug", "-", "./other.yaml", stdin=MANIFESTS[name])

    assert run.returncode == 2
    assert_silent(run.stderr, about=set(forms_of(PRIVATE.encode())))


OBJECTS: dict[str, Callable[[], Any]] = {
    "a generator that fails": lambda: [{"apiVersion": "v1", "kind": "Secret", "data": PRIVATE}],
    "an object without metadata": lambda: [{"kind": "Secret", "stringData": {"p": PRIVATE}}],
    "a value that is no text": lambda: [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "db"},
            "stringData": {"p": [PRIVATE]},
        }
    ],
}


@pytest.mark.parametrize("make", OBJECTS.values(), ids=OBJECTS.keys())
def test_broken_objects(make: Callable[[], Any]) -> None:
    """Objects handed over in Python are quoted no more than files are."""
    try:
        said = repr(library.capture(make()))
    except library.DriftcheckError as error:
        said = "".join(traceback.format_exception(error)) + repr(error) + error.hint

    assert_silent(said, about=set(forms_of(PRIVATE.encode())))


@pytest.mark.parametrize("text", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_frames(tmp_path: Path, text: str) -> None:
    """No variable in a frame of an error holds a value, for programs that log them all."""
    file = tmp_path / "secret.yaml"
    file.write_text(text)

    said = said_with_variables(lambda: library.compare(file, file))

    assert_silent(said, about=set(forms_of(PRIVATE.encode())))


def test_frames_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error that there is no key comes before, or without, what was to be fingerprinted."""
    monkeypatch.setenv("DRIFTCHECK_SECRET_KEY", "short")
    with PlaybackServer(RECORDINGS["drifted"]) as server:
        kubeconfig = str(server.kubeconfig)
        live = said_with_variables(lambda: library.capture(PRODUCTION, kubeconfig=kubeconfig))

    assert_silent(live)
    assert "too short" in live


def test_frames_of_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours has its traceback, and no values in it either."""
    looking = sys.modules["driftcheck.pipeline._looking"]
    monkeypatch.setattr(looking, "capture_manifests", lambda *_, **__: 1 / 0)

    said = said_with_variables(lambda: library.capture([{**SECRET, "stringData": {"p": PRIVATE}}]))

    assert "ZeroDivisionError" in said
    assert "look" in said
    assert_silent(said, about=set(forms_of(PRIVATE.encode())))


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}}


def said_with_variables(act: Callable[[], object]) -> str:
    """The error with the variables of its frames, ours alone, as Sentry and others log them."""
    try:
        return repr(act())
    except Exception as error:  # noqa: BLE001 - a mistake of ours is one of them
        trace = traceback.TracebackException.from_exception(error, capture_locals=True)
        ours = [frame for frame in trace.stack if frame.filename != __file__]
        variables = [f"{frame.name} {frame.locals}" for frame in ours]
        return f"{error} {type(error).__name__} {variables}"
