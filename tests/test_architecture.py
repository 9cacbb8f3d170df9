"""The rules of the house that import-linter can't see; its contracts run in `make lint`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "driftcheck"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "data")


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [name.name for name in node.names]
            yield from (f"{node.module}.{name}" for name in names)
            if not all(name.startswith("_") for name in names):
                yield str(node.module)


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_doors(path: Path) -> None:
    """No file leaves through its own room's door, and none opens another's underscored file."""
    room = room_of(path)
    names = set(imported_modules(path))

    if path.name not in ("__init__.py", "__main__.py"):
        assert f"driftcheck.{room}" not in {name for name in names if room}
    for name in names:
        parts = name.split(".")
        if parts[0] == "driftcheck" and len(parts) > 2 and parts[2].startswith("_"):
            assert parts[1] == room, f"{path} opens {name}"


@pytest.mark.parametrize(
    "door", sorted(PACKAGE.glob("*/__init__.py")), ids=lambda path: path.parent.name
)
def test_every_door_says_what_comes_in_and_goes_out(door: Path) -> None:
    """A room's docstring has three sentences: what lives here, what comes in, what goes out."""
    docstring = ast.get_docstring(ast.parse(door.read_text())) or ""

    assert docstring.count(".") >= 3


@pytest.mark.parametrize("heavy", ["kubernetes", "deepdiff", "jinja2", "urllib3", "pydantic"])
def test_import_is_light(heavy: str) -> None:
    """`import driftcheck` loads no heavy library: they load when they are used."""
    program = f"import sys, driftcheck; sys.exit({heavy!r} in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], check=False)

    assert done.returncode == 0
