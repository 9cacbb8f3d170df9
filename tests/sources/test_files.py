"""Files say what they declare, or which place in which file is wrong."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from driftcheck.codec import snapshot_bytes
from driftcheck.errors import ManifestError, SnapshotError, StartError
from driftcheck.model import GroupKind, Origin, Snapshot
from driftcheck.sources import (
    Manifests,
    cluster_scoped_kinds,
    file_address,
    parse_address,
    read_address,
    read_objects,
    write_atomically,
)

SNAPSHOT = Snapshot("old", Origin.MANIFESTS, None, "shop", None, None, None, (), ())


def config_map(name: str, **metadata: Any) -> dict[str, Any]:
    """A ConfigMap with so much in its metadata."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def read(text: str, namespace: str | None = None) -> Manifests:
    """What a text on standard input declares."""
    address = parse_address("-" if namespace is None else f"-:{namespace}")
    manifests = read_address(address, stdin=io.BytesIO(text.encode()))
    assert isinstance(manifests, Manifests)
    return manifests


def read_path(path: Path) -> Manifests | Snapshot:
    """What a path holds."""
    return read_address(file_address(path), stdin=io.BytesIO())


def names(manifests: Manifests | Snapshot) -> list[str]:
    """The names of the objects, in their order."""
    assert isinstance(manifests, Manifests)
    return [body["metadata"]["name"] for body in manifests.objects]


def documents(*bodies: Any) -> str:
    """A YAML text with these documents."""
    return "\n---\n".join(json.dumps(body) for body in bodies)


def refusal(text: str, namespace: str | None = None) -> ManifestError:
    """The error that a text is refused with."""
    with pytest.raises(ManifestError) as caught:
        read(text, namespace)
    return caught.value


def test_documents() -> None:
    """Every document of a text is an object, as it was written."""
    bodies = (config_map("a"), config_map("b", labels={"x": "y"}))
    assert read(documents(*bodies)).objects == bodies


def test_empty_text() -> None:
    """An empty text declares nothing, which is no error here."""
    assert read("# nothing\n") == Manifests((), None, {}, {}, ())


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_empty_standard_input(text: str) -> None:
    """Nothing at all on standard input is what a command leaves that failed."""
    assert "standard input is empty" in str(refusal(text))
    assert "pipefail" in refusal(text).hint


def test_lists() -> None:
    """Lists of any kind, and lists in lists, are their items; typed items inherit their kind."""
    text = """
    apiVersion: v1
    kind: List
    items:
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
    - {apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: b}}]}
    - {apiVersion: example.com/v1, kind: WidgetList, items: null}
    """
    assert [(body["apiVersion"], body["kind"]) for body in read(text).objects] == [
        ("v1", "ConfigMap"),
        ("apps/v1", "Deployment"),
    ]


def test_null_metadata() -> None:
    """A null label is the empty string and other nulls are absent, as the API reads them."""
    text = "{apiVersion: v1, kind: A, metadata: {name: a, labels: {x: }, annotations: }}"
    assert read(text).objects[0]["metadata"] == {"name": "a", "labels": {"x": ""}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3", "not a map"),
        ("[]", "not a map"),
        ("kind: A", "apiVersion"),
        ("{apiVersion: 1, kind: A}", "apiVersion"),
        ("{apiVersion: v1, metadata: {name: a}}", "kind"),
        ("{apiVersion: v1, kind: A}", "metadata"),
        ("{apiVersion: v1, kind: A, metadata: [a]}", "metadata"),
        ("{apiVersion: v1, kind: A, metadata: {}}", "metadata.name"),
        ("{apiVersion: v1, kind: A, metadata: {name: 3}}", "metadata.name"),
        ("{apiVersion: v1, kind: A, metadata: {name: a, namespace: 3}}", "metadata.namespace"),
        ("{apiVersion: v1, kind: A, metadata: {name: a, labels: [x]}}", "A a: not a Kubernetes"),
        ("{apiVersion: v1, kind: A, metadata: {name: a, labels: {x: on}}}", 'labels["x"]'),
        ("{apiVersion: v1, kind: A, metadata: {name: a, annotations: {x: 1}}}", 'ations["x"]'),
        ("{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {x: 424242}}", 'data["x"]'),
        ("{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: 424242}", "stringData"),
        ("{apiVersion: v1, kind: A, metadata: {generateName: 3}}", "metadata.generateName"),
        ("{apiVersion: v1, kind: List, items: 3}", "items"),
        ("{apiVersion: v1, kind: List, items: [{kind: A}]}", "items[0]"),
    ],
)
def test_not_kubernetes(text: str, said: str) -> None:
    """What is not a Kubernetes object is refused with its line, never with its content."""
    error = refusal(f"# a comment\n\n{text}")
    assert str(error).startswith("standard input, line 3")
    assert said in str(error)
    assert error.hint
    assert "424242" not in str(error)


def test_one_namespace() -> None:
    """Objects that name the namespace and objects that name none belong together."""
    manifests = read(documents(config_map("a", namespace="shop"), config_map("b")))
    assert (manifests.namespace, names(manifests)) == ("shop", ["a", "b"])
    assert read(documents(config_map("b"))).namespace is None


def test_the_namespace_itself() -> None:
    """The Namespace object is part of its environment, and names it."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    manifests = read(documents(namespace, config_map("a")))
    assert (manifests.namespace, names(manifests)) == ("shop", ["shop", "a"])


def test_several_namespaces() -> None:
    """Of several namespaces one is chosen; without a choice they are listed."""
    both = (config_map("a", namespace="shop"), config_map("b", namespace="bank"))
    text = documents(*both, config_map("c"))
    assert "bank, shop" in str(refusal(text))
    assert (read(text, "bank").namespace, names(read(text, "bank"))) == ("bank", ["b", "c"])
    assert read(text, "bank").elsewhere == {GroupKind("", "ConfigMap"): 1}
    assert not read(text, "bank").warnings
    assert "bank, shop" in refusal(documents(*both), "shpo").hint
    assert read(documents(config_map("a")), "shop").namespace == "shop"


def test_the_namespace_of_a_chart() -> None:
    """Objects that name no namespace belong to the chosen one, and what else is there is named.

    Not chosen, Kubernetes' own namespaces do not say where they belong: charts put single
    objects there, such as a RoleBinding to `extension-apiserver-authentication-reader`.
    """
    chart = documents(config_map("a"), config_map("reader", namespace="kube-system"))
    assert "name no namespace" in str(refusal(chart))
    assert (read(chart, "shop").namespace, names(read(chart, "shop"))) == ("shop", ["a"])
    assert read(chart, "shop").warnings == (
        "1 object of other namespaces was left out: ConfigMap reader in kube-system",
    )
    assert names(read(chart, "kube-system")) == ["a", "reader"]
    assert read(documents(config_map("a", namespace="kube-system"))).namespace == "kube-system"


def test_equal_doubles() -> None:
    """Copies of one object are one, whenever they were made, and a warning names it."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "uid": "1"}}
    earlier = {**pod, "metadata": {**pod["metadata"], "resourceVersion": "1"}}
    later = {**pod, "metadata": {**pod["metadata"], "namespace": "shop"}, "status": {}}
    manifests = read(documents(earlier, later, later))
    assert manifests.objects == (later,)
    assert manifests.warnings == (
        "1 object stands there more than once with the same content, and counts once: Pod p",
    )
    assert "stands already" in str(refusal(documents(pod, {**pod, "spec": {"nodeName": "n"}})))
    recreated = {**pod, "metadata": {"name": "p", "uid": "2"}}
    assert "stands already" in str(refusal(documents(pod, recreated)))


def test_doubles() -> None:
    """An object that stands twice is refused with both places, whatever its version."""
    text = (
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}\n---\n"
        "{apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: a}}"
    )
    message = str(refusal(text))
    assert "line 1" in message
    assert "line 3" in message
    assert "Deployment a" in message


def test_cluster_scoped() -> None:
    """What stands in no namespace belongs to every one, though it may name another by mistake."""
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "zones.example.com"},
        "spec": {"group": "example.com", "scope": "Cluster", "names": {"kind": "Zone"}},
    }
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r", "namespace": "by-mistake"},
    }
    zone = {"apiVersion": "example.com/v1", "kind": "Zone", "metadata": {"name": "z"}}
    manifests = read(documents(crd, role, zone, config_map("a", namespace="shop")))
    assert (manifests.namespace, names(manifests)) == ("shop", ["zones.example.com", "r", "z", "a"])
    assert cluster_scoped_kinds(manifests.objects) >= {
        GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
        GroupKind("rbac.authorization.k8s.io", "ClusterRole"),
        GroupKind("example.com", "Zone"),
    }


@pytest.mark.parametrize(
    "body",
    [
        {"apiVersion": "example.com/v1", "metadata": {"name": "all"}, "spec": {"allow": "*"}},
        {"apiVersion": "v1", "metadata": {"name": "all"}},
        {"apiVersion": "example.com/v1", "metadata": {"generateName": "all-"}},
    ],
)
def test_a_kind_that_ends_like_a_list(body: dict[str, Any]) -> None:
    """What has a name is an object, whatever its kind ends with: a list's metadata has none."""
    allow_list = {**body, "kind": "AllowList", "items": [config_map("inside")]}
    assert [found["kind"] for found in read(documents(allow_list)).objects] == ["AllowList"]


def test_collections() -> None:
    """A list may name its items' kind or each its own; what else it holds is counted as odd."""
    pods = {"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": "1"}}
    items = [{"metadata": {"name": "p"}}, config_map("c")]
    manifests = read(documents({**pods, "items": items, "spec": {"allow": "*"}}))
    assert [body["kind"] for body in manifests.objects] == ["Pod", "ConfigMap"]
    assert "no field spec" in manifests.odd[GroupKind("", "PodList")][0]
    named = {"apiVersion": "v1", "kind": "List", "metadata": {"name": "x"}, "items": items[1:]}
    assert names(read(documents(named))) == ["c"]


def test_an_odd_document() -> None:
    """One document that no server would take refuses no others; its values are not shown."""
    odd = {**config_map("odd"), "data": {"password": 424242}}
    manifests = read(documents(config_map("a"), odd))
    (reason,) = manifests.odd[GroupKind("", "ConfigMap")]
    assert names(manifests) == ["a"]
    assert reason.startswith("standard input, line 3: ConfigMap odd: data")
    assert "424242" not in reason
    assert "ConfigMap odd" in str(refusal(documents(odd)))
    assert "Secret odd" in str(refusal(documents(config_map("a"), {**odd, "kind": "Secret"})))


def test_generated_names() -> None:
    """What the server is to name has a name of its own, by what it says and not where it stands."""
    jobs: list[dict[str, Any]] = [
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"generateName": "migrate-"},
            "spec": {"suspend": suspend},
        }
        for suspend in (True, False, True)
    ]
    first, second, third = read(documents(*jobs)).objects
    assert names(read(documents(*jobs))) == ["migrate-…", "migrate-… (2)", "migrate-… (3)"]
    assert [body["spec"]["suspend"] for body in (first, second, third)] == [False, True, True]
    assert read(documents(*jobs[::-1])).objects == (first, second, third)


def test_folder(tmp_path: Path) -> None:
    """A folder is all its manifests, sorted, hidden ones too; policies aside."""
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    for file, name in {
        "b.yaml": "b",
        "a.yml": "a",
        "c.JSON": "c",
        "sub/d.yaml": "d",
        ".hidden.yaml": "hidden",
        ".git/x.yaml": "no",
        "notes.txt": "no",
    }.items():
        (tmp_path / file).write_text(json.dumps(config_map(name)))
    (tmp_path / "driftcheck.yaml").write_text("version: 1\nrules: []")
    (tmp_path / ".lint.yaml").write_text("rules: {}")
    assert names(read_path(tmp_path)) == ["hidden", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("kustomization.yaml", "images: [{name: web, newTag: '2'}]"),
        ("kustomization.yml", "kind: Kustomization\nresources: [a.yaml]"),
        ("other.yaml", "{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization}"),
        ("sub/kustomization.yaml", "resources: [a.yaml]"),
    ],
)
def test_kustomization(tmp_path: Path, file: str, content: str) -> None:
    """What stands beside a kustomization is not what will be applied, and proves nothing."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.yaml").write_text(json.dumps(config_map("a")))
    (tmp_path / file).write_text(content)

    with pytest.raises(ManifestError, match="which nobody has rendered") as caught:
        read_path(tmp_path)

    assert file in str(caught.value)
    assert f"kubectl kustomize {(tmp_path / file).parent} |" in caught.value.hint


@pytest.mark.parametrize("folder", ["", "rbac"])
def test_a_file_called_like_a_policy(tmp_path: Path, folder: str) -> None:
    """A `driftcheck.yaml` is passed over where it is a policy, and read where it holds objects."""
    (tmp_path / "rbac").mkdir()
    (tmp_path / "a.yaml").write_text(json.dumps(config_map("a")))
    policy = tmp_path / folder / "driftcheck.yaml"
    policy.write_text("version: 1\nrules: []")
    assert names(read_path(tmp_path)) == ["a"]
    policy.write_text(f"version: 1\n---\n{json.dumps(config_map('backdoor'))}")
    assert sorted(names(read_path(tmp_path))) == ["a", "backdoor"]
    policy.write_text(json.dumps({**config_map("backdoor"), "version": 1, "rules": []}))
    assert sorted(names(read_path(tmp_path))) == ["a", "backdoor"]
    policy.write_text("rules: []")
    with pytest.raises(ManifestError, match="driftcheck"):
        read_path(tmp_path)


def test_a_folder_of_nothing_but_a_policy(tmp_path: Path) -> None:
    """A policy alone declares no environment; objects under its name do."""
    (tmp_path / "driftcheck.yaml").write_text("version: 1")
    with pytest.raises(ManifestError, match="no manifests"):
        read_path(tmp_path)
    (tmp_path / "driftcheck.yaml").write_text(json.dumps(config_map("a")))
    assert names(read_path(tmp_path)) == ["a"]


def test_links(tmp_path: Path) -> None:
    """Links are followed, out of the folder too, and no folder is read twice."""
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for made in (outside, folder / "sub"):
        made.mkdir(parents=True)
    (outside / "b.yaml").write_text(json.dumps(config_map("b")))
    (folder / "a.yaml").write_text(json.dumps(config_map("a")))
    (folder / "sub" / "out").symlink_to(outside)
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "twice").symlink_to(outside)
    assert sorted(names(read_path(folder))) == ["a", "b"]
    (folder / "around").symlink_to("/")
    with pytest.raises(ManifestError, match="a link to a folder around this one"):
        read_path(folder)
    (folder / "around").unlink()
    (folder / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ManifestError, match="no such file"):
        read_path(folder)


def test_what_a_folder_passes_over(tmp_path: Path) -> None:
    """Compressed manifests are named; what is none of kubectl's is not."""
    (tmp_path / ".git").mkdir()
    for file in ("a.yaml", ".git/d.yaml"):
        (tmp_path / file).write_text(json.dumps(config_map("a")))
    (tmp_path / "e.yaml.gz").write_bytes(b"")
    (tmp_path / "notes.txt").write_text(json.dumps(config_map("a")))
    manifests = read_path(tmp_path)
    assert isinstance(manifests, Manifests)
    assert names(manifests) == ["a"]
    assert manifests.warnings == ("not read, since compressed: e.yaml.gz",)


def test_a_pipe_in_a_folder(tmp_path: Path) -> None:
    """A pipe in a folder is refused at once: nobody may ever write into it."""
    (tmp_path / "a.yaml").write_text(json.dumps(config_map("a")))
    os.mkfifo(tmp_path / "b.yaml")

    with pytest.raises(ManifestError, match=r"b\.yaml: not a regular file"):
        read_path(tmp_path)


@pytest.mark.parametrize(
    "head",
    [
        {"kind": "Secret", "apiVersion": "v1beta1"},
        {"kind": "Secret", "apiVersion": "v2"},
        {"kind": "secret", "apiVersion": "v1"},
    ],
)
def test_what_only_looks_like_a_secret(head: dict[str, str]) -> None:
    """A Secret of another spelling is refused, and its values are not shown."""
    body = {**head, "metadata": {"name": "db"}, "stringData": {"password": "hunter2hunter2"}}

    with pytest.raises(ManifestError, match="apiVersion v1 and the kind Secret") as caught:
        read_objects([body])

    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


VALUES = {"metadata": {"name": "db"}, "stringData": {"password": "hunter2hunter2"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", **VALUES}
NEARLY = {
    "a plural": {**SECRET, "kind": "Secrets"},
    "a slip": {**SECRET, "kind": "Secert"},
    "a space": {**SECRET, "kind": "Secret "},
    "a mark that hides": {**SECRET, "kind": "Secret\u200b"},
    "another kind with its field": {**SECRET, "kind": "Credentials"},
    "another kind with its type": {
        "apiVersion": "v1", "kind": "ConfigMap", "type": "Opaque", "metadata": {"name": "db"},
        "data": {"password": "aHVudGVyMg=="},
    },
    "a type that is a map": {**SECRET, "type": {"password": "hunter2"}},
    "a choice that is a text": {**SECRET, "immutable": "hunter2"},
    "no group of anybody's": {**SECRET, "apiVersion": "core/v1"},
    "a group of Kubernetes'": {**SECRET, "apiVersion": "secrets.k8s.io/v1"},
    "another group with its field": {**SECRET, "apiVersion": "example.com/v1"},
    "data in metadata": {**SECRET, "metadata": {"name": "db", "data": {"p": "aHVudGVyMg=="}}},
    "text in metadata": {**SECRET, "metadata": {"name": "db", "stringData": {"p": "hunter2"}}},
    "in a lowercase list": {"apiVersion": "v1", "kind": "list", **VALUES, "items": [SECRET]},
    "in a list of a name": {
        "apiVersion": "v1", "kind": "SecretList", "metadata": {"name": "x"}, "items": [VALUES],
    },
    "in another field": {"apiVersion": "v1", "kind": "List", **VALUES, "Items": [SECRET]},
    "in a list in a lowercase list": {
        "apiVersion": "v1", "kind": "list", "metadata": {"name": "x"},
        "items": [{"apiVersion": "v1", "kind": "List", "items": [SECRET]}],
    },
}  # fmt: skip


@pytest.mark.parametrize("body", NEARLY.values(), ids=NEARLY.keys())
def test_nearly_secrets(body: dict[str, Any]) -> None:
    """What may be meant for a Secret, and is none, is refused without a word of its values."""
    with pytest.raises(ManifestError) as caught:
        read_objects([body])

    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert "aHVudGVy" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("field", ["stringdata", "StringData", "spec"])
def test_a_field_that_secrets_do_not_have(field: str) -> None:
    """A field that the API server would drop is refused, since it may hold a secret value."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}}
    body = {**secret, field: {"password": "hunter2hunter2"}}

    with pytest.raises(ManifestError, match=f"a Secret has no field {field}") as caught:
        read_objects([body])

    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_a_custom_resource_called_secret() -> None:
    """Another group may have its own kind of that name."""
    body = {"apiVersion": "vault.example.com/v1", "kind": "Secret", "metadata": {"name": "db"}}

    assert names(read_objects([{**body, "spec": {"path": "db"}}])) == ["db"]


def test_config_maps_hold_strings() -> None:
    """A value that the API server would refuse is refused with its place."""
    body = {**config_map("a"), "data": {"TTL": 300}}

    with pytest.raises(ManifestError, match=r'data\["TTL"\] is not a string'):
        read_objects([body])


def test_a_result_is_no_environment(tmp_path: Path) -> None:
    """A saved result is told from a snapshot."""
    (tmp_path / "result.json").write_text('{"schema": "driftcheck.result/v1", "findings": []}')

    with pytest.raises(ManifestError, match="and not an environment"):
        read_path(tmp_path / "result.json")


def test_foreign_file_in_a_folder(tmp_path: Path) -> None:
    """YAML that is not Kubernetes is refused by name: a folder read in part proves nothing."""
    (tmp_path / "a.yaml").write_text(json.dumps(config_map("a")))
    (tmp_path / "values.yaml").write_text("image: x")
    with pytest.raises(ManifestError, match=r"values\.yaml, line 1") as caught:
        read_path(tmp_path)
    assert "helm template" in caught.value.hint


def test_doubles_over_files(tmp_path: Path) -> None:
    """An object that stands otherwise in two files is refused with both."""
    for file in ("a.yaml", "b.yaml"):
        (tmp_path / file).write_text(json.dumps(config_map("same", labels={"file": file})))
    with pytest.raises(ManifestError, match=r"(?s)b\.yaml.*a\.yaml"):
        read_path(tmp_path)


def test_nothing_to_read(tmp_path: Path) -> None:
    """A missing path, and a folder without manifests, are refused; an empty file is not."""
    for path in (tmp_path / "nowhere.yaml", tmp_path, Path("\0.yaml"), tmp_path / ("x" * 300)):
        with pytest.raises(ManifestError):
            read_path(path)
    (tmp_path / "empty.yaml").touch()
    assert names(read_path(tmp_path / "empty.yaml")) == []
    assert names(read_path(tmp_path)) == []


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is refused with the reason."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ManifestError, match=r"a\.yaml: cannot be read: Permission denied"):
        read_path(tmp_path / "a.yaml")


@pytest.mark.parametrize("compressed", [True, False])
def test_snapshot(tmp_path: Path, compressed: bool) -> None:
    """A saved snapshot is known by its content, and bears the name of its file."""
    file = tmp_path / "anything"
    file.write_bytes(snapshot_bytes(SNAPSHOT, compressed=compressed))
    snapshot = read_path(file)
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.name, snapshot.namespace) == ("anything", "shop")
    assert read_address(file_address(file, "shop"), stdin=io.BytesIO()) == snapshot
    with pytest.raises(ManifestError, match="shop"):
        read_address(file_address(file, "other"), stdin=io.BytesIO())


def test_broken_snapshot(tmp_path: Path) -> None:
    """A snapshot that is cut off is refused as a snapshot, not as a manifest."""
    file = tmp_path / "a.json.gz"
    file.write_bytes(snapshot_bytes(SNAPSHOT, compressed=True)[:-9])
    with pytest.raises(SnapshotError, match=r"a\.json\.gz"):
        read_path(file)


def test_python_objects() -> None:
    """Dicts of a program are read like a file's, and copied."""
    body = config_map("a", labels={"x": "y"})
    manifests = read_objects(iter([body, {"kind": "List", "items": [config_map("b")]}]))
    assert names(manifests) == ["a", "b"]
    body["metadata"]["labels"]["x"] = "z"
    assert manifests.objects[0]["metadata"]["labels"] == {"x": "y"}


@pytest.mark.parametrize("value", [float("nan"), {1}, b"x", "\ud800"])
def test_python_values(value: Any) -> None:
    """A value that JSON does not have is refused with the object's place."""
    with pytest.raises(ManifestError, match=r"objects\[1\]"):
        read_objects([config_map("a"), {**config_map("b"), "data": {"x": value}}])


def test_circular_object() -> None:
    """A dict that holds itself is refused."""
    body: dict[str, Any] = config_map("a")
    body["self"] = body
    with pytest.raises(ManifestError, match=r"objects\[0\]"):
        read_objects([body])


def test_write(tmp_path: Path) -> None:
    """A file is written whole, over an old one too, with the permissions of the umask."""
    file = tmp_path / "a.json"
    umask = os.umask(0o027)
    try:
        write_atomically(file, b"old")
        write_atomically(file, b"new")
    finally:
        os.umask(umask)
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_write_through_a_link(tmp_path: Path) -> None:
    """A link stays a link: the file it leads to is written."""
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_atomically(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


def test_failed_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full the old file stays, and nothing is left behind."""
    file = tmp_path / "a.json"
    file.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StartError, match="No space left on device"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("path", ["/dev/full", "nowhere/a.json", ".", "\0"])
def test_impossible_write(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that cannot be written to is a clear error."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StartError, match="could not be written") as caught:
        write_atomically(Path(path), b"x")
    assert caught.value.hint


def test_write_to_a_stream(tmp_path: Path) -> None:
    """A pipe is written to, not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(pipe, b"x")
        assert os.read(reader, 10) == b"x"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize(("kind", "field"), [("Secret", "data"), ("ConfigMap", "binaryData")])
def test_bytes_that_nobody_encoded(kind: str, field: str) -> None:
    """What is not base64 is refused where the API takes bytes, and line breaks in it are not."""
    manifest = f"{{apiVersion: v1, kind: {kind}, metadata: {{name: a}}, {field}: {{pw: VALUE}}}}"

    for value in ("hunter2!", "aHVudGVyMiE", "aHVu dGVyMiE=", "aHVu-GVyMiE="):
        assert f'{field}["pw"] is not base64' in str(refusal(manifest.replace("VALUE", value)))
    for value in ('"aHVudGVy\\nMiE=\\n"', '""', "null"):
        assert len(read(manifest.replace("VALUE", value)).objects) == 1


def test_the_rest_of_a_large_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dump of many namespaces takes the memory of the one that is chosen."""
    monkeypatch.setattr("driftcheck.sources._files.MAX_FOLDER", 30_000)
    for number in range(20):
        body = {**config_map("it", namespace=f"ns-{number}"), "data": {"a": "b" * 10_000}}
        (tmp_path / f"{number}.json").write_text(json.dumps(body))

    found = read_address(parse_address(f"{tmp_path}:ns-3"), stdin=io.BytesIO())

    assert isinstance(found, Manifests)
    assert [body["metadata"]["namespace"] for body in found.objects] == ["ns-3"]
    assert found.elsewhere == {GroupKind("", "ConfigMap"): 19}
    with pytest.raises(ManifestError, match="MiB of manifests") as raised:
        read_address(parse_address(str(tmp_path)), stdin=io.BytesIO())
    assert ":NAMESPACE" in raised.value.hint


def test_what_is_cluster_scoped_in_a_chosen_namespace(tmp_path: Path) -> None:
    """A namespace that something cluster-scoped names by mistake takes nothing away from it."""
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [{}]}
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "spec": {"a": "b"}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {"group": "example.com", "scope": "Cluster", "names": {"kind": "Thing"}},
    }
    named = [{**body, "metadata": {"name": "x", "namespace": "other"}} for body in (role, thing)]
    for number, body in enumerate([*named, definition]):
        (tmp_path / f"{number}.json").write_text(json.dumps(body))

    found = read_address(parse_address(f"{tmp_path}:shop"), stdin=io.BytesIO())

    assert isinstance(found, Manifests)
    assert {body["kind"]: body.get("rules") or body.get("spec") for body in found.objects} == {
        "ClusterRole": [{}], "Thing": {"a": "b"}, "CustomResourceDefinition": definition["spec"],
    }  # fmt: skip
