"""Others' implementations read what we write, and refuse what was changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from driftcheck import prove
from driftcheck.proof import SVR, VSA
from tests.proof.stated import EDITED, NOW, SHOP, TAKEN, encoded, public_pem, stated

SIGSTORE = """
const { bundleFromJSON } = require('@sigstore/bundle');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');
const [bundle, key] = JSON.parse(require('fs').readFileSync(0));
const publicKey = require('crypto').createPublicKey(key);
const trusted = toTrustMaterial(
  { tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] },
  () => ({ publicKey, validFor: () => true }),
);
const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
const verifier = new Verifier(trusted, thresholds);
try {
  verifier.verify(toSignedEntity(bundleFromJSON(bundle)));
  console.log('verified');
} catch (error) {
  console.log(error.code || error.name || String(error));
}
"""


@pytest.fixture(scope="session")
def sigstore() -> Callable[[dict[str, Any], str], str]:
    """Sigstore's own verifier in JavaScript: what it says of a bundle and a key."""
    modules = os.environ.get("DRIFTCHECK_NODE_MODULES", "")
    if not (modules and shutil.which("node") and Path(modules, "@sigstore/verify").is_dir()):
        pytest.skip("@sigstore/verify is not installed (DRIFTCHECK_NODE_MODULES names its folder)")

    def verify(bundle: dict[str, Any], key: str) -> str:
        done = subprocess.run(
            ["node", "-e", SIGSTORE],  # noqa: S607
            input=json.dumps([bundle, public_pem(key).decode()]),
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"NODE_PATH": modules},
        )
        return done.stdout.strip()

    return verify


def with_another_word(bundle: dict[str, Any]) -> dict[str, Any]:
    """The same with another verdict."""
    payload = b'{"verdict":"identical"}'
    return bundle | {"dsseEnvelope": {**bundle["dsseEnvelope"], "payload": encoded(payload)}}


@pytest.mark.parametrize("key", ["P-256", "Ed25519"])
def test_sigstore(sigstore: Callable[[dict[str, Any], str], str], tmp_path: Path, key: str) -> None:
    """Sigstore's verifier accepts a bundle, and refuses a changed one and another key.

    Of the other curves it knows the keys, and hashes with SHA-256 all the same.
    """
    shop = stated(tmp_path, SHOP, SHOP, key=tmp_path / f"{key}.pem")

    assert sigstore(shop.bundle, key) == "verified"
    assert sigstore(with_another_word(shop.bundle), key) == "SIGNATURE_ERROR"
    assert sigstore(shop.bundle, "another P-256") == "SIGNATURE_ERROR"


@pytest.mark.parametrize("key", TAKEN)
def test_securesystemslib(tmp_path: Path, key: str) -> None:
    """Securesystemslib accepts the envelope of a key of each kind, and refuses a changed one."""
    shop = stated(tmp_path, SHOP, SHOP, key=tmp_path / f"{key}.pem")
    keyid = shop.bundle["dsseEnvelope"]["signatures"][0]["keyid"]
    known = SSlibKey.from_crypto(load_pem_public_key(public_pem(key)), keyid=keyid)

    assert Envelope.from_dict(shop.bundle["dsseEnvelope"]).verify([known], 1) == {keyid: known}
    changed = Envelope.from_dict(with_another_word(shop.bundle)["dsseEnvelope"])
    with pytest.raises(VerificationError):
        changed.verify([known], 1)


def test_simple_verification_result() -> None:
    """A passed check has the fields that in-toto's SVR v0.2 asks for.

    https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md
    """
    statement = prove(SHOP, SHOP, predicate="svr", now=NOW)

    assert statement.predicate_type == SVR == "https://in-toto.io/attestation/svr/v0.2"
    assert statement.predicate == {
        "verifier": {"id": "https://driftcheck.example", "policies": []},
        "timeCreated": "2026-11-26T12:00:00Z",
        "properties": ["DRIFTCHECK_IDENTICAL"],
    }


@pytest.mark.parametrize(
    ("right", "result", "levels"),
    [(SHOP, "PASSED", ["DRIFTCHECK_IDENTICAL"]), (EDITED, "FAILED", ["FAILED"])],
)
def test_verification_summary(right: Any, result: str, levels: list[str]) -> None:
    """A summary has the fields that SLSA's VSA v1 asks for, and can say that it failed.

    https://slsa.dev/spec/v1.1/verification_summary
    """
    statement = prove(SHOP, right, predicate="vsa", now=NOW)

    assert statement.predicate_type == VSA == "https://slsa.dev/verification_summary/v1"
    assert statement.predicate["verificationResult"] == result
    assert statement.predicate["verifiedLevels"] == levels
    assert {"verifier", "timeVerified", "resourceUri", "policy"} < statement.predicate.keys()
    assert statement.exit_status == (0 if result == "PASSED" else 1)
