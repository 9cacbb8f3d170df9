"""The program inside this process, which starts at once."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from driftcheck.cli import main
from tests.conftest import Program


@pytest.fixture
def inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Program:
    """The program in an empty folder with no kubeconfig, like `driftcheck`, but in this process."""

    def run(
        *arguments: str | Path, stdin: str = "", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["driftcheck"])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            for name, value in environ.items():
                patch.setenv(name, value)
            status = main(list(map(str, arguments)))
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, status, said.out, said.err)

    return run
