"""Keys that sign and keys that check: ECDSA on NIST curves, each with its hash, and Ed25519.

What else a key may be is refused by name: a short one, RSA with its choices of padding, or a
curve that some of those cannot read whom a statement is for.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from driftcheck.errors import ProofError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

_HASHES = {"secp256r1": "SHA256", "secp384r1": "SHA384", "secp521r1": "SHA512"}
"""The hash that goes with each curve.

https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md
"""
_TAKEN = (
    "use ECDSA on P-256, P-384 or P-521, or Ed25519: "
    "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
)
_COSIGN = b"ENCRYPTED SIGSTORE PRIVATE KEY", b"ENCRYPTED COSIGN PRIVATE KEY"

Sign = Callable[[bytes], bytes]
"""Signs a message."""


@frozen
class PublicKey:
    """A key that checks signatures.

    Args:
        der: Its SubjectPublicKeyInfo.
    """

    der: bytes
    _key: Any = field(repr=False, eq=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key, `sha256:...`."""
        return f"sha256:{hashlib.sha256(self.der).hexdigest()}"

    @property
    def hint(self) -> str:
        """The same as cosign and sigstore-go write it in bundles."""
        return base64.b64encode(hashlib.sha256(self.der).digest()).decode()

    @property
    def pem(self) -> bytes:
        """The key as a file."""
        from cryptography.hazmat.primitives import serialization

        pem: bytes = self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return pem

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether a signature is one of this key over a message."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, message, *_scheme(self._key))
        except InvalidSignature:
            return False
        return True


@frozen
class Signer:
    """Whoever signs, and by which key that is checked.

    Args:
        sign: Signs a message.
        public_key: Checks it.
    """

    sign: Sign
    public_key: PublicKey


def read_public_key(pem: bytes, *, source: str) -> PublicKey:
    """Read a public key.

    Args:
        pem: What stands in its file.
        source: What to call the file in errors.

    Raises:
        ProofError: It is none, or of a kind that is not taken.
    """
    if b"PRIVATE KEY" in pem:
        raise ProofError(
            f"{source}: a private key, which only whoever signs may have",
            hint="name the public one: openssl pkey -in KEY -pubout -out PUB",
        )
    serialization = _serialization()
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, _unsupported()):
        raise ProofError(
            f"{source}: not a readable public key", hint="name one in PEM, as openssl writes it"
        ) from None
    return _public(key, source)


def read_private_key(
    pem: bytes, *, source: str, passphrase: Callable[[], bytes] | None = None
) -> Signer:
    """Read a private key that may be encrypted.

    Args:
        pem: What stands in its file.
        source: What to call the file in errors.
        passphrase: Asks for what it is encrypted with; None where nobody knows it.

    Returns:
        What signs with it.

    Raises:
        ProofError: It is none, can't be opened, or is of a kind that is not taken.
    """
    if any(word in pem for word in _COSIGN):
        raise ProofError(
            f"{source}: encrypted as cosign alone does it",
            hint="make a key with openssl genpkey, whose public half cosign reads as well",
        )
    is_encrypted = b"ENCRYPTED" in pem
    if is_encrypted and passphrase is None:
        raise ProofError(
            f"{source}: encrypted, and no passphrase is known",
            hint="put it into DRIFTCHECK_KEY_PASSPHRASE, or into --key-passphrase-file FILE",
        )
    serialization = _serialization()
    word = passphrase() if is_encrypted and passphrase else None
    try:
        key = serialization.load_pem_private_key(pem, word)
    except (ValueError, TypeError, _unsupported()):
        raise ProofError(
            f"{source}: {'the passphrase does not open it' if word else 'not a private key'}",
            hint="name a key in PEM, such as openssl genpkey writes it",
        ) from None
    return Signer(_signing(key), _public(key.public_key(), source))


def checked(signer: Signer, message: bytes) -> bytes:
    """The signature of a message, checked before anybody sees it.

    Raises:
        ProofError: It is not by the key that was named.
    """
    signature = signer.sign(message)
    if not signer.public_key.verifies(signature, message):
        raise ProofError(
            "what was signed is not by the public key that was named",
            hint="name the public key of just this key",
        )
    return signature


def _signing(key: PrivateKeyTypes) -> Sign:
    def sign(message: bytes) -> bytes:
        signature: bytes = key.sign(message, *_scheme(key))  # type: ignore[union-attr]
        return signature

    return sign


def _public(key: PublicKeyTypes, source: str) -> PublicKey:
    serialization = _serialization()
    _check_kind(key, source)
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return PublicKey(der, key)


def _check_kind(key: PublicKeyTypes, source: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if isinstance(key, EllipticCurvePublicKey):
        if key.curve.name in _HASHES:
            return
        raise ProofError(f"{source}: a key on {key.curve.name}, which is not taken", hint=_TAKEN)
    if not isinstance(key, Ed25519PublicKey):
        kind = type(key).__name__.strip("_").removesuffix("PublicKey")
        raise ProofError(f"{source}: {kind} keys are not taken", hint=_TAKEN)


def _scheme(key: Any) -> tuple[Any, ...]:
    """How such a key signs: by its curve's hash, or by its own."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    curve = getattr(key, "curve", None)
    return (ECDSA(getattr(hashes, _HASHES[curve.name])()),) if curve else ()


def _unsupported() -> type[Exception]:
    from cryptography.exceptions import UnsupportedAlgorithm

    return UnsupportedAlgorithm


def _serialization() -> Any:
    try:
        from cryptography.hazmat.primitives import serialization
    except ImportError:
        raise without_attest("keys") from None
    return serialization


def without_attest(what: str) -> ProofError:
    """What is said where the libraries that sign are not installed."""
    return ProofError(
        f"{what} can't be read: the libraries that sign and check are not installed",
        hint="pip install 'kube-driftcheck[attest]'",
    )
