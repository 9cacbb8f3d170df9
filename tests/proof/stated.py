"""Keys, and small statements that they sign."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from driftcheck import Part, Statement, Verification, prove, verify
from driftcheck.proof import read_private_key, sign_payload
from tests.builders import Body, config_map, edited, workload

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

KEYS: dict[str, PrivateKeyTypes] = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "another P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-224": ec.generate_private_key(ec.SECP224R1()),
    "secp256k1": ec.generate_private_key(ec.SECP256K1()),
    "RSA": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}
TAKEN = ("P-256", "P-384", "P-521", "Ed25519")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
POLICY = {
    "version": 1,
    "rules": [
        {
            "id": "levels",
            "match": {"kind": "ConfigMap"},
            "path": "data.level",
            "effect": "waive",
            "expires": "2026-12-31",
            "owner": "team",
            "reason": "verbosity",
        }
    ],
}
SHOP: list[Body] = [
    config_map(level="info", host="shop.example.com"),
    workload(),
    config_map("more"),
]
SHOP_ELSEWHERE: list[Body] = [SHOP[0], edited(workload(), "spec", "replicas", value=1), SHOP[2]]
"""The same, said in other bytes."""
EDITED: list[Body] = [config_map(level="debug", host="shop.example.com"), *SHOP[1:]]


def private_pem(name: str, passphrase: bytes | None = None) -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    return KEYS[name].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def public_pem(name: str) -> bytes:
    return (
        KEYS[name]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@attrs.frozen
class Stated:
    """A statement in a folder, with what it takes to check it.

    Args:
        statement: What was stated.
        folder: Where its files are.
        policy: The policy's file; None where there is none.
    """

    statement: Statement
    folder: Path
    policy: Path | None = None

    @property
    def snapshots(self) -> list[Path]:
        return sorted(self.folder.glob("*.json.gz"))

    @property
    def bundle(self) -> dict[str, Any]:
        assert self.statement.bundle
        found: dict[str, Any] = json.loads(self.statement.bundle)
        return found

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.statement.payload)
        return found

    def checked(
        self, content: bytes | None = None, *, held: Iterable[Path] | None = None, **demands: Any
    ) -> Verification:
        """What becomes of it, or of something else in its place."""
        file = self.folder / "checked.json"
        file.write_bytes(self.statement.content if content is None else content)
        demands = {"key": self.folder / "P-256.pub", "policy": self.policy, "now": NOW, **demands}
        return verify(file, *(self.snapshots if held is None else held), **demands)

    def checked_bundle(self, bundle: Mapping[str, Any], **demands: Any) -> Verification:
        return self.checked(json.dumps(bundle).encode(), **demands)

    def signed_anew(self, said: Mapping[str, Any] | bytes, key: str = "P-256") -> bytes:
        """Something else, signed by a key."""
        payload = said if isinstance(said, bytes) else json.dumps(said).encode()
        return sign_payload(payload, read_private_key(private_pem(key), source="key"))


def stated(folder: Path, left: list[Body], right: list[Body], **asked: Any) -> Stated:
    """State a comparison of manifests, signed by the P-256 key."""
    for name in KEYS:
        (folder / f"{name}.pem").write_bytes(private_pem(name))
        (folder / f"{name}.pub").write_bytes(public_pem(name))
    policy = None
    if "policy" in asked:
        policy = folder / "driftcheck.yaml"
        policy.write_text(json.dumps(asked.pop("policy")))
    asked = {"key": folder / "P-256.pem", "now": NOW, "policy": policy, **asked}
    statement = prove(left, right, **asked)
    statement.save(folder / "proof.sigstore.json")
    return Stated(statement, folder, policy)


def failed(verification: Verification) -> list[Part]:
    return [it.part for it in verification.parts if it.standing.value == "fails"]


def reason(verification: Verification, part: Part) -> str:
    (found,) = (it.says for it in verification.parts if it.part is part)
    return found


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)
