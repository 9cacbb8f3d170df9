"""What is loaded, and when: nothing before somebody asks for it."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

import driftcheck
from tests.builders import config_map, snapshot

HEAVY = {
    "attr",
    "cryptography",
    "deepdiff",
    "jinja2",
    "kubernetes",
    "msgspec",
    "pydantic",
    "regex",
    "requests",
    "rfc3161_client",
    "securesystemslib",
    "urllib3",
    "wcwidth",
    "yaml",
}
FILES = {"attr", "msgspec", "yaml"}

DOORS = {"driftcheck", "driftcheck.doors", "driftcheck.errors", "driftcheck.starting"}
PROGRAM = DOORS | {
    "driftcheck.cli",
    "driftcheck.cli._main",
    "driftcheck.cli._offers",
    "driftcheck.cli._options",
    "driftcheck.cli._streams",
    "driftcheck.cli._telling",
    "driftcheck.model",
    "driftcheck.reports",
    "driftcheck.reports._choices",
    "driftcheck.reports._inert",
    "driftcheck.sources",
}
COMPARE = PROGRAM | {
    "driftcheck.cli._compare",
    "driftcheck.cli._html_assets",
    "driftcheck.cli._output",
    "driftcheck.cli._progress",
    "driftcheck.cli._servers",
    "driftcheck.model._words",
    "driftcheck.pipeline",
}
COMMANDS = COMPARE | {
    "driftcheck.cli._audit",
    "driftcheck.cli._capture",
    "driftcheck.cli._completion",
    "driftcheck.cli._history",
    "driftcheck.cli._images",
    "driftcheck.cli._keys",
    "driftcheck.cli._policy",
    "driftcheck.cli._prove",
    "driftcheck.cli._rbac",
    "driftcheck.cli._report",
    "driftcheck.cli._verify",
    "driftcheck.cli._wholeness",
    "driftcheck.codec",
    "driftcheck.policy",
}


def loaded(program: str, *arguments: str, **environment: str) -> set[str]:
    """The modules that are there when a program ends."""
    tell = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
    done = subprocess.run(
        [sys.executable, "-c", f"{tell} {program}", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stderr.split())


def loaded_by(line: str, **environment: str) -> set[str]:
    """The modules that a command line loads."""
    program = "from driftcheck.cli import main; sys.exit(main())"
    return loaded(program, *line.split(), **environment)


def ours(modules: Collection[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] == "driftcheck"}


def typed(line: str) -> dict[str, str]:
    """What a shell tells a program of which it wants to know how a line may go on."""
    words = line.split(" ")
    return {
        "_DRIFTCHECK_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }


def test_import() -> None:
    """`import driftcheck` loads nothing of any room."""
    assert ours(loaded("import driftcheck")) == {"driftcheck", "driftcheck.doors"}


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("--version", PROGRAM),
        ("--help", COMMANDS),
        ("compare --help", COMPARE | {"driftcheck.cli._log"}),
        ("completion bash", PROGRAM | {"driftcheck.cli._completion", "driftcheck.cli._log"}),
    ],
)
def test_what_starts_at_once(line: str, modules: set[str]) -> None:
    """What answers from itself loads no more than it says, and nothing heavy."""
    found = loaded_by(line)

    assert ours(found) == modules
    assert not found & HEAVY


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("driftcheck comp", COMPARE | {"driftcheck.cli._completion"}),
        ("driftcheck compare --se", COMPARE),
        ("driftcheck compare -o js", COMPARE),
        ("driftcheck compare sho", COMPARE),
    ],
)
def test_completion(line: str, modules: set[str]) -> None:
    """A Tab loads the command that was typed, and nothing that it would run."""
    found = loaded_by("", **typed(line))

    assert ours(found) == modules
    assert not found & HEAVY


@pytest.mark.parametrize(
    ("line", "heavy"),
    [
        ("compare one.json two.json", FILES | {"wcwidth"}),
        ("compare one.json other.json", FILES | {"wcwidth"}),
        ("compare one.json other.json -o json", FILES),
        ("compare one.json one.json -o html=page.html", FILES | {"jinja2"}),
        ("capture one.json -o again.json", FILES),
        ("images one.json", FILES),
        ("policy lint driftcheck.yaml", FILES),
    ],
)
def test_files(tmp_path: Path, line: str, heavy: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads files alone loads nothing that talks to servers, and no format but its own."""
    monkeypatch.chdir(tmp_path)
    for name, value in (("one", "1"), ("two", "1"), ("other", "2")):
        Path(f"{name}.json").write_text(json.dumps(config_map(level=value)))
    Path("driftcheck.yaml").write_text("version: 1\nrules: []\n")

    found = loaded_by(line)

    assert found & HEAVY == heavy


def test_a_room_and_a_verb_of_one_name() -> None:
    """`driftcheck.capture` is the verb, whatever has loaded the room of that name before."""
    program = "import driftcheck.capture, driftcheck; print(driftcheck.capture.__module__)"

    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert done.stdout == "driftcheck.pipeline._captures\n"


def test_what_is_offered_is_shown() -> None:
    """Editors and notebooks see every name, and a name that is none is an error."""
    assert set(driftcheck.__all__) <= set(dir(driftcheck))
    with pytest.raises(AttributeError, match="module 'driftcheck' has no attribute 'comapre'"):
        driftcheck.comapre  # type: ignore[attr-defined] # noqa: B018


def test_values_come_alone(tmp_path: Path) -> None:
    """A snapshot that another process made can be saved and shown, with nothing loaded before."""
    file = tmp_path / "snapshot.pickle"
    file.write_bytes(pickle.dumps(snapshot(config_map())))
    program = (
        "import pickle, sys; found = pickle.load(open(sys.argv[1], 'rb'));"
        "found.save(sys.argv[2]); print(len(found.images), '<' in found._repr_html_())"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(file), str(tmp_path / "again.json")],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "0 True\n"
    assert driftcheck.load(tmp_path / "again.json").documents == snapshot(config_map()).documents
