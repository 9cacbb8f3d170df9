"""`driftcheck prove` and `driftcheck verify`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from driftcheck import load
from tests.builders import config_map, snapshot
from tests.conftest import Program
from tests.proof.stated import EDITED, POLICY, SHOP, private_pem, public_pem


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """Manifests, saved snapshots, a policy and keys."""
    for name, bodies in (("shop", SHOP), ("same", SHOP), ("other", EDITED)):
        (tmp_path / f"{name}.json").write_text("\n".join(map(json.dumps, bodies)))
        snapshot(*bodies).save(tmp_path / f"{name}.json.gz")
    (tmp_path / "nothing.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    )
    (tmp_path / "policy.yaml").write_text(json.dumps(POLICY))
    (tmp_path / "key.pem").write_bytes(private_pem("P-256"))
    (tmp_path / "locked.pem").write_bytes(private_pem("P-256", b"open sesame"))
    (tmp_path / "key.pub").write_bytes(public_pem("P-256"))


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("proof*")}


@pytest.mark.parametrize(
    ("pair", "more", "expected"),
    [
        ("./shop.json ./same.json", (), (0, "identical")),
        ("./shop.json ./other.json", ("--policy", "policy.yaml"), (0, "equivalent")),
        ("./shop.json ./other.json", (), (1, "drifted")),
        ("./nothing.json ./nothing.json", (), (3, "inconclusive")),
    ],
)
def test_both(
    inside: Program, tmp_path: Path, pair: str, more: tuple[str, ...], expected: tuple[int, str]
) -> None:
    """Both end as the verdict says, and what is proven is verified with what was left beside it."""
    status, verdict = expected

    stated = inside("prove", *pair.split(), *more, "-o", "proof.sigstore.json", "--key", "key.pem")

    assert (stated.returncode, stated.stderr) == (status, "")
    assert stated.stdout.startswith(f"{verdict}: ")
    snapshots = sorted(tmp_path.glob("proof.*.gz"))
    assert len(snapshots) == 2
    found = inside("verify", "proof.sigstore.json", *snapshots, *more, "--key", "key.pub")
    assert found.returncode == status
    assert f"holds, and says {verdict}" in found.stdout
    assert "computed again from the snapshots: the same" in found.stdout


def test_where_it_goes(inside: Program, tmp_path: Path) -> None:
    """A statement and the snapshots it is about stand beside each other, whole."""
    inside("prove", "./shop.json", "./same.json", "-o", "proof.sigstore.json")

    assert written(tmp_path) == {
        "proof.sigstore.json",
        "proof.shop.json.gz",
        "proof.same.json.gz",
    }
    assert load(tmp_path / "proof.shop.json.gz").documents


def test_saved_snapshots_stay_where_they_are(inside: Program, tmp_path: Path) -> None:
    """A saved snapshot is not saved again: the statement is about its file."""
    done = inside(
        "prove", "./shop.json.gz", "./same.json.gz", "-o", "proof.json", "--key", "key.pem"
    )
    snapshots = ("shop.json.gz", "same.json.gz")

    assert (done.returncode, written(tmp_path)) == (0, {"proof.json"})
    assert inside("verify", "proof.json", *snapshots, "--key", "key.pub").returncode == 0


def test_without_a_signature(inside: Program) -> None:
    """An unsigned statement is a bare one, which others can sign, and which nobody believes."""
    done = inside("prove", "./shop.json", "./same.json", "-o", "proof.intoto.json")

    assert "signed by nobody" in done.stdout
    found = inside("verify", "proof.intoto.json", "--key", "key.pub")
    assert found.returncode == 1
    assert "a bare statement, which nobody signed" in found.stdout


def test_as_json(inside: Program) -> None:
    """Scripts read what was found of each part, in the same words."""
    inside("prove", "./shop.json", "./other.json", "-o", "proof.json", "--key", "key.pem")

    done = inside("verify", "proof.json", "--key", "key.pub", "-o", "json")

    found = json.loads(done.stdout)
    assert (found["schema"], found["holds"], found["passed"], found["verdict"]) == (
        "driftcheck.verification/v1", True, False, "drifted",
    )  # fmt: skip
    assert {part["standing"] for part in found["parts"]} == {"holds", "unchecked"}


def test_what_fails_is_named(inside: Program, tmp_path: Path) -> None:
    """The part that fails is said, and nothing of what was stated."""
    inside("prove", "./shop.json", "./same.json", "-o", "proof.json", "--key", "key.pem")
    bundle = json.loads((tmp_path / "proof.json").read_text())
    bundle["dsseEnvelope"]["payload"] = "e30="
    (tmp_path / "proof.json").write_text(json.dumps(bundle))

    done = inside("verify", "proof.json", "--key", "key.pub")

    assert done.returncode == 1
    assert "✘ signature  not by the key" in done.stdout
    assert "identical" not in done.stdout


def test_demands(inside: Program) -> None:
    """What is demanded and not so ends with 1, and what is too old or not complete with 3."""
    inside("prove", "./shop.json", "./same.json", "-o", "proof.json", "--key", "key.pem", "--kind",
           "ConfigMap")  # fmt: skip
    checking = ("verify", "proof.json", "--key", "key.pub")

    assert inside(*checking).returncode == 0
    assert inside(*checking, "--max-age", "1h").returncode == 0
    assert inside(*checking, "--max-age", "0s").returncode in (0, 3)
    assert inside(*checking, "--require-complete").returncode == 3
    assert inside(*checking, "--expect", "elsewhere").returncode == 1
    assert inside(*checking, "--image", f"sha256:{'0' * 64}").returncode == 1
    assert inside(*checking, "--object", "cm/settings").returncode == 1


def test_an_object(inside: Program) -> None:
    """One object is shown by itself, with no snapshot at hand."""
    pair = ("./shop.json", "./same.json", "-o", "proof.json", "--key", "key.pem")
    inside("prove", *pair, "--object", "cm/settings")

    done = inside("verify", "proof.json", "--key", "key.pub", "--object", "cm/settings")

    assert done.returncode == 0
    assert "cm/settings is the same in shop, same" in done.stdout


def test_words_of_others(inside: Program, tmp_path: Path) -> None:
    """An SVR is written of a pass alone; of drift nothing is written, and the status says so."""
    same = inside("prove", "./shop.json", "./same.json", "-o", "proof.json", "--predicate", "svr")
    assert same.returncode == 0
    assert json.loads((tmp_path / "proof.json").read_text())["predicateType"].endswith("svr/v0.2")
    (tmp_path / "proof.json").unlink()

    other = inside("prove", "./shop.json", "./other.json", "-o", "proof.json", "--predicate", "svr")

    assert other.returncode == 1
    assert "nothing is stated" in other.stderr
    assert not (tmp_path / "proof.json").exists()


def test_a_passphrase(inside: Program, tmp_path: Path) -> None:
    """A passphrase is never an argument, and stands in no output."""
    (tmp_path / "word").write_text("open sesame\n")
    stating = ("prove", "./shop.json", "./same.json", "-o", "proof.json", "--key", "locked.pem")

    refused = inside(*stating)
    assert (refused.returncode, "no passphrase is known" in refused.stderr) == (2, True)
    assert inside(*stating, "--key-passphrase-file", "word").returncode == 0
    wrong = inside(*stating, DRIFTCHECK_KEY_PASSPHRASE="open barley")
    assert (wrong.returncode, "barley" in wrong.stderr) == (2, False)


def test_nothing_that_is_read_is_written_over(inside: Program, tmp_path: Path) -> None:
    """Neither a key, nor a policy, nor an environment is taken for the place of a statement."""
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    pair = ("./shop.json.gz", "./same.json.gz", "--key", "key.pem", "--policy", "policy.yaml")
    for file in ("key.pem", "policy.yaml", "shop.json.gz"):
        done = inside("prove", *pair, "-o", file)
        assert (done.returncode, "would be overwritten" in done.stderr) == (2, True)

    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("prove", "./shop.json", "./same.json"), "Missing option '-o'"),
        (("prove", "./shop.json", "-o", "p.json"), "nothing to compare with"),
        (("prove", "./shop.json", "./same.json", "-o", "no/p.json"), "could not be written"),
        (
            ("prove", "./shop.json", "./same.json", "-o", "p.json", "--object", "web"),
            "an object web",
        ),
        (("verify", "--key", "key.pub"), "no statement is named"),
        (("verify", "p.json", "--key", "key.pub"), "p.json: No such file or directory"),
        (("verify", "shop.json"), "Missing option '--key'"),
        (("verify", "shop.json", "--key", "shop.json"), "not a readable public key"),
        (("verify", "shop.json", "--key", "key.pub", "--max-age", "1"), "no span of time"),
    ],
)
def test_what_makes_no_sense(inside: Program, arguments: tuple[str, ...], said: str) -> None:
    """It is said, with status 2."""
    done = inside(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_names_that_steer(inside: Program, tmp_path: Path) -> None:
    """What a statement names is text to a terminal, whoever signed it."""
    steering = "shop\x1b[2J##[command]"
    (tmp_path / f"{steering}.json").write_text(json.dumps(config_map()))
    inside("prove", f"./{steering}.json", "./same.json", "-o", "proof.json", "--key", "key.pem")

    done = inside("verify", "proof.json", "--key", "key.pub")

    assert "\x1b" not in done.stdout
    assert "##[" not in done.stdout
