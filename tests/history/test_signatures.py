"""A store whose heads are signed: what a key shows of it, and what it does not."""

from __future__ import annotations

import builtins
import gzip
import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from driftcheck import (
    History,
    HistoryError,
    Part,
    ProofError,
    UsageError,
    Wholeness,
    WholenessVerdict,
    verify,
)
from driftcheck.proof import HEADS, read_private_key, sign_payload
from tests.history.kept import ENVIRONMENT, NOW, at, keep, lines, record, rewrite, three_looks
from tests.moments import HANDS, QUIET, STAGING, seen
from tests.proof.stated import encoded, failed, private_pem, public_pem

STAGED = f"{STAGING}@playback"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys, and a store of three looks that one of them has signed."""
    folder = tmp_path_factory.mktemp("signed")
    for name in ("P-256", "another P-256"):
        (folder / f"{name}.pem").write_bytes(private_pem(name))
        (folder / f"{name}.pub").write_bytes(public_pem(name))
    three_looks(folder / "store").sign(folder / "P-256.pem")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, on a machine that has not read the store before."""
    folder = Path(shutil.copytree(made, tmp_path / "signed"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return folder


def verified(folder: Path, key: str = "P-256") -> Wholeness:
    return History(folder / "store").verify(key=folder / f"{key}.pub")


def forget(folder: Path) -> None:
    """Leave no memory of the store on this machine."""
    shutil.rmtree(folder / "cache", ignore_errors=True)


def signature(folder: Path, number: int = 1) -> Path:
    return folder / f"store/signatures/{number:08}.sigstore.json"


def said(folder: Path) -> dict[str, Any]:
    """The statement that is signed."""
    bundle = json.loads(signature(folder).read_bytes())
    found: dict[str, Any] = json.loads(Envelope.from_dict(bundle["dsseEnvelope"]).payload)
    return found


def sign_anew(folder: Path, statement: dict[str, Any], number: int = 1) -> None:
    """Something else, signed by the key and put in place."""
    signer = read_private_key(private_pem("P-256"), source="key")
    signature(folder, number).write_bytes(sign_payload(json.dumps(statement).encode(), signer))


def test_signed(folder: Path) -> None:
    """A store that a key has signed is whole to its end for whoever trusts the key."""
    found = verified(folder)

    assert (found.verdict, found.problems) == (WholenessVerdict.WHOLE, ())
    assert found.signature is not None
    assert (found.signature.number, found.signature.heads) == (1, found.heads)
    assert not any("signed up to" in note for note in found.notes)


def test_nothing_new(folder: Path) -> None:
    """Where no look is new, nothing is signed again; a signature is never written over."""
    before = signature(folder).read_bytes()

    again = History(folder / "store").sign(folder / "P-256.pem")

    assert (again.is_new, again.number) == (False, 1)
    assert [file.name for file in signature(folder).parent.iterdir()] == [signature(folder).name]
    assert signature(folder).read_bytes() == before


def test_a_look_after(folder: Path) -> None:
    """Looks behind the signed one are said, until they are signed as well."""
    keep(folder / "store", at(seen(HANDS), NOW))

    found = verified(folder)
    assert found.verdict is WholenessVerdict.WHOLE
    assert f"{ENVIRONMENT}: signed up to #3" in found.notes

    assert History(folder / "store").sign(folder / "P-256.pem").number == 2
    assert signature(folder, 1).exists()
    assert not any("signed up to" in note for note in verified(folder).notes)


def test_another_environment(folder: Path) -> None:
    """Each environment is held to its own head; where one that is new ends is not proved."""
    keep(folder / "store", seen(QUIET, STAGING))
    found = verified(folder)
    assert found.verdict is WholenessVerdict.END_NOT_PROVED
    assert found.problems == (f"{STAGED}: none of its looks is signed",)

    signed = History(folder / "store").sign(folder / "P-256.pem")
    assert {(head.name, head.number) for head in signed.heads} == {(ENVIRONMENT, 3), (STAGED, 1)}
    assert verified(folder).verdict is WholenessVerdict.WHOLE

    (gone,) = (head.environment for head in signed.heads if head.name == STAGED)
    shutil.rmtree(folder / "store/log" / gone)
    forget(folder)
    assert verified(folder).problems == (f"{STAGED}: #1 is not there: the store has no look",)


def test_cut_off(folder: Path) -> None:
    """Looks that are cut off are missed by the key alone, and the rest is not signed anew."""
    record(folder / "store", 3).unlink()
    forget(folder)

    found = verified(folder)
    assert found.verdict is WholenessVerdict.NOT_WHOLE
    assert found.problems == (f"{ENVIRONMENT}: #3 is not there: the store ends with #2",)
    with pytest.raises(HistoryError, match=r"not whole, and not signed: .* #3 is not there"):
        History(folder / "store").sign(folder / "P-256.pem")
    assert History(folder / "store").verify().verdict is WholenessVerdict.WHOLE


def test_rewritten(folder: Path) -> None:
    """A record that was changed, and fits the chain all the same, is another than was signed."""
    header, body = lines(record(folder / "store", 3))
    rewrite(record(folder / "store", 3), {**header, "driftcheck": "0.0.9"}, body)
    forget(folder)

    assert History(folder / "store").verify().verdict is WholenessVerdict.WHOLE
    found = verified(folder)
    assert found.verdict is WholenessVerdict.NOT_WHOLE
    assert found.problems == (f"{ENVIRONMENT}: #3 is another look than it was",)


def test_changed_in_the_middle(folder: Path) -> None:
    """Of a chain that is broken the record is named, and no end that nobody reached."""
    record(folder / "store", 2).unlink()
    forget(folder)

    (problem,) = verified(folder).problems
    assert "00000002.json.gz: missing" in problem


def test_another_key(folder: Path) -> None:
    """Another key's signature is none, and another key signs only where that is meant."""
    (problem,) = verified(folder, "another P-256").problems
    assert "another key signed it" in problem
    history = History(folder / "store")
    with pytest.raises(HistoryError, match="another key signed it") as refused:
        history.sign(folder / "another P-256.pem")
    assert "--new-key" in refused.value.hint

    history.sign(folder / "another P-256.pem", new_key=True)
    assert verified(folder, "another P-256").verdict is WholenessVerdict.WHOLE
    assert verified(folder).verdict is WholenessVerdict.NOT_WHOLE


def changed_payload(folder: Path) -> None:
    bundle = json.loads(signature(folder).read_bytes())
    statement = said(folder)
    statement["predicate"]["heads"][0]["number"] = 2
    bundle["dsseEnvelope"]["payload"] = encoded(json.dumps(statement).encode())
    signature(folder).write_text(json.dumps(bundle))


def emptied(folder: Path) -> None:
    signature(folder).write_bytes(b"")


def shown_again(folder: Path) -> None:
    shutil.copy(signature(folder), signature(folder, 2))


def of_another_store(folder: Path) -> None:
    statement = said(folder)
    statement["predicate"]["store"] = "0" * 36
    sign_anew(folder, statement)


def about_others(folder: Path) -> None:
    statement = said(folder)
    statement["subject"][0]["digest"]["sha256"] = "0" * 64
    sign_anew(folder, statement)


def in_other_words(folder: Path) -> None:
    sign_anew(folder, {**said(folder), "predicateType": "https://driftcheck.example/comparison/v1"})


def without_heads(folder: Path) -> None:
    sign_anew(folder, {**said(folder), "predicate": {}})


def of_no_look(folder: Path) -> None:
    statement = said(folder)
    head = statement["predicate"]["heads"][0]
    head["number"] = 0
    statement["subject"][0]["name"] = f"history:{head['environment']}#0"
    sign_anew(folder, statement)


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (changed_payload, "or changed since"),
        (emptied, "not JSON"),
        (shown_again, "it is signature 1, and not itself"),
        (of_another_store, "it is of the store 0000"),
        (about_others, "not about the heads that it names"),
        (in_other_words, "its predicateType is not https://driftcheck.example/heads/v1"),
        (without_heads, "its predicate can't be read"),
        (of_no_look, "#0 is not there"),
    ],
)
def test_tampered(folder: Path, tamper: Any, reason: str) -> None:
    """A signature that says anything else than this key of this store is refused, with why."""
    tamper(folder)

    found = verified(folder)

    assert found.verdict is WholenessVerdict.NOT_WHOLE
    assert reason in found.problems[0]
    with pytest.raises(HistoryError):
        History(folder / "store").sign(folder / "P-256.pem")


def test_unsigned(folder: Path) -> None:
    """Where nobody has signed, or every signature was taken away, the end is not proved."""
    shutil.rmtree(signature(folder).parent)

    found = verified(folder)

    assert found.verdict is WholenessVerdict.END_NOT_PROVED
    assert found.problems == ("nobody has signed the store: where it ends is not proved",)
    assert found.signature is None


def test_a_signature_taken_away(folder: Path) -> None:
    """A newer signature that went with its looks is missed by what was written elsewhere."""
    keep(folder / "store", at(seen(HANDS), NOW))
    history = History(folder / "store")
    history.sign(folder / "P-256.pem")
    heads = history.verify().heads
    record(folder / "store", 4).unlink()
    signature(folder, 2).unlink()
    forget(folder)

    assert any("a later signature" in note for note in verified(folder).notes)
    cut = history.verify(heads, key=folder / "P-256.pub")
    assert cut.verdict is WholenessVerdict.END_NOT_PROVED


def test_pruned(folder: Path) -> None:
    """What was signed holds when bodies are pruned."""
    History(folder / "store").prune(keep_last=1, yes=True)

    assert verified(folder).verdict is WholenessVerdict.WHOLE


def test_no_looks(tmp_path: Path) -> None:
    """A store without a look has nothing to sign."""
    (tmp_path / "key.pem").write_bytes(private_pem("P-256"))
    keep(tmp_path / "store")

    with pytest.raises(HistoryError, match="no look to sign"):
        History(tmp_path / "store").sign(tmp_path / "key.pem")


def test_others_read_it(folder: Path) -> None:
    """Securesystemslib takes the envelope, and it is about records, and is no verdict."""
    bundle = json.loads(signature(folder).read_bytes())
    keyid = bundle["dsseEnvelope"]["signatures"][0]["keyid"]
    known = SSlibKey.from_crypto(load_pem_public_key(public_pem("P-256")), keyid=keyid)
    header = gzip.decompress(record(folder / "store", 3).read_bytes()).split(b"\n")[0]
    statement = said(folder)
    (subject,) = statement["subject"]

    assert Envelope.from_dict(bundle["dsseEnvelope"]).verify([known], 1) == {keyid: known}
    assert statement["predicateType"] == HEADS
    assert failed(verify(signature(folder), key=folder / "P-256.pub")) == [Part.STATEMENT]
    assert subject["digest"] == {"sha256": hashlib.sha256(header).hexdigest()}
    assert History(folder / "store").snapshot(subject["name"]).name == f"history:{ENVIRONMENT}#3"


def test_without_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the libraries that sign a store is verified as before, and a key is refused."""
    load = builtins.__import__

    def lacking(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "cryptography":
            raise ImportError(name)
        return load(name, *rest, **more)

    for name in [name for name in sys.modules if name.startswith("cryptography")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", lacking)
    history = History(folder / "store")

    assert history.verify().verdict is WholenessVerdict.WHOLE
    for asks in (lambda: history.sign(folder / "P-256.pem"), lambda: verified(folder)):
        with pytest.raises(ProofError) as refused:
            asks()
        assert refused.value.hint == "pip install 'kube-driftcheck[attest]'"


def test_nobody_signs(folder: Path) -> None:
    """Without a key nothing is signed."""
    with pytest.raises(UsageError, match="nobody signs"):
        History(folder / "store").sign(None)  # type: ignore[arg-type]
