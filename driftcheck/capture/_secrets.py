"""Secret values become keyed fingerprints before anything is stored, logged or raised.

Equal values under the same key and the same data key have equal fingerprints,
and without the key nobody can try out what a fingerprint stands for. Who has a
key and a snapshot still can: guard the key.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from driftcheck.errors import SecretKeyError, StartError

KEY_VARIABLE = "DRIFTCHECK_SECRET_KEY"

_FINGERPRINT = "hmac-sha256:"
_SHORTEST_KEY = 16
_LONGEST_KEY = 64 * 1024
_SET_VARIABLE = f"set {KEY_VARIABLE} to at least {_SHORTEST_KEY} bytes, or use --secret-key-file"

_APPLIED_COPIES = frozenset(
    (
        "banzaicloud.com/last-applied",
        "kapp.k14s.io/original",
        "kubectl.kubernetes.io/last-applied-configuration",
        "objectset.rio.cattle.io/applied",
    )
)
"""Annotations in which tools keep the whole object, Secret values and all."""

_IDENTITY = frozenset(("apiVersion", "kind", "type", "immutable", "metadata"))
_SOPS_TEXT = b"ENC[AES256_GCM,"
_SHORTEST_TRACE = 8
"""Annotations are prose: shorter values, such as `prod` and `true`, stand there by chance."""

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
                f"the secret key is too short: {len(key)} bytes", hint=_SET_VARIABLE
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
        context = f"driftcheck/v1/secret\0Secret\0{data_key}\0".encode(errors="surrogatepass")
        return f"{_FINGERPRINT}{self._tag(context + len(value).to_bytes(8, 'big') + value)}"

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
        raise SecretKeyError("there is no home folder to keep a secret key in", hint=_SET_VARIABLE)
    return home / ".config"


def _key_in(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_mode & 0o077:
                logger.warning("%s can be read by others: chmod 600 keeps it yours", file)
            text = opened.read(_LONGEST_KEY + 1)
    except (OSError, ValueError) as error:
        raise _unusable(file, error) from None
    if len(text) > _LONGEST_KEY:
        raise SecretKeyError(f"the secret key {file} is too long", hint=_SET_VARIABLE)
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
    return SecretKeyError(f"the secret key {file} cannot be used: {reason}", hint=_SET_VARIABLE)


def redact_all(
    bodies: Iterable[Mapping[str, Any]], find_key: Callable[[], SecretKey]
) -> tuple[list[Mapping[str, Any]], str | None]:
    """Redact every object, and look for the key only where there is a Secret value.

    Args:
        bodies: The objects as they were seen; they stay as they are.
        find_key: Where the key comes from; asked at most once.

    Returns:
        The objects without Secret values, and the key's id, None where none was needed.

    Raises:
        SecretKeyError: A key is needed, and cannot be used.
    """
    seen = list(bodies)
    key = find_key() if any(map(_has_values, seen)) else None
    return [redact(body, key) for body in seen], None if key is None else key.id


def redact(body: Mapping[str, Any], key: SecretKey | None) -> Mapping[str, Any]:
    """Take out of an object what must never be kept.

    A Secret's values become fingerprints, and so do every annotation that repeats one or could
    be taken for one, and every unknown field; labels and the object's identity stay. Of every
    object the annotations go in which tools keep a copy of all that was applied.

    Args:
        body: The object as it was seen; it stays as it is.
        key: What to fingerprint with; None only where no Secret has a value.

    Returns:
        The object without them; the same one where there was nothing to take.

    Raises:
        SecretKeyError: There is a value, and no key.
    """
    body = _without_applied_copies(body)
    if not _has_values(body):
        return _without_field(body, "stringData") if _is_secret(body) else body
    if key is None:
        raise SecretKeyError("a Secret was seen and there is no secret key", hint=_SET_VARIABLE)
    try:
        return _without_values(body, key)
    except Exception as error:  # noqa: BLE001 - whatever it says may quote a value
        problem = type(error).__name__
    raise StartError(
        f"a Secret could not be fingerprinted ({problem})",
        hint="please report this: it is a mistake in driftcheck",
    )


def without_annotations(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What may be kept of a Secret whose values nobody saw: any annotation may repeat one."""
    return {**body, "metadata": _without_field(body["metadata"], "annotations")}


def _without_applied_copies(body: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = body["metadata"]
    annotations = metadata.get("annotations")
    if not annotations or _APPLIED_COPIES.isdisjoint(annotations):
        return body
    kept = {name: value for name, value in annotations.items() if name not in _APPLIED_COPIES}
    rest = _without_field(metadata, "annotations")
    return {**body, "metadata": {**rest, "annotations": kept} if kept else rest}


def _without_field(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if name not in body:
        return body
    return {field: value for field, value in body.items() if field != name}


def _is_secret(body: Mapping[str, Any]) -> bool:
    return (body["apiVersion"], body["kind"]) == ("v1", "Secret")


def _has_values(body: Mapping[str, Any]) -> bool:
    return _is_secret(body) and any(
        value for field, value in body.items() if field not in _IDENTITY
    )


def _without_values(body: Mapping[str, Any], key: SecretKey) -> dict[str, Any]:
    """The Secret with fingerprints; `stringData` goes over `data`, as the API server does it."""
    data = {name: _decoded(value) for name, value in (body.get("data") or {}).items()}
    string_data = {name: _bytes(text) for name, text in (body.get("stringData") or {}).items()}
    values = (*data.values(), *string_data.values())
    redacted = {
        field: value if field in _IDENTITY else key.fingerprint(field, _bytes(value))
        for field, value in body.items()
        if field not in ("data", "stringData")
    }
    redacted["metadata"] = _without_traces_in_annotations(body["metadata"], values, key)
    is_encrypted = "sops" in body
    redacted["data"] = {
        name: f"encrypted-{mark}" if is_encrypted and value.startswith(_SOPS_TEXT) else mark
        for name, value in {**data, **string_data}.items()
        for mark in (key.fingerprint(name, value),)
    }
    return redacted


def _decoded(value: Any) -> bytes:
    """A value of `data`; what is not base64 stands for itself."""
    raw = _bytes(value)
    try:
        return base64.b64decode(raw.translate(None, b"\r\n"), validate=True)
    except ValueError:
        return raw


def _bytes(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        return value.encode(errors="surrogatepass")
    return msgspec.json.encode(value)


def _without_traces_in_annotations(
    metadata: Mapping[str, Any], values: Iterable[bytes], key: SecretKey
) -> Mapping[str, Any]:
    """The metadata, with a fingerprint for each annotation that repeats a value.

    A value that is part of the Secret's own name or namespace is no secret.
    """
    annotations = metadata.get("annotations")
    if not annotations:
        return metadata
    identity = f"{metadata['name']} {metadata.get('namespace')}"
    traces = [trace for trace in _traces(values, shortest=_SHORTEST_TRACE) if trace not in identity]
    return {**metadata, "annotations": _traceless(annotations, traces, key)}


def _traces(values: Iterable[bytes], *, shortest: int) -> list[str]:
    """The forms in which a value may be repeated: as text, inside JSON, and as base64."""
    traces = set()
    for value in values:
        if len(value) >= shortest:
            text = value.decode(errors="replace")
            traces |= {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
            traces.add(base64.b64encode(value).decode().rstrip("="))
    return sorted(traces)


def _traceless(node: Any, traces: Sequence[str], key: SecretKey) -> Any:
    if isinstance(node, str):
        is_trace = node.startswith(_FINGERPRINT) or any(trace in node for trace in traces)
        return key.fingerprint("", _bytes(node)) if is_trace else node
    if isinstance(node, Mapping):
        return {
            _traceless(name, traces, key): _traceless(value, traces, key)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_traceless(item, traces, key) for item in node]
    return node
