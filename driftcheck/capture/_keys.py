"""The key that Secret values are fingerprinted with: where it comes from, and what it makes.

Equal values under the same key and the same data key have equal fingerprints,
and without the key nobody can try out what a fingerprint stands for. Who has a
key and a snapshot still can: guard the key.
"""

from __future__ import annotations

import hmac
import logging
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from driftcheck.errors import SecretKeyError
from driftcheck.sources import read_settings

KEY_VARIABLE = "DRIFTCHECK_SECRET_KEY"

FINGERPRINT = "hmac-sha256:"
_SHORTEST_KEY = 16
_LONGEST_KEY = 64 * 1024
SET_VARIABLE = f"set {KEY_VARIABLE} to at least {_SHORTEST_KEY} bytes, or use --secret-key-file"

logger = logging.getLogger(__name__)


class SecretKey:
    """The key that Secret values are fingerprinted with; it never shows itself.

    Args:
        key: At least 16 bytes that nobody else knows.

    Raises:
        SecretKeyError: The key is too short.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) < _SHORTEST_KEY:
            raise SecretKeyError(
                f"the secret key is too short: {len(key)} bytes", hint=SET_VARIABLE
            )
        self._key = key

    def __repr__(self) -> str:
        return "SecretKey(...)"

    @property
    def id(self) -> str:
        """Which key this is, without saying what it is: 16 hexadecimal digits."""
        return self._tag(b"driftcheck/v1/key-id")[:16]

    def fingerprint(self, data_key: str, value: bytes) -> str:
        """What stands for a Secret's value: `hmac-sha256:` and 64 hexadecimal digits.

        Args:
            data_key: Under which key of the Secret's `data` the value stands.
            value: The value itself, decoded.
        """
        return self._fingerprint(("secret", "Secret", data_key), value)

    def metadata_fingerprint(self, kind: str, name: str, place: str, text: bytes) -> str:
        """What stands for what may repeat a Secret's value; equal in its own place alone.

        Args:
            kind: The object's kind.
            name: The object's name.
            place: Where in it the text stands, such as an annotation's key.
            text: What stands there.
        """
        return self._fingerprint(("metadata", kind, name, place), text)

    def _fingerprint(self, place: tuple[str, ...], value: bytes) -> str:
        context = "\0".join(("driftcheck/v1/" + place[0], *place[1:], "")).encode(
            errors="surrogatepass"
        )
        return f"{FINGERPRINT}{self._tag(context + len(value).to_bytes(8, 'big') + value)}"

    def _tag(self, message: bytes) -> str:
        return hmac.digest(self._key, message, "sha256").hex()


def find_secret_key(environ: Mapping[str, str], key_file: Path | None = None) -> SecretKey:
    """Find the key for Secret fingerprints, or make one for this user.

    Args:
        environ: The environment: `DRIFTCHECK_SECRET_KEY`, `XDG_CONFIG_HOME`, `HOME`.
        key_file: The file the user named; it comes before everything else.

    Returns:
        The key of the file, else of the variable, else of this user's own file.

    Raises:
        SecretKeyError: There is no key and none can be made, or it is too short.
    """
    if key_file is not None:
        return SecretKey(_key_in(key_file))
    if KEY_VARIABLE in environ:
        text = environ[KEY_VARIABLE].encode(errors="surrogateescape")
        return SecretKey(_without_newline(text))
    own_file = _config_folder(environ) / "driftcheck" / "secret.key"
    _make_key(own_file)
    return SecretKey(_key_in(own_file))


def _config_folder(environ: Mapping[str, str]) -> Path:
    """The user's folder for settings, by the XDG Base Directory Specification."""
    named = Path(environ.get("XDG_CONFIG_HOME", ""))
    if named.is_absolute():
        return named
    home = Path(environ.get("HOME", ""))
    if not home.is_absolute():
        raise SecretKeyError("there is no home folder to keep a secret key in", hint=SET_VARIABLE)
    return home / ".config"


def _key_in(file: Path) -> bytes:
    try:
        if file.stat().st_mode & 0o077:
            logger.warning("%s can be read by others: chmod 600 keeps it yours", file)
        text = read_settings(file)
    except (OSError, ValueError) as error:
        raise _unusable(file, error) from None
    if len(text) > _LONGEST_KEY:
        raise SecretKeyError(f"the secret key {file} is too long", hint=SET_VARIABLE)
    return _without_newline(text)


def _without_newline(text: bytes) -> bytes:
    """The key without the newline that editors and `echo` add."""
    return text.removesuffix(b"\n").removesuffix(b"\r")


def _make_key(file: Path) -> None:
    """Make this user's key if there is none; of two programs at once, both use the first's."""
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        if file.exists():
            return
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as opened:
                opened.write(secrets.token_hex(32) + "\n")
                opened.flush()
                os.fsync(descriptor)
            with suppress(FileExistsError):
                file.hardlink_to(temporary)
        finally:
            temporary.unlink()
    except OSError as error:
        raise _unusable(file, error) from None


def _unusable(file: Path, error: OSError | ValueError) -> SecretKeyError:
    reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
    return SecretKeyError(f"the secret key {file} cannot be used: {reason}", hint=SET_VARIABLE)
