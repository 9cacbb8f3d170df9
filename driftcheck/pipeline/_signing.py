"""Who signs, and by which key a signature is checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from driftcheck.errors import ProofError, UsageError
from driftcheck.proof import AskTime, PublicKey, Signer, read_private_key, read_public_key
from driftcheck.sources import is_key_service, key_service, read_settings, time_authority

PASSPHRASE = "DRIFTCHECK_KEY_PASSPHRASE"  # noqa: S105 - the variable's name
"""The variable that holds what a private key is encrypted with."""


@frozen(kw_only=True)
class Signing:
    """Who signs a statement; by default nobody.

    Args:
        key: A private key's file in PEM, or the URI of one that a service holds.
        public_key: Its public half, which a URI needs beside it.
        key_passphrase_file: The file with what the key is encrypted with; by default
            `$DRIFTCHECK_KEY_PASSPHRASE`.
        ask_passphrase: Asks for it where neither says it.
        timestamp_url: The time-stamping authority (RFC 3161) that says when it was signed.
    """

    key: str | Path | None = None
    public_key: str | Path | None = None
    key_passphrase_file: str | Path | None = None
    ask_passphrase: Callable[[], str] | None = None
    timestamp_url: str | None = None

    def signer(self) -> Signer | None:
        """Who signs; None where nobody does.

        Raises:
            ProofError: The key can't be used.
            UsageError: The options don't go together.
        """
        if self.key is None:
            if self.timestamp_url:
                raise UsageError("a time stamp is for a signature", hint="name a key to sign with")
            return None
        if isinstance(self.key, str) and is_key_service(self.key):
            return self._service(self.key)
        signer = read_private_key(
            read_key_file(self.key), source=str(self.key), passphrase=self._passphrase()
        )
        if self.public_key and public_key_of(self.public_key) != signer.public_key:
            raise ProofError(
                f"{self.public_key} is not the public half of {self.key}",
                hint="leave it out: it is in the private key",
            )
        return signer

    def ask_time(self, timeout: float) -> AskTime | None:
        """Asks when something was signed; None where nobody is to be asked."""
        return time_authority(self.timestamp_url, timeout=timeout) if self.timestamp_url else None

    def _service(self, uri: str) -> Signer:
        if self.public_key is None:
            raise UsageError(
                f"{uri}: which key it is, its public half says",
                hint="name that as well: --public-key PUB",
            )
        public_key = public_key_of(self.public_key)
        return Signer(key_service(uri, public_key.pem), public_key)

    def _passphrase(self) -> Callable[[], bytes] | None:
        """What gives the passphrase, asked only where a key wants one."""
        file, ask = self.key_passphrase_file, self.ask_passphrase
        if file:
            return lambda: read_key_file(file).rstrip(b"\r\n")
        if PASSPHRASE in os.environ:
            return os.environ[PASSPHRASE].encode
        return (lambda: ask().encode()) if ask else None


def public_key_of(file: str | Path) -> PublicKey:
    """The public key in a file.

    Raises:
        ProofError: There is none.
    """
    return read_public_key(read_key_file(file), source=str(file))


def read_key_file(file: str | Path) -> bytes:
    """What stands in the file of a key, a passphrase or certificates.

    Raises:
        ProofError: It can't be read.
    """
    try:
        return read_settings(Path(file))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise ProofError(f"{file}: {reason}", hint="name a file that is there") from None
