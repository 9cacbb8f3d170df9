"""One server, its kubeconfigs, and a credential plugin."""

from __future__ import annotations

import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from tests.sources.asking import Server, Write


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that answers 200 unless told otherwise."""
    running = Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def write(tmp_path: Path, server: Server) -> Write:
    """Writes a kubeconfig for one user of the server."""

    def write_kubeconfig(user: dict[str, Any], name: str = "config", **cluster: Any) -> Path:
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "shop",
            "contexts": [{"name": "shop", "context": {"cluster": "c", "user": "ann"}}],
            "clusters": [{"name": "c", "cluster": {"server": server.url, **cluster}}],
            "users": [{"name": "ann", "user": user}],
        }
        path = tmp_path / name
        path.write_text(yaml.safe_dump(content))
        return path

    return write_kubeconfig


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Makes an exec entry whose program writes down every run, and then does as told."""

    def make(body: str, **settings: Any) -> dict[str, Any]:
        script = tmp_path / "plugin.py"
        runs = tmp_path / "runs"
        head = f"import json, sys\nopen({str(runs)!r}, 'a').write('x')\n"
        script.write_text(head + textwrap.dedent(body))
        return {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": sys.executable,
                "args": [str(script)],
                "interactiveMode": "Never",
                **settings,
            }
        }

    return make


@pytest.fixture
def service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pod has of its service account."""
    from kubernetes.config import incluster_config

    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "token").write_text("x")
    (folder / "ca.crt").write_bytes(trustme.CA().cert_pem.bytes())
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(folder / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(folder / "ca.crt"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
