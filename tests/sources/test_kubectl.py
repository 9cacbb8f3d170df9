"""kubectl, given the same kubeconfig, reaches the same server as the same user, or refuses too."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from driftcheck.errors import DriftcheckError
from driftcheck.sources import connect
from tests.sources.asking import JSON
from tests.sources.test_tls import data

pytestmark = pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl here")

Asked = set[tuple[str | None, ...]]
WHAT = "/api"
"""What both ask for; some builds of kubectl ask for the version by themselves."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Asked = set()

    def handle_error(self, *_: object) -> None:
        """A handshake that fails is the client's matter."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        certificate: Any = self.connection.getpeercert() or {}  # type: ignore[attr-defined]
        who = ("Authorization", "Impersonate-User", "Impersonate-Group", "Impersonate-Uid")
        subject = str(certificate.get("subjectAltName"))
        what = self.path.partition("?")[0]
        if what.endswith(WHAT):
            self.server.asked.add((what, *(self.headers[name] for name in who), subject))
        body = json.dumps({"major": "1", "minor": "36", "gitVersion": "v1.36.0"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


AUTHORITY = trustme.CA()
ANN = AUTHORITY.issue_cert("ann@example.com")
CERTIFICATE = {
    "client-certificate-data": data(ANN.cert_chain_pems[0].bytes()),
    "client-key-data": data(ANN.private_key_pem.bytes()),
}
TRUSTED = {"certificate-authority-data": data(AUTHORITY.cert_pem.bytes())}
PLUGIN = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "command": "./plugin",
    "interactiveMode": "Never",
    "env": [{"name": "A", "value": None}, {"name": "B"}],
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_OPTIONAL
    AUTHORITY.configure_trust(context)
    AUTHORITY.issue_cert("kubernetes.internal", "127.0.0.1").configure_cert(context)
    running = Server()
    running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


USERS: dict[str, JSON] = {
    "nobody": {},
    "a token": {"token": "t"},
    "an empty token": {"token": "", "tokenFile": "token"},
    "a token and its file": {"token": "t", "tokenFile": "token"},
    "a token and a file that is away": {"token": "t", "tokenFile": "missing"},
    "a file that is away": {"tokenFile": "missing"},
    "a number": {"token": 5},
    "a password": {"username": "ann", "password": "p:ä"},
    "a name alone": {"username": "ann"},
    "a password alone": {"password": "p"},
    "a token and a password alone": {"token": "t", "password": "p"},
    "a file and a password alone": {"tokenFile": "token", "password": "p"},
    "a token and a password": {"token": "t", "username": "ann", "password": "p"},
    "a file and a password": {"tokenFile": "token", "username": "ann", "password": "p"},
    "a certificate": CERTIFICATE,
    "a certificate and a token": {**CERTIFICATE, "token": "t"},
    "a certificate and a file": {**CERTIFICATE, "tokenFile": "token"},
    "half a certificate": {"client-certificate-data": CERTIFICATE["client-certificate-data"]},
    "no certificate": {"client-certificate-data": "bm8=", "client-key-data": "bm8="},
    "a plugin": {"exec": PLUGIN},
    "a plugin and a token": {"exec": PLUGIN, "token": "t"},
    "a plugin and a certificate": {"exec": PLUGIN, **CERTIFICATE},
    "a plugin without a version": {"exec": {**PLUGIN, "apiVersion": ""}},
    "a plugin that asks in no way": {"exec": {**PLUGIN, "interactiveMode": ""}, "token": "t"},
    "a plugin that asks somehow": {"exec": {**PLUGIN, "interactiveMode": "Maybe"}, "token": "t"},
    "a plugin without a command": {"exec": {**PLUGIN, "command": None}, "token": "t"},
    "impersonation": {"token": "t", "as": "bob", "as-groups": ["ops"], "as-uid": "4"},
    "impersonation of a group": {"token": "t", "as-groups": ["ops"]},
}
CLUSTERS: dict[str, JSON] = {
    "trusted": TRUSTED,
    "unknown": {},
    "not verified": {"insecure-skip-tls-verify": True},
    "not verified, as a text": {"insecure-skip-tls-verify": "true", **TRUSTED},
    "verified, as a text": {"insecure-skip-tls-verify": "false", **TRUSTED},
    "trusted and not verified": {"insecure-skip-tls-verify": True, **TRUSTED},
    "of another name": {"tls-server-name": "kubernetes.internal", **TRUSTED},
    "of a wrong name": {"tls-server-name": "elsewhere.internal", **TRUSTED},
    "an authority that is none": {"certificate-authority-data": "bm8="},
    "an authority that is away": {"certificate-authority": "missing"},
    "two authorities": {"certificate-authority": "ca.crt", **TRUSTED},
    "no authority beside a file": {
        "certificate-authority": "ca.crt",
        "certificate-authority-data": "",
    },
    "a path": {"server": "https://HOST/at/", **TRUSTED},
    "a path and a question": {"server": "https://HOST/at?a#b", **TRUSTED},
    "a path with a sign in it": {"server": "https://HOST/at#b?a", **TRUSTED},
    "a sign without a path": {"server": "https://HOST#b", **TRUSTED},
    "a proxy that is none": {"proxy-url": "127.0.0.1:1", **TRUSTED},
}


@pytest.mark.parametrize("user", USERS)
def test_the_same_user(server: Server, tmp_path: Path, user: str) -> None:
    """Who asks is whom kubectl asks as."""
    check(server, tmp_path, USERS[user], TRUSTED)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_same_server(server: Server, tmp_path: Path, cluster: str) -> None:
    """What is asked is what kubectl asks, and proves as much to us."""
    check(server, tmp_path, {"token": "t"}, CLUSTERS[cluster])


def check(server: Server, folder: Path, user: JSON, cluster: JSON) -> None:
    surroundings(folder)
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "shop",
        "contexts": [{"name": "shop", "context": {"cluster": "c", "user": "ann"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://HOST", **cluster}}],
        "users": [{"name": "ann", "user": user}],
    }
    file = folder / "config"
    file.write_text(yaml.safe_dump(content).replace("HOST", f"127.0.0.1:{server.server_port}"))

    assert_alike(server, str(file))


def assert_alike(server: Server, kubeconfig: str) -> None:
    """Hold against each other what is asked of a server, where `$KUBECONFIG` is this.

    Who has nothing to show is anonymous here, and asked for a name and a password by kubectl.
    """
    ours, theirs = asked_by_us(server, kubeconfig), asked_by_kubectl(server, kubeconfig)
    if theirs is None:
        assert all((who[1], who[-1]) == (None, "None") for who in ours)
    else:
        assert ours == theirs


def surroundings(folder: Path) -> None:
    """The files that kubeconfigs in a folder name: a token, an authority, and a plugin."""
    (folder / "token").write_text("from-a-file")
    AUTHORITY.cert_pem.write_to_path(str(folder / "ca.crt"))
    answer = {
        "apiVersion": PLUGIN["apiVersion"],
        "kind": "ExecCredential",
        "status": {"token": "plugged"},
    }
    plugin = folder / "plugin"
    plugin.write_text(f'#!/bin/sh\n[ "$A$B" = "" ] && echo \'{json.dumps(answer)}\'\n')
    plugin.chmod(0o755)


def asked_by_us(server: Server, kubeconfig: str) -> Asked:
    server.asked.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", kubeconfig)
        try:
            with connect(timeout=20, pause=0.01) as connection:
                connection.get(WHAT)
        except DriftcheckError:
            assert not server.asked
    return set(server.asked)


def asked_by_kubectl(server: Server, kubeconfig: str) -> Asked | None:
    """The same of kubectl; None where it would rather ask a person."""
    server.asked.clear()
    folder = Path(kubeconfig.partition(os.pathsep)[0]).parent
    run = subprocess.run(
        [str(shutil.which("kubectl")), "api-versions"],
        env={**os.environ, "HOME": str(folder), "KUBECONFIG": kubeconfig},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return None if run.stdout.startswith(b"Please enter") else set(server.asked)
