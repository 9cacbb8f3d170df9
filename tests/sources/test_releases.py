"""Helm's releases: which revision counts, and what of a record can't be read."""

from __future__ import annotations

import base64
import json

import pytest

from driftcheck.model import GroupKind
from driftcheck.sources import Release, choose_revisions, read_release, revision_of
from tests.releases import MANIFEST, PASSWORD, Body, packed, record

BOMB = packed(b" " * (65 * 1024**2))
HOOK = {
    "kind": "Job",
    "manifest": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\n",
}


def read(body: Body) -> Release | str:
    revision = revision_of(body)
    assert revision
    return read_release(revision, body)


def release(body: Body) -> Release:
    found = read(body)
    assert isinstance(found, Release)
    return found


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_what_is_declared(kind: str) -> None:
    """A release declares its manifest's objects with the marks that Helm puts on them."""
    found = release(record(kind=kind)).found

    assert [str(item) for item in found] == ["Secret auth", "ConfigMap settings"]
    for item in found:
        metadata = item.body["metadata"]
        assert metadata["namespace"] == "shop"
        assert metadata["labels"] == {"app.kubernetes.io/managed-by": "Helm"}
        assert metadata["annotations"] == {
            "meta.helm.sh/release-name": "shop",
            "meta.helm.sh/release-namespace": "shop",
        }


def test_hooks() -> None:
    """What has Helm's own mark of a hook is one, and no other tool's."""
    marked = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {%s: test}}\n"
    argo = marked % "argocd.argoproj.io/hook"
    manifest = f"{marked % 'helm.sh/hook'}---\n{argo}"
    found = release(record(manifest=manifest, hooks=[HOOK]))

    assert len(found.found) == 1
    assert found.hooks == {GroupKind("batch", "Job"): 1, GroupKind("", "Pod"): 1}


@pytest.mark.parametrize(
    ("history", "chosen", "gap", "warning"),
    [
        ("1 superseded, 2 deployed", 2, "", ""),
        ("1 deployed, 2 failed", 1, "", "is failed in its revision 2: what revision 1 declares"),
        ("9 superseded, 10 deployed", 10, "", ""),
        ("1 deployed, 2 pending-upgrade", 1, "is pending-upgrade in its revision 2", ""),
        ("1 pending-install", None, "was never deployed", ""),
        ("1 failed", None, "was never deployed", ""),
        ("1 superseded, 2 superseded", None, "was never deployed", ""),
        ("1 superseded, 2 uninstalled", None, "", "declares nothing any more"),
        ("1 superseded, 2 uninstalling", None, "uninstalling", ""),
    ],
)
def test_which_revision(history: str, chosen: int | None, gap: str, warning: str) -> None:
    """The newest deployed revision counts; what is under way is a gap, what failed is said."""
    revisions = [each.split() for each in history.split(", ")]
    records = [record("shop", int(number), status) for number, status in revisions]
    choice = choose_revisions(filter(None, map(revision_of, records)))

    assert [each.number for each in choice.revisions] == ([chosen] if chosen else [])
    assert gap in "".join(choice.gaps)
    assert bool(gap) == bool(choice.gaps)
    assert warning in "".join(choice.warnings)
    assert bool(warning) == bool(choice.warnings)


def test_what_is_no_record() -> None:
    """A Secret without Helm's labels, or with a version that is no number, is none of its own."""
    body = record()
    for labels in ({}, None, {"owner": "helm"}, {"owner": "helm", "version": "²"}):
        assert revision_of({**body, "metadata": {"name": "x", "labels": labels}}) is None


TWICE = json.dumps({"name": "shop"})[:-1] + ', "name": "shop"}'


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (record(text=BOMB), "larger than 64 MiB"),
        (record(text=packed(MANIFEST.encode() * 99)[:80]), "is cut off"),
        (record(text=packed(MANIFEST.encode())), "not what Helm writes"),
        (record(text=packed(b"[" * 100_000)), "not what Helm writes"),
        (record(text=packed(b"[]")), "not a map"),
        (record(text=packed(TWICE.encode())), "twice"),
        (record(text="%%%"), "not what Helm writes"),
        (record(text=""), "not what Helm writes"),
        (record(info=None), "not what Helm writes"),
        (record(version=7), "does not fit its labels"),
        (record(info={"status": "failed"}), "does not fit its labels"),
        (record(manifest=f"{MANIFEST}  password: {PASSWORD}\n {{"), "line"),
        (record(manifest=MANIFEST.replace("stringData", "data")), "not base64"),
        ({**record(), "data": None}, "not what Helm writes"),
        ({**record(), "data": {}}, "not what Helm writes"),
    ],
)
def test_what_can_not_be_read(body: Body, problem: str) -> None:
    """A record that is broken, or made to break a reader, gives a reason and nothing it holds."""
    said = read(body)
    assert isinstance(said, str)
    assert problem in said
    assert PASSWORD not in said


def test_sizes() -> None:
    """A release of many files is read, and so is what Helm once kept without gzip."""
    large = record(chart={"files": ["x" * 2**20]})
    plain = {"name": "shop", "namespace": "shop", "version": 1, "info": {"status": "deployed"}}
    text = json.dumps({**plain, "manifest": MANIFEST}).encode()

    assert len(release(large).found) == 2
    assert len(release(record(text=base64.b64encode(text).decode())).found) == 2
