"""TLS as API servers have it: a private authority, and users with certificates."""

from __future__ import annotations

import base64
import json
import ssl
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from driftcheck.errors import ClusterError
from driftcheck.sources import connect

JSON = dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with the name in the client's certificate."""
        certificate: Any = self.connection.getpeercert() or {}  # type: ignore[attr-defined]
        names = [value for _, value in certificate.get("subjectAltName", ())]
        body = json.dumps(names).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A handshake that fails is the client's matter."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def port(authority: trustme.CA) -> Iterator[int]:
    """A server named `kubernetes.internal` that wants certificates of the same authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_OPTIONAL
    authority.configure_trust(context)
    authority.issue_cert("kubernetes.internal", "127.0.0.1").configure_cert(context)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def data(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


@pytest.fixture
def trusted(authority: trustme.CA) -> JSON:
    return {"certificate-authority-data": data(authority.cert_pem.bytes())}


@pytest.fixture
def ann(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("ann@example.com")


def certificate(ann: trustme.LeafCert) -> JSON:
    return {
        "client-certificate-data": data(ann.cert_chain_pems[0].bytes()),
        "client-key-data": data(ann.private_key_pem.bytes()),
    }


def asked(folder: Path, port: int, user: JSON, cluster: JSON) -> list[str]:
    """Whom the server takes us for."""
    content = {
        "current-context": "shop",
        "contexts": [{"name": "shop", "context": {"cluster": "c", "user": "ann"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{port}", **cluster}}],
        "users": [{"name": "ann", "user": user}],
    }
    file = folder / "config"
    file.write_text(yaml.safe_dump(content))
    with connect(kubeconfig=str(file), timeout=20, pause=0.01) as connection:
        return list(json.loads(connection.get("/version").body))


def test_a_client_certificate(
    tmp_path: Path, port: int, trusted: JSON, ann: trustme.LeafCert
) -> None:
    """A certificate in the kubeconfig says who asks."""
    assert asked(tmp_path, port, certificate(ann), trusted) == ["ann@example.com"]


def test_certificates_in_files(
    tmp_path: Path, port: int, authority: trustme.CA, ann: trustme.LeafCert
) -> None:
    """Files beside the kubeconfig do as well, the authority's included."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    ann.cert_chain_pems[0].write_to_path(str(tmp_path / "ann.crt"))
    ann.private_key_pem.write_to_path(str(tmp_path / "ann.key"))
    user = {"client-certificate": "ann.crt", "client-key": "ann.key"}

    found = asked(tmp_path, port, user, {"certificate-authority": "ca.crt"})

    assert found == ["ann@example.com"]


def test_a_plugin_that_gives_a_certificate(
    tmp_path: Path, port: int, trusted: JSON, ann: trustme.LeafCert
) -> None:
    """A credential plugin may give a certificate instead of a token."""
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {
            "clientCertificateData": ann.cert_chain_pems[0].bytes().decode(),
            "clientKeyData": ann.private_key_pem.bytes().decode(),
        },
    }
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", f"print({json.dumps(credential)!r})"],
        "interactiveMode": "Never",
    }

    assert asked(tmp_path, port, {"exec": plugin}, trusted) == ["ann@example.com"]


def test_the_server_name(tmp_path: Path, port: int, trusted: JSON) -> None:
    """`tls-server-name` is the name that the server must prove."""
    right = {**trusted, "tls-server-name": "kubernetes.internal"}
    wrong = {**trusted, "tls-server-name": "elsewhere.internal"}

    assert asked(tmp_path, port, {}, right) == []
    with pytest.raises(ClusterError, match="no trusted connection"):
        asked(tmp_path, port, {}, wrong)


def test_an_authority_nobody_knows(tmp_path: Path, port: int) -> None:
    """A server of a stranger's authority is refused, and trusted only where the user says so."""
    other = {"certificate-authority-data": data(trustme.CA().cert_pem.bytes())}

    for cluster in ({}, other):
        with pytest.raises(ClusterError, match="no trusted connection"):
            asked(tmp_path, port, {}, cluster)
    assert asked(tmp_path, port, {}, {"insecure-skip-tls-verify": True}) == []
