"""No value of a Secret survives, and equal values stay recognisable."""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import hmac
import json
import logging
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.capture import SecretKey, find_secret_key, redact, redact_all
from driftcheck.errors import DriftcheckError, SecretKeyError
from driftcheck.model import NAMESPACE_TOKEN

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


RELEASE = "meta.helm.sh/release-name"
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
        "metadata": {"name": "a", "annotations": {annotation: "hunter2", RELEASE: "kept"}},
    }
    assert redact(body, KEY)["metadata"] == {"name": "a", "annotations": {RELEASE: "kept"}}
    del body["metadata"]["annotations"][RELEASE]
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


def annotated(value: bytes, *, name: str = "db", **annotations: str) -> dict[str, Any]:
    """A Secret with this value and these annotations; two underscores stand for a slash."""
    body = secret({"a": encoded(value)})
    body["metadata"] |= {
        "name": name,
        "annotations": {key.replace("__", "/"): text for key, text in annotations.items()},
    }
    return body


def kept_of(body: dict[str, Any], *beside: dict[str, Any]) -> list[str]:
    """What stands in a Secret's annotations once it was redacted among others."""
    redacted, *_ = redact_all([body, *beside], lambda: KEY)[0]
    return list(redacted["metadata"]["annotations"].values())


def test_unknown_annotations() -> None:
    """An annotation that nobody knows to be harmless is a fingerprint, value or not."""
    (note,) = kept_of(secret() | {"metadata": {"name": "db", "annotations": {"note": "hello"}}})

    assert note.startswith("hmac-sha256:")


@pytest.mark.parametrize(
    "annotation",
    [
        "openshift.io/token-secret.value",
        "reconcile.external-secrets.io/data-hash",
        "kustomize.toolkit.fluxcd.io/checksum",
        "kapp.k14s.io/original-diff-md5",
    ],
)
def test_annotations_that_hold_values(annotation: str) -> None:
    """A token, and a digest of the values that anybody may try out, are never kept."""
    (kept,) = kept_of(annotated(b"x", **{annotation: "0123456789abcdef"}))

    assert kept.startswith("hmac-sha256:")


def test_harmless_annotations() -> None:
    """What tools note of a Secret is kept as it is, whatever short words stand in values."""
    annotations = {
        "meta.helm.sh/release-name": "web",
        "meta.helm.sh/release-namespace": "shop",
        "cert-manager.io/alt-names": "web.shop.svc,web.shop.svc.cluster.local",
        "cert-manager.io/issuer-name": "prod",
        "reflector.v1.k8s.emberstack.com/reflects": "base/db",
        "reflector.v1.k8s.emberstack.com/reflection-allowed": "true",
        "helm.sh/hook-weight": "5432",
        "kubernetes.io/service-account.name": "builder",
    }
    words = [annotated(word.encode(), name="x") for word in ("web", "prod", "true", "5432", "shop")]

    assert kept_of(annotated(b"v1.2.3", **annotations), *words) == list(annotations.values())


NOT_ASCII = 'hunter2 "\u00fc" <hunter2> & more\\'
GO_JSON = NOT_ASCII.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\u003c")
GO_JSON = GO_JSON.replace(">", "\\u003e").replace("&", "\\u0026")
URL_SAFE = base64.urlsafe_b64encode(b"\xff\xfe-hunter2>>>???~~~").decode()
FORMS: dict[str, tuple[bytes, str]] = {
    "as it is": (b"hunter2-and-a-half", "password is hunter2-and-a-half!"),
    "without its line break": (b"hunter2-and-a-half\n", "is hunter2-and-a-half!"),
    "in JSON": (NOT_ASCII.encode(), json.dumps({"password": NOT_ASCII})),
    "in Go's JSON": (NOT_ASCII.encode(), f'{{"password":"{GO_JSON}"}}'),
    "in JSON in JSON": (NOT_ASCII.encode(), json.dumps({"in": json.dumps({"p": NOT_ASCII})})),
    "in an address": (b"hunter2/&=value", "postgres://u:hunter2%2F%26%3Dvalue@db/x"),
    "in a form": (b"hunter2 and a half", "p=hunter2+and+a%20half&x=y"),
    "in base64": (b"hunter2-and-a-half", encoded(b"hunter2-and-a-half")),
    "without padding": (b"hunter2-and-a-hal", encoded(b"hunter2-and-a-hal").rstrip("=")),
    "in base64 for addresses": (base64.urlsafe_b64decode(URL_SAFE), URL_SAFE.rstrip("=")),
    "in lines of base64": (b"hunter2" * 20, base64.encodebytes(b"hunter2" * 20).decode()),
    "within base64": (b"hunter2-and-a-half", encoded(b'{"password": "hunter2-and-a-half"}')),
    "in base64 in base64": (b"hunter2-and", encoded(encoded(b"x hunter2-and").encode())),
    "in hexadecimal": (b"hunter2-and-a-half", b"hunter2-and-a-half".hex()),
    "packed": (b"hunter2-and-a-half", encoded(gzip.compress(b"x hunter2-and-a-half"))),
    "the password of two": (b"user:hunter2-and-a-half", "hunter2-and-a-half"),
    "the password of an address": (b"postgres://u:hunter2-and@db/x", "hunter2-and"),
    "a text in JSON": (b'{"a": [{"password": "hunter2-and"}]}', "hunter2-and"),
    "a login in JSON": (
        json.dumps({"auths": {"r": {"auth": encoded(b"u:hunter2-and")}}}).encode(),
        "hunter2-and",
    ),
    "a line": (b"# comment\nhunter2-and-a-half\n", "hunter2-and-a-half"),
    "short, as a word": (b"Zq7bx9!", "pw=Zq7bx9!"),
    "short, with digits": (b"admin1", "admin1"),
    "short, in base64": (b"pass", encoded(b"pass")),
    "short, in JSON in base64": (b"1234", encoded(b'{"pin": "1234"}')),
    "more than can be read": (b"hunter2-and-a-half", "x" * 9000),
}


@pytest.mark.parametrize("form", FORMS)
def test_traces_in_annotations(form: str) -> None:
    """A value in any form, of any Secret of the namespace, stands in no harmless annotation."""
    value, text = FORMS[form]

    for own, beside in ((value, b""), (b"", value)):
        body = annotated(own, **{"cert-manager.io/common-name": text, RELEASE: "kept"})
        repeated, kept = kept_of(body, annotated(beside, name="other"))
        assert repeated.startswith("hmac-sha256:")
        assert kept == "kept"


def test_chance_in_annotations() -> None:
    """A value that is part of the Secret's own name or namespace is no trace."""
    body = annotated(
        b"postgres-main", name="postgres-main-credentials", **{RELEASE: "postgres-main"}
    )

    assert kept_of(body) == ["postgres-main"]


def test_equality_of_annotations() -> None:
    """Equal texts are known to be equal in one annotation of one object, and nowhere else."""
    bodies = [
        annotated(b"hunter2hunter2", copy="hunter2hunter2", note="hunter2hunter2"),
        annotated(b"hunter2hunter2", name="other", copy="hunter2hunter2"),
        {**annotated(b"hunter2hunter2"), "hunter": "hunter2hunter2"},
    ]
    everything = json.dumps(redact_all(bodies, lambda: KEY)[0])
    prints = re.findall("hmac-sha256:[0-9a-f]+", everything)

    assert len(set(prints)) == 5
    assert kept_of(annotated(b"x", copy="y")) == kept_of(annotated(b"z", copy="y"))


def test_generations_in_annotations() -> None:
    """An annotation of an object with a hash in its name is that of its next generation."""
    names = ("db-4g24h5mkbc", "db-9t8b2cdk7f")

    first, second = (kept_of(annotated(b"x", name=name, note="hello")) for name in names)

    assert first == second


def test_own_namespace_in_annotations() -> None:
    """A host of the own namespace in an annotation is the same in every environment."""
    kept = []
    for namespace, host in (("shop", "shop"), ("prod", "prod"), ("prod", "shop")):
        body = annotated(b"x", url=f"http://web.{host}.svc:80")
        body["metadata"]["namespace"] = namespace
        kept += kept_of(body)

    assert kept[0] == kept[1] != kept[2]


@pytest.mark.parametrize("namespace", ["shop", None])
def test_a_token_that_somebody_spells_out(namespace: str | None) -> None:
    """No text of an annotation is as good as the own namespace in a host."""
    own, spelt = (annotated(b"x", url=f"web.{host}.svc") for host in ("shop", NAMESPACE_TOKEN))
    own["metadata"]["namespace"] = "shop"
    spelt["metadata"]["namespace"] = namespace

    assert kept_of(own) != kept_of(spelt)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("sh.helm.release.v1.web.v1", {"owner": "helm"}),
        ("web", {"owner": "helm"}),
        ("web.v1", {"OWNER": "TILLER"}),
    ],
)
def test_helm_releases(name: str, labels: dict[str, str]) -> None:
    """A release that Helm keeps in a ConfigMap holds every Secret of the chart: a fingerprint."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": labels},
        "data": {"release": "H4sIAAAA", "other": "kept"},
    }

    data = redact(body, KEY)["data"]

    assert data.pop("release").startswith("hmac-sha256:")
    assert data == {"other": "kept"}
    with pytest.raises(SecretKeyError):
        redact(body, None)


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


def test_a_key_in_a_pipe() -> None:
    """What `<(...)` gives once is the key of every environment, also of two at once."""
    reading, writing = os.pipe()
    os.write(writing, b"sixteen bytes or more")
    os.close(writing)
    with ThreadPoolExecutor(2) as pool:
        keys = list(pool.map(lambda _: find_secret_key({}, Path(f"/dev/fd/{reading}")), range(4)))
    os.close(reading)

    assert {key.id for key in keys} == {SecretKey(b"sixteen bytes or more").id}


def test_what_looks_like_a_fingerprint() -> None:
    """An annotation that spells a fingerprint out is not that fingerprint."""
    spelt = KEY.fingerprint("", b"a value")
    body = secret({"pw": encoded(b"x")})
    body["metadata"]["annotations"] = {"note": spelt}

    assert redact(body, KEY)["metadata"]["annotations"]["note"] != spelt
