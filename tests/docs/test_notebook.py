"""The worked notebook runs from its first cell to its last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.docs.conftest import SECRET_KEY
from tests.docs.pages import PROJECT

NOTEBOOK = PROJECT / "examples" / "audit.ipynb"


@pytest.fixture(scope="module")
def stored() -> NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The notebook, run in a kernel of its own."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRIFTCHECK_SECRET_KEY", SECRET_KEY)
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        client = NotebookClient(
            notebook, timeout=60, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
        )
        client.execute()
    return notebook


def outputs(notebook: NotebookNode, source: str) -> list[dict[str, Any]]:
    """What the one cell printed and showed that ends with a line."""
    (found,) = [
        cell.outputs
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.splitlines()[-1] == source
    ]
    return [dict(output) for output in found]


def test_stored_without_outputs(stored: NotebookNode) -> None:
    """The notebook is valid, and is stored without what it printed on somebody's machine."""
    nbformat.validate(stored)

    for cell in stored.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("staging", "bookshop-staging"),
        ("production", "bookshop-production"),
        ("result", "✘ drifted"),
        ("result.images", "≠ api:2.4.1"),
        ("result.coverage", "coverage complete"),
    ],
)
def test_values_show_themselves(source: str, shown: str, executed: NotebookNode) -> None:
    """A value at a cell's end is shown as a part of a page, and as text."""
    (output,) = outputs(executed, source)

    assert shown in output["data"]["text/html"].replace("<bdi>", "").replace("</bdi>", "").replace(
        "<strong>", ""
    )
    assert output["data"]["text/plain"]


def test_the_gate_stops(executed: NotebookNode) -> None:
    """The release is stopped, with the reason."""
    (output,) = outputs(executed, "    print(error)")

    assert "drifted: 20 differences that no rule expects" in output["text"]


def test_nothing_is_left_behind() -> None:
    """Running the notebook writes no file beside it."""
    beside = {path.name for path in Path(NOTEBOOK.parent).iterdir()} - {"__pycache__"}

    assert beside == {"audit.ipynb", "bookshop", "demo.py", "gate.py", "recordings"}
