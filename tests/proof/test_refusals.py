"""What is not signed as it must be is refused, each with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from driftcheck import Part
from driftcheck.proof import COMPARISON, SVR
from tests.proof.stated import Stated, encoded, failed, reason

Bundle = dict[str, Any]


def certificate(bundle: Bundle) -> None:
    material = bundle["verificationMaterial"]
    material["certificate"] = {"rawBytes": material.pop("publicKey")["hint"]}


def both(bundle: Bundle) -> None:
    bundle["verificationMaterial"]["x509CertificateChain"] = {"certificates": []}


def two_signatures(bundle: Bundle) -> None:
    bundle["dsseEnvelope"]["signatures"] *= 2


def no_signature(bundle: Bundle) -> None:
    bundle["dsseEnvelope"]["signatures"] = []


def another_type(bundle: Bundle) -> None:
    bundle["dsseEnvelope"]["payloadType"] = "application/json"


def an_older_bundle(bundle: Bundle) -> None:
    bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2"


def another_hint(bundle: Bundle) -> None:
    bundle["verificationMaterial"]["publicKey"]["hint"] = encoded(b"0" * 32)


def another_keyid(bundle: Bundle) -> None:
    bundle["dsseEnvelope"]["signatures"][0]["keyid"] = "release"


def a_message(bundle: Bundle) -> None:
    bundle["messageSignature"] = {"signature": ""}


def spaces(bundle: Bundle) -> None:
    bundle["dsseEnvelope"]["payload"] += "\n"


def spare_bits(bundle: Bundle) -> None:
    """The last letter of base64 has bits that stand for nothing."""
    signature = bundle["dsseEnvelope"]["signatures"][0]
    signature["sig"] = encoded(b"\x00")[:1] + "B" + "=="


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (certificate, "its verificationMaterial has a certificate, and --key names a key"),
        (both, "its verificationMaterial has a x509CertificateChain, and --key names a key"),
        (two_signatures, "it has 2 signatures, and one is meant"),
        (no_signature, "it has 0 signatures, and one is meant"),
        (another_type, "its payloadType is not application/vnd.in-toto+json"),
        (an_older_bundle, "its mediaType is not application/vnd.dev.sigstore.bundle.v0.3+json"),
        (another_hint, "it says that another key signed it"),
        (another_keyid, "it says that another key signed it"),
        (a_message, "it holds a messageSignature beside its envelope"),
        (spaces, "its payload is not base64"),
        (spare_bits, "its sig is not base64 as everybody writes it"),
    ],
)
def test_bundles(same: Stated, change: Callable[[Bundle], None], said: str) -> None:
    """A bundle that is not just as ours are is refused before its signature is looked at."""
    bundle = same.bundle
    change(bundle)

    found = same.checked_bundle(bundle)

    assert failed(found) == [Part.BUNDLE]
    assert reason(found, Part.BUNDLE) == said
    assert (found.exit_status, found.verdict, found.key) == (1, None, None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is not JSON, or is cut off"),
        (b"[]", "it has no mediaType"),
        (b'{"mediaType": NaN}', "a number in it is none"),
        (b'{"a": 1, "a": 1}', "a key stands in it twice"),
        (b"{} {}", "it is not JSON, or is cut off"),
        (b"\xff", "it is not UTF-8"),
        (b'{"a": "\\ud800"}', "half of a character stands in it"),
        (b"[" * 2000, "more than 100 maps and lists stand in one another"),
    ],
)
def test_no_bundles(same: Stated, content: bytes, said: str) -> None:
    """What two readers could read in two ways, or what is no bundle, is refused."""
    assert reason(same.checked(content), Part.BUNDLE) == said


def test_nobody_signed(same: Stated) -> None:
    """A statement without a signature is nobody's word."""
    found = same.checked(same.statement.payload)

    assert reason(found, Part.BUNDLE) == "a bare statement, which nobody signed"


@pytest.mark.parametrize("key", ["another P-256", "Ed25519"])
def test_another_key(same: Stated, key: str) -> None:
    """Only the key that is named is trusted, whatever the file says."""
    assert failed(same.checked(key=same.folder / f"{key}.pub")) == [Part.BUNDLE]


def test_in_the_name_of_another_key(same: Stated) -> None:
    """A bundle with the hint of the trusted key needs its signature all the same."""
    theirs = json.loads(same.signed_anew(same.statement.payload, key="another P-256"))
    ours = same.bundle
    theirs["verificationMaterial"] = ours["verificationMaterial"]
    theirs["dsseEnvelope"]["signatures"][0]["keyid"] = ""

    found = same.checked_bundle(theirs)

    assert failed(found) == [Part.SIGNATURE]
    assert found.verdict is None


def test_no_keyid(same: Stated) -> None:
    """A signature need not say whose it is, as cosign writes it."""
    bundle = same.bundle
    bundle["dsseEnvelope"]["signatures"][0]["keyid"] = ""

    assert same.checked_bundle(bundle).exit_status == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "its _type is not"),
        ({"predicateType": "https://example.com/v1"}, f"its predicateType is not {COMPARISON}"),
        ({"predicateType": SVR}, f"{SVR} is for tools that know it"),
        ({"subject": []}, "it is about nothing that has a SHA-256"),
        ({"subject": [{"name": "a", "digest": {"sha512": "00"}}]}, "it is about nothing"),
        ({"subject": [{"name": "a", "digest": {"sha256": "ABC"}}]}, "it is about nothing"),
        ({"predicate": {}}, "its predicate can't be read: "),
        ({"predicate": None}, "its predicate can't be read: "),
    ],
)
def test_other_statements(same: Stated, change: dict[str, Any], said: str) -> None:
    """What a trusted key signed and is no statement of ours says nothing to us."""
    found = same.checked(same.signed_anew(same.said | change))

    assert failed(found) == [Part.STATEMENT]
    assert reason(found, Part.STATEMENT).startswith(said)
    assert (found.exit_status, found.verdict) == (1, None)


def test_times_of_other_zones(same: Stated) -> None:
    """Times are in UTC: what is the day of a time elsewhere, nobody need ask."""
    said = same.said
    said["predicate"]["made"] = "0001-01-01T00:00:00+14:00"

    found = same.checked(same.signed_anew(said))

    assert reason(found, Part.STATEMENT).endswith("a time in it is not in UTC")


def test_a_key_that_stands_twice_in_what_was_signed(same: Stated) -> None:
    """Nor does a payload that one reader reads so and another so."""
    payload = same.statement.payload.replace(
        b'"verdict":"identical"', b'"verdict":"drifted","verdict":"identical"'
    )

    found = same.checked(same.signed_anew(payload))

    assert reason(found, Part.STATEMENT) == "a key stands in it twice"


def test_more_than_was_known(same: Stated) -> None:
    """A later version may say more: what is not known is passed over, as in-toto asks."""
    said = same.said
    said["predicate"]["mood"] = "fine"

    assert same.checked(same.signed_anew(said)).exit_status == 0
