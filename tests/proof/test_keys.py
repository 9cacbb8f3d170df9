"""Keys that are taken, and keys that are not."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from driftcheck import ProofError, UsageError, prove, verify
from driftcheck.proof import pre_authentication, read_private_key, read_public_key
from tests.proof.stated import NOW, SHOP, TAKEN, private_pem, public_pem, stated


@pytest.mark.parametrize(
    ("payload_type", "payload", "expected"),
    [
        (
            "http://example.com/HelloWorld",
            b"hello world",
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world",
        ),
        ("", b"", b"DSSEv1 0  0 "),
        ("ä", "ö".encode(), "DSSEv1 2 ä 2 ö".encode()),
    ],
)
def test_what_is_signed(payload_type: str, payload: bytes, expected: bytes) -> None:
    """It is what DSSE's protocol says, with lengths in bytes.

    https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
    """
    assert pre_authentication(payload_type, payload) == expected


@pytest.mark.parametrize("key", TAKEN)
def test_kinds_that_are_taken(key: str) -> None:
    """Each kind of key signs what its public half checks, and nothing else."""
    signer = read_private_key(private_pem(key), source="key")
    public = read_public_key(public_pem(key), source="key")
    signature = signer.sign(b"message")

    assert signer.public_key == public
    assert public.verifies(signature, b"message")
    assert not public.verifies(signature, b"another message")
    assert not public.verifies(b"", b"message")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("P-224", "a key on secp224r1, which is not taken"),
        ("secp256k1", "a key on secp256k1, which is not taken"),
        ("RSA", "RSA keys are not taken"),
    ],
)
def test_kinds_that_are_not_taken(key: str, said: str) -> None:
    """What is too short, or what not everybody reads in one way, is refused by name."""
    for read, pem in ((read_private_key, private_pem(key)), (read_public_key, public_pem(key))):
        with pytest.raises(ProofError, match=said) as refused:
            read(pem, source="key.pem")
        assert "openssl genpkey" in refused.value.hint


def test_encrypted_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase comes from a file, a variable, or whoever is asked; the first that is named."""
    key, file = tmp_path / "key.pem", tmp_path / "passphrase"
    key.write_bytes(private_pem("P-256", b"open sesame"))
    file.write_text("open sesame\n")

    with pytest.raises(ProofError, match="encrypted, and no passphrase is known"):
        prove(SHOP, SHOP, key=key)
    assert prove(SHOP, SHOP, key=key, key_passphrase_file=file).bundle
    assert prove(SHOP, SHOP, key=key, ask_passphrase=lambda: "open sesame").bundle
    with pytest.raises(ProofError, match="the passphrase does not open it") as refused:
        prove(SHOP, SHOP, key=key, ask_passphrase=lambda: "open barley")
    assert "barley" not in str(refused.value)
    monkeypatch.setenv("DRIFTCHECK_KEY_PASSPHRASE", "open sesame")
    assert prove(SHOP, SHOP, key=key, ask_passphrase=lambda: "open barley").bundle


def test_nobody_is_asked_in_vain(tmp_path: Path) -> None:
    """A key that is not encrypted needs no passphrase, and an unsigned statement no key."""
    key = tmp_path / "key.pem"
    key.write_bytes(private_pem("P-256"))

    assert prove(SHOP, SHOP, key=key, ask_passphrase=lambda: pytest.fail("asked")).bundle
    assert prove(SHOP, SHOP).bundle is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (
            b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n",
            "encrypted as cosign alone does it",
        ),
    ],
)
def test_no_keys(tmp_path: Path, content: bytes, said: str) -> None:
    """What is no key is said to be none, and is not quoted."""
    key = tmp_path / "key.pem"
    key.write_bytes(content)

    with pytest.raises(ProofError, match=said) as refused:
        prove(SHOP, SHOP, key=key)

    assert "AAAA" not in str(refused.value)
    with pytest.raises(ProofError):
        verify(key, key=key)
    with pytest.raises(ProofError, match="No such file"):
        prove(SHOP, SHOP, key=tmp_path / "nothing.pem")


def test_a_key_of_a_service(tmp_path: Path) -> None:
    """A key that securesystemslib knows by a URI signs, where its public half says which it is."""
    shop = stated(tmp_path, SHOP, SHOP)
    uri, public = f"file2:{tmp_path / 'P-256.pem'}", tmp_path / "P-256.pub"

    bundle = prove(SHOP, SHOP, key=uri, public_key=public, now=NOW).bundle

    assert shop.checked(bundle).exit_status == 0
    with pytest.raises(UsageError, match="which key it is, its public half says"):
        prove(SHOP, SHOP, key=uri)


def test_a_service_that_signs_with_another_key(tmp_path: Path) -> None:
    """What another key signs is not given out in the name of the one that was named."""
    stated(tmp_path, SHOP, SHOP)
    uri = f"file2:{tmp_path / 'P-256.pem'}"

    with pytest.raises(UsageError, match="of another one than the public key's"):
        prove(SHOP, SHOP, key=uri, public_key=tmp_path / "another P-256.pub")
    with pytest.raises(ProofError, match="is not the public half"):
        prove(SHOP, SHOP, key=tmp_path / "P-256.pem", public_key=tmp_path / "another P-256.pub")


@pytest.mark.parametrize("uri", ["awskms:alias/release", "gcpkms:projects/p", "hv:release/1"])
def test_a_service_without_its_library(tmp_path: Path, uri: str) -> None:
    """Where the library of a service is not installed, that is said."""
    stated(tmp_path, SHOP, SHOP)

    with pytest.raises(ProofError) as refused:
        prove(SHOP, SHOP, key=uri, public_key=tmp_path / "P-256.pub")

    assert refused.value.hint


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the libraries that sign, everything but signing goes on, and that is said."""
    shop = stated(tmp_path, SHOP, SHOP)
    load = builtins.__import__

    def lacking(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in ("cryptography", "securesystemslib", "rfc3161_client"):
            raise ImportError(name)
        return load(name, *rest, **more)

    for name in [name for name in sys.modules if name.startswith("cryptography")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", lacking)

    assert prove(SHOP, SHOP).exit_status == 0
    for asks in (lambda: prove(SHOP, SHOP, key=tmp_path / "P-256.pem"), shop.checked):
        with pytest.raises(ProofError) as refused:
            asks()
        assert refused.value.hint == "pip install 'kube-driftcheck[attest]'"
