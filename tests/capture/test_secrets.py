"""No value of a Secret survives, and equal values stay recognisable."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.capture import SecretKey, find_secret_key, redact, redact_all
from driftcheck.errors import DriftcheckError, SecretKeyError

TEXT = "0123456789abcdef"
KEY = SecretKey(TEXT.encode())


def secret(data: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A Secret with this data."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": "shop", "labels": {"app": "web"}},
        "type": "Opaque",
        "data": data or {},
        **fields,
    }


def encoded(value: bytes) -> str:
    """A value as it stands in `data`."""
    return base64.b64encode(value).decode()


def specified(data_key: str, value: bytes) -> str:
    """The fingerprint as it is specified, written down once more."""
    message = b"driftcheck/v1/secret\0Secret\0" + data_key.encode() + b"\0"
    message += len(value).to_bytes(8, "big") + value
    return "hmac-sha256:" + hmac.new(TEXT.encode(), message, hashlib.sha256).hexdigest()


def test_fingerprint() -> None:
    """A fingerprint is the HMAC that is specified."""
    assert KEY.fingerprint("password", b"hunter2") == specified("password", b"hunter2")


def test_key_id() -> None:
    """A key's id says which key it is, in 16 digits, and not what it is."""
    expected = hmac.new(TEXT.encode(), b"driftcheck/v1/key-id", hashlib.sha256).hexdigest()[:16]
    assert KEY.id == expected
    assert TEXT not in f"{KEY!r} {KEY} {vars(KEY) if hasattr(KEY, '__dict__') else ''}"


def test_fingerprints_tell_apart() -> None:
    """Another value, data key or secret key gives another fingerprint; the same give the same."""
    other = SecretKey(b"another key, long")
    prints = [
        KEY.fingerprint("a", b"x"),
        KEY.fingerprint("a", b"y"),
        KEY.fingerprint("b", b"x"),
        KEY.fingerprint("a", b""),
        other.fingerprint("a", b"x"),
    ]
    assert len(set(prints)) == len(prints)
    assert KEY.fingerprint("a", b"x") == prints[0]


def test_values() -> None:
    """Values are decoded first; null is empty, and what is not base64 stands for itself."""
    body = secret({"a": encoded(b"hunter2"), "b": None, "c": "%%%", "d": "aHVudGVy\nMg==\n"})
    assert redact(body, KEY)["data"] == {
        "a": specified("a", b"hunter2"),
        "b": specified("b", b""),
        "c": specified("c", b"%%%"),
        "d": specified("d", b"hunter2"),
    }


def test_string_data() -> None:
    """`stringData` goes over `data`, as the API server does it, and is gone."""
    body = secret({"a": encoded(b"old"), "b": encoded(b"x")}, stringData={"a": "new", "c": "ä"})
    redacted = redact(body, KEY)
    assert "stringData" not in redacted
    assert redacted["data"] == {
        "a": specified("a", b"new"),
        "b": specified("b", b"x"),
        "c": specified("c", "ä".encode()),
    }


def test_the_rest_stays() -> None:
    """Everything else of a Secret stays as it was, and the input is not touched."""
    managed = [{"manager": "kubectl", "fieldsV1": {"f:data": {"f:password": {}}}}]
    body = secret({"password": encoded(b"hunter2")}, immutable=True)
    body["metadata"]["managedFields"] = managed
    before = copy.deepcopy(body)
    redacted = redact(body, KEY)
    assert body == before
    assert {**redacted, "data": None} == {**body, "data": None}


APPLIED = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "kapp.k14s.io/original",
    "objectset.rio.cattle.io/applied",
    "banzaicloud.com/last-applied",
)


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
@pytest.mark.parametrize("annotation", APPLIED)
def test_applied_copies(kind: str, annotation: str) -> None:
    """Annotations that hold a copy of what was applied go, from every object."""
    body = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": "a", "annotations": {annotation: "hunter2", "note": "kept"}},
    }
    assert redact(body, KEY)["metadata"] == {"name": "a", "annotations": {"note": "kept"}}
    del body["metadata"]["annotations"]["note"]
    assert redact(body, KEY)["metadata"] == {"name": "a"}


def test_untouched_objects() -> None:
    """An object that needs nothing is passed through as it is."""
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "annotations": {"x": "y"}},
        "data": {"a": "b"},
    }
    foreign = {**config_map, "apiVersion": "example.com/v1", "kind": "Secret"}
    empty = secret()
    for body in (config_map, foreign, empty):
        assert redact(body, None) is body


def test_traces_in_annotations() -> None:
    """An annotation that repeats a value, in any of its forms, becomes a fingerprint."""
    value = 'hunter2 "ü" hunter2'.encode()
    body = secret({"a": encoded(value)})
    body["metadata"]["annotations"] = {
        "plain": f"password is {value.decode()}!",
        "json": json.dumps({"password": value.decode()}),
        "base64": encoded(value),
        "unpadded": encoded(value).rstrip("="),
        "other": "nothing",
    }
    annotations = redact(body, KEY)["metadata"]["annotations"]
    assert annotations.pop("other") == "nothing"
    assert all(text.startswith("hmac-sha256:") for text in annotations.values())


def test_chance_in_annotations() -> None:
    """A short value, or one that is part of the Secret's own name, is not taken for a trace."""
    body = secret({"a": encoded(b"prod"), "b": encoded(b"postgres-main")})
    body["metadata"] |= {
        "name": "postgres-main-credentials",
        "annotations": {"stage": "production", "for": "postgres-main"},
    }
    assert redact(body, KEY)["metadata"] == body["metadata"]


def test_traces_in_unknown_fields() -> None:
    """A field that Kubernetes does not know keeps nothing of a value either."""
    body = secret(
        {"a": encoded(b"hunter2")}, backup={"hunter2": ["x hunter2", encoded(b"hunter2")]}
    )
    assert "hunter2" not in json.dumps(redact(body, KEY))
    assert encoded(b"hunter2") not in json.dumps(redact(body, KEY))


def is_text(value: bytes) -> bool:
    """Whether a value can stand in `stringData`."""
    try:
        return bool(value.decode())
    except UnicodeDecodeError:
        return False


WORDS_OF_THE_OBJECT = json.dumps(
    secret(stringData={}, copy={}) | {"metadata": {"annotations": {}, "hmac-sha256": ""}}
).encode()
VALUES = (
    st.binary(min_size=8, max_size=40)
    | st.text(st.characters(codec="utf-8"), min_size=8, max_size=40).map(str.encode)
).filter(lambda value: value not in WORDS_OF_THE_OBJECT)


@given(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), st.booleans())
def test_nothing_survives(values: dict[str, bytes], as_text: bool) -> None:
    """No value, plain or in base64, is anywhere in what is kept."""
    texts = [value.decode() for value in values.values() if is_text(value)]
    body = secret({name: encoded(value) for name, value in values.items()})
    if as_text:
        body["stringData"] = dict(zip("abc", texts, strict=False))
    body["metadata"]["annotations"] = {
        "copy": json.dumps(body),
        "text": " ".join(texts),
        APPLIED[0]: json.dumps(body),
    }
    body["copy"] = [dict(body["data"]), json.dumps(body["data"])]
    kept = json.dumps(redact(body, KEY), ensure_ascii=False).encode()
    for value in values.values():
        assert value not in kept
        assert encoded(value).encode() not in kept
    for text in texts:
        assert json.dumps(text)[1:-1].encode() not in kept


def test_quiet_failure() -> None:
    """An object that cannot be redacted is an error without a word of its content."""
    with pytest.raises(DriftcheckError) as caught:
        redact(secret({"a": encoded(b"x")}, stringData=["hunter2"]), KEY)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "hunter2" not in f"{error} {error.hint}"


def test_lazy_key() -> None:
    """The key is asked for once, and only where there is a value."""
    asked = []

    def find() -> SecretKey:
        asked.append(1)
        return KEY

    assert redact_all([secret()], find) == ([secret()], None)
    assert asked == []
    bodies, key_id = redact_all([secret({"a": ""}), secret({"b": ""})], find)
    assert key_id == KEY.id
    assert [list(body["data"]) for body in bodies] == [["a"], ["b"]]
    assert asked == [1]


def test_value_without_a_key() -> None:
    """A value is never passed on for want of a key."""
    with pytest.raises(SecretKeyError):
        redact(secret({"a": "eA=="}), None)


def test_key_sources(tmp_path: Path) -> None:
    """The file that was named comes first, then the variable; a newline at the end is no key."""
    file = tmp_path / "key"
    file.write_text(f"{TEXT}\n")
    file.chmod(0o600)
    variable = {"DRIFTCHECK_SECRET_KEY": "another key, long"}
    assert find_secret_key(variable, file).id == KEY.id
    assert find_secret_key(variable).id == SecretKey(b"another key, long").id
    assert find_secret_key({"DRIFTCHECK_SECRET_KEY": f"{TEXT}\r\n"}).id == KEY.id


@pytest.mark.parametrize("text", ["", "short", "fifteen bytes.."])
def test_short_keys(text: str, tmp_path: Path) -> None:
    """A key of fewer than 16 bytes is refused, wherever it comes from."""
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(0o600)
    for environ, key_file in (({"DRIFTCHECK_SECRET_KEY": text}, None), ({}, file)):
        with pytest.raises(SecretKeyError) as caught:
            find_secret_key(environ, key_file)
        assert "DRIFTCHECK_SECRET_KEY" in caught.value.hint


def test_own_key(tmp_path: Path) -> None:
    """On first use a key is made for this user alone, and used from then on."""
    environ = {"HOME": str(tmp_path)}
    made = find_secret_key(environ)
    file = tmp_path / ".config" / "driftcheck" / "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text()) == 65
    assert list(file.parent.iterdir()) == [file]
    assert find_secret_key(environ).id == made.id
    assert find_secret_key({"DRIFTCHECK_SECRET_KEY": file.read_text()}).id == made.id


def test_config_folder(tmp_path: Path) -> None:
    """The key stands in XDG_CONFIG_HOME where that is an absolute path."""
    find_secret_key({"XDG_CONFIG_HOME": str(tmp_path / "a"), "HOME": str(tmp_path)})
    assert (tmp_path / "a" / "driftcheck" / "secret.key").exists()
    find_secret_key({"XDG_CONFIG_HOME": "a", "HOME": str(tmp_path)})
    assert (tmp_path / ".config" / "driftcheck" / "secret.key").exists()


def test_race(tmp_path: Path) -> None:
    """Programs that start at once all use the same key."""
    ids: list[str] = []
    threads = [
        threading.Thread(target=lambda: ids.append(find_secret_key({"HOME": str(tmp_path)}).id))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 20
    assert len(set(ids)) == 1


def test_no_place_for_a_key(tmp_path: Path) -> None:
    """Where no key can be read or made, the hint names the variable."""
    (tmp_path / "file").touch()
    for environ, key_file in (
        ({}, None),
        ({"HOME": str(tmp_path / "file")}, None),
        ({}, tmp_path / "nowhere"),
        ({}, tmp_path),
        ({}, Path("\0")),
    ):
        with pytest.raises(SecretKeyError) as caught:
            find_secret_key(environ, key_file)
        assert "DRIFTCHECK_SECRET_KEY" in caught.value.hint


def test_open_key_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A key file that others can read is used, and said."""
    file = tmp_path / "key"
    file.write_text(TEXT)
    file.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        find_secret_key({}, file)
    assert "can be read by others" in caplog.text
    assert TEXT not in caplog.text


def test_what_looks_like_a_fingerprint() -> None:
    """An annotation that spells a fingerprint out is not that fingerprint."""
    spelt = KEY.fingerprint("", b"a value")
    body = secret({"pw": encoded(b"x")})
    body["metadata"]["annotations"] = {"note": spelt}

    assert redact(body, KEY)["metadata"]["annotations"]["note"] != spelt
