"""What Helm and kubectl declared of a namespace, against what stands there, over real HTTP."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Snapshot, capture, compare, load, render
from driftcheck.errors import ClusterError, UsageError
from driftcheck.model import AuditVerdict, Check, Verdict
from driftcheck.pipeline import audit_snapshots
from driftcheck.reports import FORMATS
from driftcheck.testing import Forbidden, PlaybackServer, Recording, When, load_recording
from tests.builders import Body, config_map
from tests.conftest import Program
from tests.moments import HANDS, MOMENTS, PRODUCTION, STAGED
from tests.releases import MANIFEST, PASSWORD, packed, record

HELM, APPLIED = f"helm:{PRODUCTION}", f"applied:{PRODUCTION}"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@cache
def seen(moment: str) -> dict[str, Snapshot]:
    """The namespace at a moment, and what was declared of it."""
    with PlaybackServer(MOMENTS[moment]) as server:
        return {
            name: capture(name, kubeconfig=str(server.kubeconfig))
            for name in (PRODUCTION, HELM, APPLIED)
        }


@pytest.fixture(scope="module")
def staged() -> Recording:
    return load_recording(MOMENTS[STAGED])


def deployed(recording: Recording, *records: Body) -> Recording:
    """A recording in which Helm keeps these records as well."""
    return recording.with_objects(PRODUCTION, records)


def look(recording: Recording, *names: str, **options: Any) -> list[Snapshot]:
    with PlaybackServer(recording) as server:
        return [capture(name, kubeconfig=str(server.kubeconfig), **options) for name in names]


@pytest.mark.parametrize("name", [HELM, APPLIED])
def test_nobody_touched_anything(name: str) -> None:
    """What was declared is what stands there, and the rest is counted."""
    then = seen(STAGED)
    for sides in ([then[name], then[PRODUCTION]], [then[PRODUCTION], then[name]]):
        result = compare(*sides)
        assert result.verdict is Verdict.IDENTICAL
        assert not [item for item in result.undeclared if item.path]


@pytest.mark.parametrize(
    ("name", "object_", "path", "values"),
    [
        (HELM, "cache", "spec.template.spec.containers[name=cache].args[1]", ["256mb", "512mb"]),
        (APPLIED, "legacy", "spec.replicas", [1, 3]),
    ],
)
def test_what_hands_did(name: str, object_: str, path: str, values: list[Any]) -> None:
    """Of an afternoon of hands just that is found which is no longer as it was declared."""
    (finding,) = compare(seen(HANDS)[name], seen(HANDS)[PRODUCTION]).findings

    assert (finding.object.name, finding.path) == (object_, path)
    assert list(finding.values.values()) == values
    assert [writers[0].class_ for writers in finding.written_by.values()] == ["hand"]


def said_in(record: Snapshot) -> tuple[Any, ...]:
    """What a record says, whenever it was read."""
    return (record.name, record.documents, record.coverage, record.declaration, record.warnings)


def test_saved(tmp_path: Path) -> None:
    """Saved, both say the same again, and so does an audit of the look alone."""
    for name, file in ((HELM, "helm.json"), (PRODUCTION, "look.json.gz")):
        seen(HANDS)[name].save(tmp_path / file)
    declared, live = load(tmp_path / "helm.json"), load(tmp_path / "look.json.gz")

    assert len(compare(declared, live).findings) == 1
    assert list(map(said_in, live.declared or ())) == [
        said_in(record) for record in seen(HANDS)[PRODUCTION].declared or ()
    ]
    again = audit_snapshots([live]).findings
    assert again == audit_snapshots([evolve(seen(HANDS)[PRODUCTION], name="look")]).findings


def test_audit() -> None:
    """An audit finds both, with who wrote it and what to do; where nobody did, nothing."""
    found = [
        (finding.object.name, finding.grade, finding.says)
        for finding in audit_snapshots([seen(HANDS)[PRODUCTION]]).findings
        if finding.check is Check.NOT_AS_DECLARED
    ]

    assert found == [
        ("cache", "certain", "the release cache declares 256mb, and it is 512mb"),
        ("legacy", "certain", "kubectl last applied 1, and it is 3"),
    ]
    quiet = audit_snapshots([seen(STAGED)[PRODUCTION]])
    assert not [each for each in quiet.findings if each.check is Check.NOT_AS_DECLARED]
    (row,) = [row for row in quiet.environments[0].checks if row.check is Check.NOT_AS_DECLARED]
    assert (row.is_looked, row.looked_at) == (True, 6)


def test_an_audit_of_what_keeps_no_record() -> None:
    """A look that was saved before looks kept records says so, and loses no verdict by it."""
    early = evolve(seen(STAGED)[PRODUCTION], declared=None)
    (environment,) = audit_snapshots([early]).environments
    (row,) = [row for row in environment.checks if row.check is Check.NOT_AS_DECLARED]

    assert not row.is_looked
    assert not row.is_gap
    assert environment.verdict is audit_snapshots([seen(STAGED)[PRODUCTION]]).verdict


def test_several_releases(staged: Recording) -> None:
    """Every release counts, of one that is named no other, and hooks are counted."""
    hook = {"kind": "Job", "manifest": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: m}\n"}
    more = record("shop", namespace=PRODUCTION, hooks=[hook], kind="ConfigMap")
    both, one, none = look(deployed(staged, more), HELM, f"{HELM}/shop", f"{HELM}/other")

    assert len(both.documents) == 6
    assert {document.reference.name for document in one.documents} == {"auth", "settings"}
    assert [row.excluded for row in one.coverage if row.kind == "Job"] == [{"helm-hook": 1}]
    assert not none.is_complete
    assert "Argo CD" in "".join(none.declaration.doubts if none.declaration else ())


def test_storage(staged: Recording) -> None:
    """Releases that are kept elsewhere are found where they are kept, and by their target."""
    elsewhere = staged.with_objects("bookshop-staging", [record(namespace=PRODUCTION)])
    (found,) = look(elsewhere, HELM, helm_storage="bookshop-staging")

    assert {document.reference.name for document in found.documents} == {"auth", "settings"}
    assert "deployed to other namespaces, and left out: cache" in found.warnings


def test_a_release_that_is_broken(staged: Recording) -> None:
    """What can't be read of a release costs the verdict, and says nothing of what it holds."""
    broken = record("shop", text=packed(MANIFEST.encode())[:60])
    declared, live = look(deployed(staged, broken), HELM, PRODUCTION)
    result = compare(declared, live)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert "the release shop can't be read in its revision 1" in "".join(result.gaps)
    assert audit_snapshots([live]).verdict is not AuditVerdict.UNMARKED
    assert "the release shop can't be read" in "".join(audit_snapshots([live]).reasons)


def test_two_releases_of_one_object(staged: Recording) -> None:
    """Where two releases declare one object, nobody can say what is declared."""
    (declared,) = look(deployed(staged, record("a"), record("b")), f"helm:{PRODUCTION}")
    assert declared.is_complete
    records = [record(name, namespace=PRODUCTION) for name in ("a", "b")]
    (declared,) = look(deployed(staged, *records), HELM)
    assert not declared.is_complete


def test_a_version_that_is_no_longer_read(staged: Recording) -> None:
    """What was declared in an older version is said not to be compared, and costs no audit."""
    manifest = "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\n"
    older = record("shop", namespace=PRODUCTION, manifest=manifest)
    (live,) = look(deployed(staged, older), PRODUCTION)
    (environment,) = audit_snapshots([live]).environments
    (row,) = [row for row in environment.checks if row.check is Check.NOT_AS_DECLARED]

    assert "can't be compared across versions" in (row.reason or "")
    assert not row.is_gap
    assert environment.verdict is audit_snapshots([seen(STAGED)[PRODUCTION]]).verdict


def test_refusals(staged: Recording) -> None:
    """Where releases may not be read is said: nothing is an error, and half is a gap."""
    secrets = Forbidden(When(resource="secrets"))
    config_maps = Forbidden(When(resource="configmaps"))
    with (
        PlaybackServer(staged, faults=[secrets, config_maps]) as server,
        pytest.raises(ClusterError, match="releases in the namespace"),
    ):
        capture(HELM, kubeconfig=str(server.kubeconfig))
    with PlaybackServer(staged, faults=[secrets]) as server:
        declared = capture(HELM, kubeconfig=str(server.kubeconfig))
    assert not declared.is_complete
    with PlaybackServer(staged) as server:
        with pytest.raises(ClusterError, match="no namespace 'shopp'"):
            capture("helm:shopp", kubeconfig=str(server.kubeconfig))
        with pytest.raises(UsageError, match="values of Secrets"):
            capture(HELM, kubeconfig=str(server.kubeconfig), secret_values=False)


def annotated(text: str, **data: str) -> Body:
    body = config_map("noted", **data)
    return {**body, "metadata": {"name": "noted", "annotations": {LAST_APPLIED: text}}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "ConfigMap noted"),
        ('{"a": 1, "a": 2}', "ConfigMap noted"),
        ("[" * 5000, "ConfigMap noted"),
        (PASSWORD, "ConfigMap noted"),
        ('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}', ""),
        ('{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "noted"}}', ""),
    ],
)
def test_an_annotation_that_is_not_kubectl_s(staged: Recording, text: str, says: str) -> None:
    """What can't be read is a gap; what tells of another object says nothing of this one."""
    (applied,) = look(staged.with_objects(PRODUCTION, [annotated(text)]), APPLIED)

    assert len(applied.documents) == 2
    said = "".join(applied.declaration.gaps if applied.declaration else ())
    assert (says in said) if says else not said
    assert PASSWORD not in repr(applied)


def test_the_password_stays_in(tmp_path: Path) -> None:
    """The password in a release is in no report, file or representation, whatever is compared."""
    then = seen(HANDS)
    result = compare(then[HELM], then[PRODUCTION], closed=True)
    texts = [render(result, name) for name in FORMATS]
    texts += [repr(then), str(audit_snapshots([then[PRODUCTION]]))]
    for number, snapshot in enumerate(then.values()):
        snapshot.save(tmp_path / f"{number}.json")
        texts.append((tmp_path / f"{number}.json").read_text())

    assert not [text for text in texts if PASSWORD in text]


def test_the_command(driftcheck: Program) -> None:
    """The command says it in words, with `--debug` too, and ends with the verdict's status."""
    with PlaybackServer(MOMENTS[HANDS]) as server:
        kubeconfig = {"KUBECONFIG": str(server.kubeconfig)}
        done = driftcheck("compare", HELM, PRODUCTION, "--debug", **kubeconfig)
        closed = driftcheck("compare", APPLIED, PRODUCTION, "--closed", "--stat", **kubeconfig)
        none = driftcheck("capture", f"{HELM}/none", "-o", "none.json", **kubeconfig)
        refused = driftcheck("compare", "helm:./x", PRODUCTION, **kubeconfig)
        methods = {request.method for request in server.requests}

    assert done.returncode == closed.returncode == 1
    assert "1 difference that no rule expects" in done.stdout
    assert "undeclared: 33 objects" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
    assert "undeclared" not in closed.stdout
    assert none.returncode == 3
    assert "no release of Helm's" in none.stderr
    assert refused.returncode == 2
    assert "./helm:./x" in refused.stderr
    assert methods == {"GET"}
