"""The page for users, ``docs/testing.md``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from driftcheck import testing
from driftcheck.testing import Fault

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "testing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_every_block_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block of the page runs by itself in the project's folder."""
    monkeypatch.chdir(PROJECT)

    exec(compile(block, "docs/testing.md", "exec"), {})  # noqa: S102


@pytest.mark.parametrize("block", re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
def test_every_shell_block_runs(block: str) -> None:
    """Every shell block of the page ends with 0, under this Python."""
    command = block.replace("python", sys.executable, 1)

    subprocess.run(["sh", "-ec", command], cwd=PROJECT, check=True, capture_output=True)  # noqa: S607


def test_every_fault_is_on_the_page() -> None:
    """The page names each fault that can be imported."""
    faults = [
        name
        for name, value in vars(testing).items()
        if isinstance(value, type) and issubclass(value, Fault) and value is not Fault
    ]

    assert [name for name in faults if f"| `{name}(" not in PAGE] == []
