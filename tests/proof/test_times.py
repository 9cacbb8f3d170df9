"""When something was signed: a real authority, openssl's, behind a small HTTP server."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import pytest

from driftcheck import History, Part, ProofError, Standing, UsageError, prove
from tests.history.kept import keep
from tests.moments import QUIET, seen
from tests.proof.stated import SHOP, encoded, failed, private_pem, reason, stated

SETTINGS = """
[req]
distinguished_name = nobody
[nobody]
[ts]
default_tsa = it
[it]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


@attrs.frozen
class Authority:
    """A time-stamping authority.

    Args:
        url: Where it is.
        chain: The certificates by which it is trusted.
        folder: Where it keeps them.
    """

    url: str
    chain: Path
    folder: Path


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)  # noqa: S607


def certified(folder: Path) -> Path:
    """A root of its own, and by it a certificate for time stamps."""
    (folder / "tsa.cnf").write_text(SETTINGS.format(folder=folder))
    (folder / "serial").write_text("01")
    for name, subject in (("root", "/CN=root"), ("tsa", "/CN=tsa")):
        key, settings = folder / f"{name}.key", folder / "tsa.cnf"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        request = folder / f"{name}.csr"
        openssl("req", "-new", "-key", key, "-subj", subject, "-config", settings, "-out", request)
        by = ("-signkey", key) if name == "root" else ("-CA", folder / "root.pem")
        with_key = () if name == "root" else ("-CAkey", folder / "root.key", "-CAcreateserial")
        openssl(
            *("x509", "-req", "-in", request, *by, *with_key, "-days", "30"),
            *("-extfile", settings, "-extensions", name, "-out", folder / f"{name}.pem"),
        )
    return folder / "root.pem"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """An authority that answers as openssl does."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("authority")
    chain = certified(folder)

    def answer(question: bytes) -> bytes:
        asked, answered = folder / "question.tsq", folder / "answer.tsr"
        asked.write_bytes(question)
        openssl(
            "ts",
            "-reply",
            "-section",
            "it",
            "-config",
            folder / "tsa.cnf",
            "-queryfile",
            asked,
            "-out",
            answered,
        )
        return answered.read_bytes()

    with served(answer) as url:
        yield Authority(url, chain, folder)


@contextmanager
def served(answer: Callable[[bytes], bytes], status: int = 200) -> Iterator[str]:
    """What answers questions over HTTP; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/tsr"
        server.shutdown()


def test_a_time_stamp(authority: Authority, tmp_path: Path) -> None:
    """An authority's time holds for who trusts it; without, it is said that nobody asked."""
    shop = stated(tmp_path, SHOP, SHOP, timestamp_url=authority.url)
    now = datetime.now(UTC)

    trusted = shop.checked(timestamp_chain=authority.chain, now=now)

    assert trusted.exit_status == 0
    assert reason(trusted, Part.TIME).startswith(f"signed before {now:%Y-%m-%d}")
    unasked = next(it for it in shop.checked().parts if it.part is Part.TIME)
    assert unasked.standing is Standing.UNCHECKED
    assert "--timestamp-chain" in unasked.says


def test_no_time_stamp(authority: Authority, tmp_path: Path) -> None:
    """Who demands a time stamp is not content with a signature."""
    found = stated(tmp_path, SHOP, SHOP).checked(timestamp_chain=authority.chain)

    assert reason(found, Part.TIME) == "it has no time stamp"
    assert found.exit_status == 1


def test_a_time_stamp_of_another_signature(authority: Authority, tmp_path: Path) -> None:
    """A time stamp can't be moved from one signature to another."""
    shop = stated(tmp_path, SHOP, SHOP, timestamp_url=authority.url)
    other = shop.signed_anew(shop.statement.payload)
    bundle = json.loads(other)
    bundle["verificationMaterial"] = shop.bundle["verificationMaterial"]

    assert failed(shop.checked_bundle(bundle, timestamp_chain=authority.chain)) == [Part.TIME]


def test_an_authority_that_nobody_trusts(authority: Authority, tmp_path: Path) -> None:
    """A time stamp of another authority is none."""
    shop = stated(tmp_path, SHOP, SHOP, timestamp_url=authority.url)
    (tmp_path / "other").mkdir()

    other = certified(tmp_path / "other")

    assert failed(shop.checked(timestamp_chain=other)) == [Part.TIME]
    for lacking in (shop.folder / "P-256.pub", authority.folder / "tsa.pem"):
        with pytest.raises(ProofError):
            shop.checked(timestamp_chain=lacking)


def test_changed_time_stamps(authority: Authority, tmp_path: Path) -> None:
    """No bit of a time stamp can be another one and leave it another time."""
    shop = stated(tmp_path, SHOP, SHOP, timestamp_url=authority.url)
    bundle = shop.bundle
    (stamp,) = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    whole = shop.checked(timestamp_chain=authority.chain)
    token = base64.b64decode(stamp["signedTimestamp"])
    for place in range(0, len(token), 13):
        changed = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        stamp["signedTimestamp"] = encoded(changed)

        found = shop.checked_bundle(bundle, timestamp_chain=authority.chain)

        assert not found.holds or found == whole


@pytest.mark.parametrize(
    ("answer", "status"), [(b"", 200), (b"no time", 200), (b"", 404), (b"0\x030\x01\x02", 200)]
)
def test_no_answer(tmp_path: Path, answer: bytes, status: int) -> None:
    """Whatever else comes back than a time stamp, nothing is signed."""
    key = tmp_path / "key.pem"
    key.write_bytes(private_pem("P-256"))

    with served(lambda _: answer, status) as url, pytest.raises(ProofError) as refused:
        prove(SHOP, SHOP, key=key, timestamp_url=url)

    assert refused.value.hint


def test_an_answer_to_another_question(authority: Authority, tmp_path: Path) -> None:
    """An old answer, played again, is none to a new question."""
    first = stated(tmp_path, SHOP, SHOP, timestamp_url=authority.url)
    data = first.bundle["verificationMaterial"]["timestampVerificationData"]
    (stamp,) = data["rfc3161Timestamps"]
    old = base64.b64decode(stamp["signedTimestamp"])

    with served(lambda _: old) as url, pytest.raises(ProofError, match="no time stamp for this"):
        prove(SHOP, SHOP, key=tmp_path / "P-256.pem", timestamp_url=url)


def test_no_authority(tmp_path: Path) -> None:
    """Where nobody answers, or nothing is signed, there is no time stamp."""
    stated(tmp_path, SHOP, SHOP)
    key = tmp_path / "P-256.pem"

    with pytest.raises(ProofError, match=r"cannot connect to 127\.0\.0\.1:9"):
        prove(SHOP, SHOP, key=key, timestamp_url="http://127.0.0.1:9/")
    for url in ("ftp://example.com", "example.com", "http://"):
        with pytest.raises(UsageError, match="no address of a time-stamping authority"):
            prove(SHOP, SHOP, key=key, timestamp_url=url)
    with pytest.raises(UsageError, match="a time stamp is for a signature"):
        prove(SHOP, SHOP, timestamp_url="http://127.0.0.1:9/")


def test_a_time_stamp_of_a_history(authority: Authority, tmp_path: Path) -> None:
    """The heads of a history are stamped as well, for whoever reads bundles."""
    (tmp_path / "key.pem").write_bytes(private_pem("P-256"))
    keep(tmp_path / "store", seen(QUIET))

    History(tmp_path / "store").sign(tmp_path / "key.pem", timestamp_url=authority.url)

    (file,) = tmp_path.glob("store/signatures/*")
    material = json.loads(file.read_bytes())["verificationMaterial"]
    assert len(material["timestampVerificationData"]["rfc3161Timestamps"]) == 1
