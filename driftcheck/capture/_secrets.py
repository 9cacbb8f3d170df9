"""Secret values become keyed fingerprints before anything is stored, logged or raised.

Whatever may repeat one is a fingerprint as well: of a Secret's annotations only those stay that
are known to be harmless, and in which no value of any Secret beside it is found.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from attrs import frozen

from driftcheck.capture._annotations import APPLIED_COPIES, is_harmless
from driftcheck.capture._keys import SET_VARIABLE, SecretKey
from driftcheck.capture._traces import Traces
from driftcheck.errors import SecretKeyError, StartError
from driftcheck.model import (
    METADATA_FIELDS,
    SECRET,
    ObjectReference,
    in_text,
    is_marked,
    without_hash,
)

_IDENTITY = frozenset(("apiVersion", "kind", "type", "immutable", "metadata"))
_SOPS_TEXT = b"ENC[AES256_GCM,"
_RELEASE = "release"


def redact_all(
    bodies: Iterable[Mapping[str, Any]], find_key: Callable[[], SecretKey]
) -> tuple[list[Mapping[str, Any]], str | None]:
    """Redact every object, and look for the key only where there is something to fingerprint.

    Args:
        bodies: The objects of one namespace as they were seen; they stay as they are. No value
            of a Secret among them is left in an annotation of another.
        find_key: Where the key comes from; asked at most once.

    Returns:
        The objects without Secret values, and the key's id, None where none was needed.

    Raises:
        SecretKeyError: A key is needed, and cannot be used.
    """
    seen = list(map(without_applied_copies, bodies))
    if not any(map(needs_key, seen)):
        return list(map(_without_empty_fields, seen)), None
    key = find_key()
    return _quietly(lambda: _redacted(seen, key)), key.id


def redact(body: Mapping[str, Any], key: SecretKey | None) -> Mapping[str, Any]:
    """Take out of an object what must never be kept.

    A Secret's values become fingerprints, and so does every annotation that is not known to be
    harmless or that repeats one, and every unknown field; labels and the object's identity stay.
    Of every object the annotations go in which tools keep a copy of all that was applied.

    Args:
        body: The object as it was seen; it stays as it is.
        key: What to fingerprint with; None only where there is nothing to fingerprint.

    Returns:
        The object without them; the same one where there was nothing to take.

    Raises:
        SecretKeyError: There is something to fingerprint, and no key.
    """

    def find_key() -> SecretKey:
        if key is None:
            raise SecretKeyError("a Secret was seen and there is no secret key", hint=SET_VARIABLE)
        return key

    (redacted,), _ = redact_all([body], find_key)
    return redacted


def without_annotations(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What may be kept of a Secret whose values nobody saw: any annotation may repeat one."""
    return {**body, "metadata": _without_field(body["metadata"], "annotations")}


def _redacted(bodies: list[Mapping[str, Any]], key: SecretKey) -> list[Mapping[str, Any]]:
    redaction = _Redaction(key, _traces_of(bodies))
    return list(map(redaction.of, bodies))


def _quietly(act: Callable[[], list[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """What this gives; where it fails, nobody hears of what."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - whatever it says may quote a value
        problem = type(error).__name__
    raise StartError(
        f"a Secret could not be fingerprinted ({problem})",
        hint="please report this: it is a mistake in driftcheck",
    )


def without_applied_copies(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What may be kept of any object: some tools leave a copy of all that was applied in it."""
    metadata = body["metadata"]
    annotations = metadata.get("annotations")
    if not annotations or APPLIED_COPIES.isdisjoint(annotations):
        return body
    kept = {name: value for name, value in annotations.items() if name not in APPLIED_COPIES}
    rest = _without_field(metadata, "annotations")
    return {**body, "metadata": {**rest, "annotations": kept} if kept else rest}


def _without_empty_fields(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return _without_field(body, "stringData") if _is_secret(body) else body


def _without_field(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if name not in body:
        return body
    return {field: value for field, value in body.items() if field != name}


def _is_secret(body: Mapping[str, Any]) -> bool:
    return (body["apiVersion"], body["kind"]) == ("v1", "Secret")


def _is_helm_release(body: Mapping[str, Any]) -> bool:
    """Whether this is where Helm keeps a release, every rendered Secret in it.

    `newConfigMapsObject` in pkg/storage/driver/cfgmaps.go of Helm; Helm 2 wrote the label as
    `OWNER: TILLER`.
    """
    labels, data = body["metadata"].get("labels"), body.get("data")
    return (
        (body["apiVersion"], body["kind"]) == ("v1", "ConfigMap")
        and isinstance(labels, Mapping)
        and (labels.get("owner") == "helm" or labels.get("OWNER") == "TILLER")
        and isinstance(data, Mapping)
        and _RELEASE in data
    )


def needs_key(body: Mapping[str, Any]) -> bool:
    """Whether something of an object is kept as a fingerprint, before and after it was redacted."""
    if not _is_secret(body):
        return _is_helm_release(body)
    metadata = body["metadata"]
    return (
        any(value for field, value in body.items() if field not in _IDENTITY)
        or not all(map(is_harmless, metadata.get("annotations") or ()))
        or not metadata.keys() <= METADATA_FIELDS
    )


def _traces_of(bodies: Iterable[Mapping[str, Any]]) -> Traces:
    """What gives the values of all Secrets away.

    A value that is part of the Secret's own name or namespace is no secret.
    """
    return Traces.of(value for body in bodies if _is_secret(body) for value in _unknown_in(body))


def _unknown_in(secret: Mapping[str, Any]) -> Iterator[bytes]:
    metadata = secret["metadata"]
    known = f"{metadata['name']} {metadata.get('namespace')}".encode()
    yield from (value for value in _values_of(secret).values() if value not in known)


def _values_of(secret: Mapping[str, Any]) -> dict[str, bytes]:
    """The values by data key; `stringData` goes over `data`, as the API server does it."""
    data = {name: _decoded(value) for name, value in (secret.get("data") or {}).items()}
    return data | {name: _bytes(text) for name, text in (secret.get("stringData") or {}).items()}


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


@frozen
class _Redaction:
    """How the objects of one namespace are redacted.

    Args:
        key: What to fingerprint with.
        traces: What no annotation may hold.
    """

    key: SecretKey
    traces: Traces

    def of(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object as it may be kept."""
        if _is_helm_release(body):
            return self._helm_release(body)
        return self._secret(body) if _is_secret(body) else body

    def _helm_release(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        release = self._mark(body, f"data/{_RELEASE}", body["data"][_RELEASE])
        return {**body, "data": {**body["data"], _RELEASE: release}}

    def _secret(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        redacted = {
            field: value if field in _IDENTITY else self._mark(body, field, value)
            for field, value in body.items()
            if field not in ("data", "stringData")
        }
        redacted["metadata"] = dict(self._metadata(body))
        if "data" in body or "stringData" in body:
            redacted["data"] = dict(self._data(body))
        return redacted

    def _data(self, secret: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in _values_of(secret).items():
            is_encrypted = "sops" in secret and value.startswith(_SOPS_TEXT)
            mark = self.key.fingerprint(name, value)
            yield name, f"encrypted-{mark}" if is_encrypted else mark

    def _metadata(self, secret: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for field, value in secret["metadata"].items():
            if field == "annotations" and value:
                yield field, dict(self._annotations(secret))
            elif field in METADATA_FIELDS:
                yield field, value
            else:
                yield field, self._mark(secret, f"metadata/{field}", value)

    def _annotations(self, secret: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in secret["metadata"]["annotations"].items():
            if is_harmless(name) and not self.traces.are_in(str(value)):
                yield name, value
            else:
                place = f"annotations/{name}"
                shown = self._mark(secret, "annotations", name) if self._hides(name) else name
                yield shown, self._mark(secret, place, value)

    def _hides(self, annotation: str) -> bool:
        """Whether an annotation's key itself repeats a value."""
        return not is_harmless(annotation) and self.traces.are_in(annotation)

    def _mark(self, body: Mapping[str, Any], place: str, value: Any) -> str:
        """The fingerprint of what stands in this place of this object alone.

        Generations of an object with a hash in their names count as one, and the own namespace
        in host names as the one of any other environment.
        """
        metadata = body["metadata"]
        name = without_hash(ObjectReference(*SECRET, metadata["name"])).name
        text = _bytes(_located(value, metadata.get("namespace")))
        return self.key.metadata_fingerprint(body["kind"], name, place, text)


def _located(value: Any, namespace: str | None) -> Any:
    """A text with the own namespace in host names as a token, which no text can spell out."""
    if not isinstance(value, str):
        return value
    if is_marked(value):
        return [value]
    return in_text(value, namespace) if namespace else value
