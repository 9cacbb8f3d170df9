"""A signed statement in its envelope: DSSE, in a Sigstore bundle v0.3 with a bare key.

https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from attrs import frozen

from driftcheck.codec import strict_json
from driftcheck.proof._keys import PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_OTHER_MATERIAL = ("certificate", "x509CertificateChain")


class BundleError(ValueError):
    """A bundle that can't be believed, with the reason."""


@frozen
class Envelope:
    """What a bundle holds.

    Args:
        payload: What was signed.
        signature: By whom.
        timestamps: RFC 3161's answers about when, DER.
    """

    payload: bytes
    signature: bytes
    timestamps: tuple[bytes, ...] = ()


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """What is really signed: the type and the payload, each with its length."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def write_bundle(envelope: Envelope, key: PublicKey) -> bytes:
    """A bundle's file, whose hint is the key's as cosign writes it."""
    material: dict[str, Any] = {"publicKey": {"hint": key.hint}, "tlogEntries": []}
    if envelope.timestamps:
        material["timestampVerificationData"] = {
            "rfc3161Timestamps": [
                {"signedTimestamp": _text(token)} for token in envelope.timestamps
            ]
        }
    bundle = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": material,
        "dsseEnvelope": {
            "payload": _text(envelope.payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": _text(envelope.signature), "keyid": key.hint}],
        },
    }
    return json.dumps(bundle, indent=2).encode() + b"\n"


def read_bundle(data: bytes, key: PublicKey) -> Envelope:
    """What stands in a bundle that says it is signed by a key; its signature is not checked yet.

    Args:
        data: The file's content.
        key: The key that is trusted. None is ever taken from the file.

    Raises:
        BundleError: It is no such bundle, or says it is another key's.
    """
    try:
        bundle = strict_json(data)
    except ValueError as error:
        raise BundleError(str(error)) from None
    if isinstance(bundle, dict) and "_type" in bundle:
        raise BundleError("a bare statement, which nobody signed")
    if _field(bundle, "mediaType", str) != BUNDLE_TYPE:
        raise BundleError(f"its mediaType is not {BUNDLE_TYPE}")
    material = _field(bundle, "verificationMaterial", dict)
    envelope = _field(bundle, "dsseEnvelope", dict)
    if "messageSignature" in bundle:
        raise BundleError("it holds a messageSignature beside its envelope")
    for name in _OTHER_MATERIAL:
        if name in material:
            raise BundleError(f"its verificationMaterial has a {name}, and --key names a key")
    _check_hint(_field(_field(material, "publicKey", dict), "hint", str), key)
    if _field(envelope, "payloadType", str) != PAYLOAD_TYPE:
        raise BundleError(f"its payloadType is not {PAYLOAD_TYPE}")
    signatures = _field(envelope, "signatures", list)
    if len(signatures) != 1:
        raise BundleError(f"it has {len(signatures)} signatures, and one is meant")
    if keyid := signatures[0].get("keyid", "") if isinstance(signatures[0], dict) else "":
        _check_hint(keyid, key)
    return Envelope(
        payload=_bytes(envelope, "payload"),
        signature=_bytes(signatures[0], "sig"),
        timestamps=_timestamps(material),
    )


def _check_hint(hint: Any, key: PublicKey) -> None:
    if hint != key.hint:
        raise BundleError("it says that another key signed it")


def _timestamps(material: dict[str, Any]) -> tuple[bytes, ...]:
    if "timestampVerificationData" not in material:
        return ()
    found = _field(material, "timestampVerificationData", dict)
    tokens = _field(found, "rfc3161Timestamps", list) if "rfc3161Timestamps" in found else []
    return tuple(_bytes(token, "signedTimestamp") for token in tokens)


def _field(holder: Any, name: str, kind: type) -> Any:
    found = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(found, kind):
        raise BundleError(f"it has no {name}")
    return found


def _bytes(holder: Any, name: str) -> bytes:
    """What stands in base64, which has one spelling only."""
    text = _field(holder, name, str)
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BundleError(f"its {name} is not base64") from None
    if _text(found) != text:
        raise BundleError(f"its {name} is not base64 as everybody writes it")
    return found


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
