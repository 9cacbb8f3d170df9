"""Values that only their receiver can read: each encryption gives another text."""

from __future__ import annotations

from typing import Any

from driftcheck.model import CipherText, Document, SecretValue
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._metadata import Content
from driftcheck.normalization._surroundings import Surroundings

_SOPS = "sops"
_SOPS_TEXT = "ENC[AES256_GCM,"
FINGERPRINT_PREFIX = "hmac-sha256:"
_CIPHER_PREFIX = f"encrypted-{FINGERPRINT_PREFIX}"


def mark_sealed_values(content: Content, seen: Document) -> None:
    """Give sealed values a type of their own; a controller opens them into a Secret."""
    sealed = inside(content, "spec", "encryptedData")
    for name, value in sealed.items():
        if isinstance(value, str):
            sealed[name] = CipherText(value, is_opened=not _is_unopened(seen))


def _is_unopened(sealed_secret: Document) -> bool:
    """Whether the controller says that it could not open it, or has not come to it yet.

    `updateSealedSecretStatus` in sealed-secrets' `pkg/controller/controller.go`; a flag turns
    the status off.
    """
    status = inside(sealed_secret.body, "status")
    generation = sealed_secret.metadata.get("generation")
    return status.get("observedGeneration", generation) != generation or any(
        condition.get("type") == "Synced" and condition.get("status") != "True"
        for condition in maps_in(status, "conditions")
    )


def drop_sops(content: Content, _seen: Document, _around: Surroundings) -> int:
    """What SOPS writes beside the values that it encrypts, and what it makes of these.

    Whoever applies the object decrypts it first. A Secret's values are fingerprints already.
    https://github.com/getsops/sops#encryption-protocol
    """
    if not _is_encrypted(content.get(_SOPS)):
        return 0
    del content[_SOPS]
    for name in content:
        content[name] = _marked(content[name])
    return 1


def mark_secret_values(content: Content) -> None:
    """Give fingerprints a type of their own, so that no report takes them for values."""
    for values in (inside(content, "data"), inside(content, "metadata", "annotations")):
        for key, value in values.items():
            if not isinstance(value, str):
                continue
            if value.startswith(FINGERPRINT_PREFIX):
                values[key] = SecretValue(value)
            elif value.startswith(_CIPHER_PREFIX):
                values[key] = CipherText(SecretValue(value))


def _is_encrypted(metadata: Any) -> bool:
    """Whether this is what SOPS keeps in a document; in a Secret, its fingerprint."""
    if isinstance(metadata, dict):
        return str(metadata.get("mac")).startswith(_SOPS_TEXT)
    return isinstance(metadata, str) and metadata.startswith(FINGERPRINT_PREFIX)


def _marked(node: Any) -> Any:
    """The node with its encrypted texts marked; maps and lists are edited in place."""
    if isinstance(node, dict):
        for name, value in node.items():
            node[name] = _marked(value)
    elif isinstance(node, list):
        node[:] = map(_marked, node)
    elif isinstance(node, str) and node.startswith(_SOPS_TEXT):
        return CipherText(node)
    return node
