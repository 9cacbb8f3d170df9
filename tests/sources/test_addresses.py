"""What people type is understood as the contract says, or refused with the forms there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftcheck.errors import UsageError
from driftcheck.model import Declarer
from driftcheck.sources import (
    ClusterAddress,
    DeclaredAddress,
    FileAddress,
    file_address,
    parse_address,
)


@pytest.mark.parametrize(
    ("text", "namespace", "context"),
    [
        ("shop", "shop", None),
        ("s", "s", None),
        ("7", "7", None),
        ("a" * 63, "a" * 63, None),
        ("shop@prod-eu", "shop", "prod-eu"),
        ("shop@arn:aws:eks:eu-1:12:cluster/prod", "shop", "arn:aws:eks:eu-1:12:cluster/prod"),
        ("shop@admin@prod", "shop", "admin@prod"),
        ("shop@gke_my.project", "shop", "gke_my.project"),
    ],
)
def test_cluster(text: str, namespace: str, context: str | None) -> None:
    """A valid namespace name, alone or before the first @, is a place in a cluster."""
    address = parse_address(text)
    assert address == ClusterAddress(namespace, context)
    assert address.name == text


@pytest.mark.parametrize(
    ("text", "path", "namespace", "name"),
    [
        ("-", None, None, "stdin"),
        ("-:shop", None, "shop", "stdin"),
        ("staging.json.gz", "staging.json.gz", None, "staging"),
        ("out/staging.yaml", "out/staging.yaml", None, "staging"),
        ("/srv/staging", "/srv/staging", None, "staging"),
        ("release-1.2.yaml", "release-1.2.yaml", None, "release-1.2"),
        ("dump.yaml:shop", "dump.yaml", "shop", "dump"),
        ("./a:b:shop", "./a:b", "shop", "a:b"),
        ("./dump:Shop_1", "./dump:Shop_1", None, "dump:Shop_1"),
        ("./x@y", "./x@y", None, "x@y"),
        ("a/b@c", "a/b@c", None, "b@c"),
        (".hidden.yaml", ".hidden.yaml", None, ".hidden"),
        ("/", "/", None, "/"),
    ],
)
def test_files(text: str, path: str | None, namespace: str | None, name: str) -> None:
    """Anything else with a / or a . in it is a path, named by its file without suffixes."""
    location = None if path is None else Path(path)
    assert parse_address(text) == FileAddress(location, namespace, name)


@pytest.mark.parametrize(
    "text",
    ["", " ", "Shop_1", "Shop", "shop ", "shop@", "@prod", "Shop@prod", "-shop", "shop-", "--",
     "a" * 64, "dump:shop", "shop\n", "schön"],
)  # fmt: skip
def test_refusals(text: str) -> None:
    """What is none of the forms is refused, and the hint lists them."""
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert repr(text) in str(caught.value)
    for form in ("shop", "shop@prod-eu", "helm:shop", "applied:shop", "./staging", "-"):
        assert form in caught.value.hint


@pytest.mark.parametrize(
    ("text", "by", "place", "release"),
    [
        ("helm:shop", Declarer.HELM, ClusterAddress("shop", None), None),
        ("helm:shop/cache", Declarer.HELM, ClusterAddress("shop", None), "cache"),
        ("helm:shop/cache@a/b@c", Declarer.HELM, ClusterAddress("shop", "a/b@c"), "cache"),
        ("applied:shop@prod-eu", Declarer.APPLIED, ClusterAddress("shop", "prod-eu"), None),
    ],
)
def test_declared(text: str, by: Declarer, place: ClusterAddress, release: str | None) -> None:
    """A prefix goes first, and says whose record is meant of which place."""
    assert parse_address(text) == DeclaredAddress(by, place, release)
    assert parse_address(text).name == text


@pytest.mark.parametrize(
    "text", ["helm:", "helm:Shop", "helm:shop/", "helm:shop@", "helm:./x", "applied:shop/cache"]
)
def test_undeclared(text: str) -> None:
    """Behind a prefix nothing else is meant, and the hint says how to name such a file."""
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert f"./{text}" in caught.value.hint
    assert parse_address(f"./{text}") == FileAddress(Path(text), None, Path(text).name)


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder is named by its real name, dots and all."""
    folder = tmp_path / "shop.eu"
    folder.mkdir()
    assert parse_address(f"{folder}/") == FileAddress(folder, None, "shop.eu")
    monkeypatch.chdir(folder)
    assert parse_address(".") == FileAddress(Path(), None, "shop.eu")
    assert parse_address("./..").name == tmp_path.name


def test_colon_in_a_file_name(tmp_path: Path) -> None:
    """A file that is really called `a:b` is meant before the namespace b of a file a."""
    file = tmp_path / "dump:shop"
    assert parse_address(str(file)) == FileAddress(tmp_path / "dump", "shop", "dump")
    file.touch()
    assert parse_address(str(file)) == FileAddress(file, None, "dump:shop")


def test_file_address() -> None:
    """A path in Python is named as the same path on the command line."""
    assert file_address(Path("out/staging.json.gz")) == parse_address("out/staging.json.gz")
