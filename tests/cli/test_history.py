"""`driftcheck history`: what is printed, in which schema, and with which exit status."""

from __future__ import annotations

import gzip
import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from driftcheck import History, render, render_history
from driftcheck.pipeline import compare
from driftcheck.reports import FORMATS
from tests.conftest import Program
from tests.history.kept import ENVIRONMENT, keep, record, three_looks
from tests.moments import HANDS, PRODUCTION, QUIET, STAGING, seen
from tests.proof.stated import private_pem, public_pem


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kept") / "store"
    three_looks(path)
    keep(path, seen(QUIET, STAGING), seen(HANDS, STAGING))
    return path


def validated(text: str, name: str) -> Any:
    schema = json.loads(
        files("driftcheck.codec").joinpath(f"schemas/{name}-v1.json").read_text("utf-8")
    )
    document = json.loads(text)
    Draft202012Validator(schema).validate(document)
    return document


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [
        (["log"], "log"),
        (["log", ENVIRONMENT], "log"),
        (["blame", PRODUCTION, "deploy/web"], "blame"),
        (["blame", PRODUCTION, "secret/db-credentials"], "blame"),
        (["drift", STAGING, PRODUCTION, "--last", "2"], "drift"),
        (["verify"], "wholeness"),
        (["prune", "--keep-last", "1"], "pruning"),
    ],
)
def test_json(inside: Program, store: Path, arguments: list[str], schema: str) -> None:
    """Each answer as JSON is what its schema says, and as text is not empty."""
    done = inside("history", *arguments, "-o", "json", "--store", store)
    assert (done.returncode, done.stderr) == (0, "")
    validated(done.stdout, schema)

    text = inside("history", *arguments, DRIFTCHECK_STORE=str(store))
    assert (text.returncode, text.stderr) == (0, "")
    assert text.stdout.count("\n") > 1


def test_add(inside: Program, tmp_path: Path) -> None:
    """What is added is named, in the folder's own store; what is not complete ends with 3."""
    seen(QUIET).save(tmp_path / "quiet.json.gz")

    done = inside("history", "add", "quiet.json.gz")

    assert (done.returncode, done.stdout) == (0, f"history:{ENVIRONMENT}#1\n")
    assert (tmp_path / "driftcheck-history" / "driftcheck-history.json").is_file()


@pytest.mark.parametrize("format_", FORMATS)
def test_since_in_every_format(store: Path, format_: str) -> None:
    """Every format says since when a finding stands."""
    result = compare(f"history:{STAGING}", f"history:{PRODUCTION}", store=store, kinds="cm")

    report = render(result, format_, width=300)
    said = (
        '"from": "#2"' if format_ == "json" else "#2..#3" if format_ == "csv" else "since between"
    )
    assert said in report
    if format_ == "json":
        validated(report, "result")


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit", f"history:{PRODUCTION}~1"],
        ["images", f"history:{PRODUCTION}~1", f"history:{PRODUCTION}"],
        ["compare", f"history:{PRODUCTION}~1", f"history:{PRODUCTION}", "--untouched"],
        ["capture", f"history:{PRODUCTION}~1", "-o", "kept.json"],
    ],
)
def test_wherever_an_environment_is_named(
    inside: Program, store: Path, arguments: list[str]
) -> None:
    """A look is an environment for every command."""
    done = inside(*arguments, DRIFTCHECK_STORE=str(store))

    assert done.returncode in (0, 1)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["log"], "driftcheck-history: no store of looks"),
        (["log", "--store", "s3://bucket/looks"], "a URL, and stores are folders so far"),
        (["prune", "--keep-within", "soon"], "--keep-within soon: no duration"),
        (["verify", "--at-least", "nonsense"], "no store of looks"),
        (["verify", "--key", "key.pub"], "key.pub: No such file"),
        (["sign"], "nobody signs"),
        (["sign", "--key", "key.pem"], "key.pem: No such file"),
        (["sign", "--key", "key.pem", "-o", "json=key.pem"], "key.pem"),
    ],
)
def test_bad_input(inside: Program, arguments: list[str], said: str) -> None:
    """What makes no sense ends with 2, with what to do next."""
    done = inside("history", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "\n  " in done.stderr


def test_verify(inside: Program, tmp_path: Path) -> None:
    """A store that is whole ends with 0, one that is not with 1, one that was cut with 3."""
    store = tmp_path / "store"
    three_looks(store)
    written = inside("history", "verify", "--store", store, "-o", "json=heads.json")
    assert written.returncode == 0

    record(store, 3).unlink()
    elsewhere = str(tmp_path / "cache")
    cut = inside(
        "history", "verify", "--store", store, "--at-least", "heads.json", XDG_CACHE_HOME=elsewhere
    )
    assert cut.returncode == 3
    assert "#3 is not there: the store ends with #2" in cut.stdout
    record(store, 1).unlink()
    assert inside("history", "verify", "--store", store).returncode == 1


def test_sign(inside: Program, tmp_path: Path) -> None:
    """What is signed is whole to whoever has the key, in text and JSON; unsigned it ends with 3."""
    (tmp_path / "key.pem").write_bytes(private_pem("P-256"))
    (tmp_path / "key.pub").write_bytes(public_pem("P-256"))
    three_looks(tmp_path / "driftcheck-history")
    unsigned = inside("history", "verify", "--key", "key.pub")
    assert unsigned.returncode == 3
    assert "nobody has signed the store" in unsigned.stdout

    signed = inside("history", "sign", "--key", "key.pem", "-o", "json")
    assert (signed.returncode, signed.stderr) == (0, "")
    document = validated(signed.stdout, "signature")
    assert (document["number"], document["new"], document["heads"][0]["number"]) == (1, True, 3)
    assert inside("history", "sign", "--key", "key.pem").stdout.startswith("nothing new to sign\n")

    whole = inside("history", "verify", "--key", "key.pub", "-o", "json")
    assert whole.returncode == 0
    assert validated(whole.stdout, "wholeness")["signature"]["key"] == document["key"]
    record(tmp_path / "driftcheck-history", 3).unlink()
    assert inside("history", "verify", "--key", "key.pub").returncode == 1
    refused = inside("history", "sign", "--key", "key.pem")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "not whole, and not signed" in refused.stderr


def test_notebook(store: Path) -> None:
    """A notebook shows each answer as text, in which nothing acts."""
    history = History(store)
    answers = [
        history.log(PRODUCTION),
        history.blame(PRODUCTION, "deploy/web"),
        history.verify(),
        history.prune(keep_last=1),
    ]
    for answer in answers:
        forms = answer._repr_mimebundle_()
        assert forms["text/plain"] == render_history(answer)
        assert answer._repr_html_() == forms["text/html"]
        assert forms["text/html"].startswith("<div>")


def test_pages(store: Path) -> None:
    """The pages of log and drift hold a plot and the table that says the same, and load nothing."""
    history = History(store)
    answers = [history.log(PRODUCTION), history.drift(STAGING, PRODUCTION)]
    for answer in answers:
        page = render_history(answer, "html")
        assert page.count("<circle") == len(getattr(answer, "looks", getattr(answer, "points", ())))
        assert 'role="img" aria-labelledby="plot-title plot-text"' in page
        assert "<script" not in page
        assert "http" not in page.replace("http-equiv", "")


def test_a_statement_names_its_records(inside: Program, tmp_path: Path) -> None:
    """What is proven of looks in a store says where they stand, by their headers' digests."""
    three_looks(tmp_path / "store")
    names = [f"history:{PRODUCTION}~1", f"history:{PRODUCTION}"]

    done = inside("prove", *names, "-o", "it.json", "--store", "store")

    assert done.returncode == 1, done.stderr
    assert json.loads((tmp_path / "it.json").read_text())["predicate"]["records"] == [
        {"environment": name, "number": number, "header": header_digest(tmp_path / "store", number)}
        for name, number in sorted(zip(names, (2, 3), strict=True))
    ]


def header_digest(path: Path, number: int) -> str:
    """SHA-256 of a record's first line, as anybody can compute it."""
    header, _ = gzip.decompress(record(path, number).read_bytes()).splitlines()
    return f"sha256:{hashlib.sha256(header).hexdigest()}"
