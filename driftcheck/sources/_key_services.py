"""Keys that never leave a service, a token or another program: they are named by a URI.

https://python-securesystemslib.readthedocs.io/en/latest/securesystemslib.signer.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from driftcheck.errors import ProofError, UsageError

_URI = re.compile(r"(awskms|azurekms|gcpkms|hsm|hv|file2):.+")
"""What securesystemslib knows, but for keys of kinds that are not taken here."""


def is_key_service(text: str) -> bool:
    """Whether a text names a key by a URI, and not by a file."""
    return _URI.fullmatch(text) is not None


def key_service(uri: str, public_key: bytes) -> Callable[[bytes], bytes]:
    """A key that a service holds.

    Args:
        uri: Which, as securesystemslib has it: `awskms:alias/release`, `gcpkms:projects/…`.
        public_key: Its public half, PEM.

    Returns:
        Has it sign a message.

    Raises:
        UsageError: This is no such URI, or that of another key.
        ProofError: The service, or the library that talks to it, is not there.
    """
    try:
        from securesystemslib.exceptions import UnsupportedLibraryError
        from securesystemslib.signer import Signer, SSlibKey
    except ImportError:
        raise ProofError(
            f"{uri}: what talks to key services is not installed",
            hint="pip install 'kube-driftcheck[attest]'",
        ) from None
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = SSlibKey.from_crypto(load_pem_public_key(public_key))
    try:
        signer = Signer.from_priv_key_uri(uri, key)
    except UnsupportedLibraryError as error:
        raise ProofError(f"{uri}: {error}", hint="install that library as well") from None
    except ValueError:
        raise UsageError(
            f"{uri}: no URI of a key, or of another one than the public key's",
            hint="docs/proof.md shows the URIs of keys",
        ) from None
    except Exception as error:  # noqa: BLE001 - each service's client has errors of its own
        raise _unusable(uri, error) from None

    def sign(message: bytes) -> bytes:
        try:
            return bytes.fromhex(signer.sign(message).signature)
        except Exception as error:  # noqa: BLE001 - as above
            raise _unusable(uri, error) from None

    return sign


def _unusable(uri: str, error: Exception) -> ProofError:
    return ProofError(
        f"{uri}: this key can't be used: {type(error).__name__}",
        hint="log in to the service, and try it with the service's own program",
    )
