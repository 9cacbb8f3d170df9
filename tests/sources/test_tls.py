"""TLS as API servers have it: a private authority, and users with certificates."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from cryptography.hazmat.primitives import serialization

from driftcheck.errors import ClusterError, KubeconfigError
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


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[int]:
    """A server with TLS, at a port of this machine."""
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def port(authority: trustme.CA) -> Iterator[int]:
    """A server named `kubernetes.internal` that wants certificates of the same authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_OPTIONAL
    authority.configure_trust(context)
    authority.issue_cert("kubernetes.internal", "127.0.0.1").configure_cert(context)
    with serving(context) as number:
        yield number


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


def written(folder: Path, port: int, user: JSON, cluster: JSON) -> Path:
    """A kubeconfig for the server."""
    content = {
        "current-context": "shop",
        "contexts": [{"name": "shop", "context": {"cluster": "c", "user": "ann"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{port}", **cluster}}],
        "users": [{"name": "ann", "user": user}],
    }
    file = folder / "config"
    file.write_text(yaml.safe_dump(content))
    return file


def asked(folder: Path, port: int, user: JSON, cluster: JSON) -> list[str]:
    """Whom the server takes us for."""
    file = written(folder, port, user, cluster)
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


@pytest.mark.parametrize(
    "place", ["127.0.0.1:{}", "localhost:{}", "HTTPS://127.0.0.1:{}", "https://127.0.0.1:{}/?a=b#c"]
)
def test_an_authority_means_tls(tmp_path: Path, port: int, trusted: JSON, place: str) -> None:
    """A server without a scheme is asked over TLS where an authority is named, in any spelling."""
    cluster = {**trusted, "server": place.format(port), "tls-server-name": "kubernetes.internal"}

    assert asked(tmp_path, port, {"token": "t"}, cluster) == []


@pytest.mark.parametrize("has_authority", [True, False])
def test_a_token_is_never_sent_in_clear(tmp_path: Path, trusted: JSON, has_authority: bool) -> None:
    """Where an authority is named, a host and port alone never gets a token without TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        cluster = {
            **(trusted if has_authority else {"insecure-skip-tls-verify": True}),
            "server": f"127.0.0.1:{listener.getsockname()[1]}",
        }
        heard = []

        def hear() -> None:
            peer, _ = listener.accept()
            with peer:
                heard.append(peer.recv(4096))

        thread = threading.Thread(target=hear)
        thread.start()
        with pytest.raises(ClusterError):
            asked(tmp_path, 0, {"token": "a-token"}, cluster)
        thread.join()

    assert heard[0][:1] == b"\x16"  # a handshake of TLS
    assert b"a-token" not in heard[0]


@pytest.mark.parametrize("server", ["https://127.0.0.1:{}", "http://127.0.0.1:{}"])
def test_an_authority_and_no_verification(
    tmp_path: Path, port: int, trusted: JSON, server: str
) -> None:
    """Whoever names an authority does not want it passed over; kubectl refuses both as well."""
    cluster = {**trusted, "insecure-skip-tls-verify": True, "server": server.format(port)}

    with pytest.raises(KubeconfigError, match="certificate-authority, and insecure-skip-tls"):
        asked(tmp_path, port, {}, cluster)


def test_empty_texts_are_absent(
    tmp_path: Path, port: int, authority: trustme.CA, ann: trustme.LeafCert
) -> None:
    """`certificate-authority-data: ""` beside a file is no authority of its own."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    ann.private_key_pem.write_to_path(str(tmp_path / "ann.key"))
    cluster = {"certificate-authority": "ca.crt", "certificate-authority-data": ""}
    user = {**certificate(ann), "client-key": "ann.key", "client-key-data": ""}

    assert asked(tmp_path, port, user, cluster) == ["ann@example.com"]


def test_an_authority_with_words(
    tmp_path: Path, port: int, authority: trustme.CA, ann: trustme.LeafCert
) -> None:
    """What stands between the certificates of a file is for people, in whatever language."""
    bundle = "Für alle\n".encode() + trustme.CA().cert_pem.bytes() + authority.cert_pem.bytes()

    assert asked(tmp_path, port, {}, {"certificate-authority-data": data(bundle)}) == []


def test_an_authority_that_is_no_root(tmp_path: Path) -> None:
    """An intermediate authority is trusted by itself, as in Go."""
    root = trustme.CA()
    middle = root.create_child_ca()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    middle.issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as port:
        cluster = {"certificate-authority-data": data(middle.cert_pem.bytes())}
        assert asked(tmp_path, port, {}, cluster) == []


def test_an_encrypted_key_asks_nobody(tmp_path: Path, port: int, ann: trustme.LeafCert) -> None:
    """A key with a passphrase is refused, as by kubectl, and nobody is asked at the terminal."""
    key = serialization.load_pem_private_key(ann.private_key_pem.bytes(), None)
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    user = {**certificate(ann), "client-key-data": data(sealed)}

    with pytest.raises(KubeconfigError, match="client certificate cannot be used"):
        asked(tmp_path, port, user, {"insecure-skip-tls-verify": True})


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_key_is_left_on_a_disk(
    tmp_path: Path, port: int, trusted: JSON, ann: trustme.LeafCert, ending: signal.Signals
) -> None:
    """However a process ends, and while it runs, its user's key is in no file of its own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    file = written(tmp_path, port, certificate(ann), trusted)
    program = (
        "import sys, driftcheck.sources as sources\n"
        f"connection = sources.connect(kubeconfig={str(file)!r})\n"
        "print(connection.get('/version').body.decode(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout
        assert running.stdout.readline() == b'["ann@example.com"]\n'
        while_it_runs = list(folder.iterdir())
        running.send_signal(ending)

    assert (while_it_runs, list(folder.iterdir())) == ([], [])


def test_no_folder_for_temporary_files(
    tmp_path: Path,
    port: int,
    trusted: JSON,
    ann: trustme.LeafCert,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Certificates are used where nothing may be written, as on a read-only root."""

    def refuse(*_: object, **__: object) -> None:
        raise FileNotFoundError

    for name in ("mkstemp", "mkdtemp", "gettempdir"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)

    assert asked(tmp_path, port, certificate(ann), trusted) == ["ann@example.com"]
