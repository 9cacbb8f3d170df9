"""Whatever a page shows can be run, and does what the page says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import driftcheck
from driftcheck.cli._main import program
from driftcheck.testing.__main__ import play
from tests.docs.pages import PAGES, PROJECT, blocks, commands, name_of, text_of

OTHER_PROGRAMS = {"git", "kubectl", "make", "openssl", "pip", "python"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)")


def pages_with(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
@pytest.mark.usefixtures("reader")
def test_python(page: Path) -> None:
    """The Python blocks of a page run one after another, and so do the tests they define."""
    namespace: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page, "python"):
        exec(compile(block, name_of(page), "exec"), namespace)  # noqa: S102

    for name, value in namespace.items():
        if name.startswith("test_"):
            value()


@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
@pytest.mark.usefixtures("reader")
def test_commands(page: Path) -> None:
    """Every command exists with every option, and prints what stands below it."""
    for block in blocks(page, "console"):
        for arguments, output in commands(block):
            check_command(arguments)
            if output.strip():
                check_output(output, run(arguments))


def check_command(arguments: list[str]) -> None:
    """Parse a command line without running it."""
    if arguments[:3] == ["python", "-m", "driftcheck.testing"]:
        parse(play, arguments[3:])
    elif arguments[0] == "driftcheck" or arguments[:2] == ["kubectl", "driftcheck"]:
        parse_driftcheck(arguments[arguments.index("driftcheck") + 1 :])
    elif arguments[0] == "make":
        targets = re.findall(r"^([\w-]+):", text_of("Makefile"), re.MULTILINE)
        assert set(arguments[1:]) <= set(targets)
    elif arguments[0] == "python" and arguments[1] != "-c":
        assert (PROJECT / arguments[1]).is_file()
    else:
        assert arguments[0] in OTHER_PROGRAMS


def parse_driftcheck(arguments: list[str]) -> None:
    context = parse(program, arguments)
    if context is not None:
        _, command, rest = program.resolve_command(context, arguments)
        assert command is not None
        parse(command, rest)


def parse(command: click.Command, arguments: list[str]) -> click.Context | None:
    """The context of a command line; None where it only asks for help or a version."""
    try:
        return command.make_context(command.name, list(arguments))
    except click.exceptions.Exit:
        return None


def run(arguments: list[str]) -> str:
    assert arguments[0] == "driftcheck"
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    return done.stdout


def check_output(shown: str, printed: str) -> None:
    """Every line on the page is printed, in the page's order."""
    lines = iter(stripped(printed).splitlines())
    for line in shown.strip().splitlines():
        assert any(re.fullmatch(pattern(line), found) for found in lines), line


def stripped(text: str) -> str:
    """The text without the time of day."""
    return _MOMENT.sub("now", text)


def pattern(text: str) -> str:
    """A page's text as a regular expression: `…` stands for whatever the page leaves out."""
    return ".*".join(re.escape(part) for part in stripped(text).split("…"))


@pytest.mark.parametrize("page", pages_with("json"), ids=name_of)
def test_json(page: Path) -> None:
    """Every JSON block is JSON."""
    for block in blocks(page, "json"):
        json.loads(block)


@pytest.mark.parametrize("page", pages_with("yaml"), ids=name_of)
def test_yaml(page: Path) -> None:
    """Every YAML block is YAML."""
    for block in blocks(page, "yaml"):
        yaml.safe_load(block)


@pytest.mark.usefixtures("reader")
def test_files_on_the_page() -> None:
    """The snapshot and the result on the page are excerpts of what is really written."""
    snapshot, result = map(json.loads, blocks(PROJECT / "docs/snapshots.md", "json"))
    seen = driftcheck.capture("bookshop-production")
    seen.save("production.json")
    compared = driftcheck.compare("bookshop-staging", seen)

    check_excerpt(snapshot, json.loads(Path("production.json").read_bytes()))
    check_excerpt(result, json.loads(driftcheck.render(compared, "json")))


def check_excerpt(shown: Any, written: Any) -> None:
    """The same keys, and of lists and of long maps only some items."""
    assert is_excerpt(shown, written), (shown, written)


def is_excerpt(shown: Any, written: Any) -> bool:
    if isinstance(shown, dict) and isinstance(written, dict):
        return shown == {} or (
            shown.keys() == written.keys()
            and all(is_excerpt(shown[key], written[key]) for key in shown)
        )
    if isinstance(shown, list) and isinstance(written, list):
        return all(any(is_excerpt(item, other) for other in written) for item in shown)
    if isinstance(shown, str) and isinstance(written, str):
        return re.fullmatch(pattern(shown), stripped(written)) is not None
    return type(shown) is type(written) and shown == written


@pytest.mark.parametrize(
    ("environments", "status", "said"),
    [
        ((), 1, "drifted: 20 differences that no rule expects"),
        (("shop-staging", "shop@prod-eu"), 0, "identical: "),
        (("shop-staging", "no-such-shop"), 2, ""),
    ],
)
@pytest.mark.usefixtures("reader")
def test_gate(environments: tuple[str, ...], status: int, said: str) -> None:
    """The gate lets only the same environments through."""
    command = [sys.executable, "examples/gate.py", *environments]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")

    assert done.returncode == status, done.stderr
    assert done.stdout.startswith(said)


@pytest.mark.usefixtures("reader")
def test_demo() -> None:
    """The demonstration ends well, and shows what the README shows."""
    command = [sys.executable, "examples/demo.py"]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    (shown,) = (
        output
        for block in blocks(PROJECT / "README.md", "console")
        for _, output in commands(block)
        if "drifted" in output
    )

    check_output(shown, done.stdout)
