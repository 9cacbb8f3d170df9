"""A real browser, without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, headless, with a fresh profile, and a home of its own."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    home = str(tmp_path_factory.mktemp("browser"))
    env = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=env)
        yield running
        running.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The program of axe-core, from npm."""
    modules = os.environ.get("DRIFTCHECK_NODE_MODULES")
    script = Path(modules or ".") / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip("axe-core is not installed where DRIFTCHECK_NODE_MODULES says")
    return script.read_text(encoding="utf-8")
