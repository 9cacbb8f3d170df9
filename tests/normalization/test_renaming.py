"""Objects that a person says are one under two names, as kustomize's `namePrefix` makes them."""

from __future__ import annotations

import pytest

import driftcheck
from driftcheck import Result, Verdict
from driftcheck.images import parse_mirrors
from driftcheck.model import parse_renaming
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, config_map, container, resource, snapshot, workload
from tests.ways import live, saved


def objects(prefix: str) -> list[Body]:
    """What kustomize makes of one base with a `namePrefix`: each reference has it too."""
    labelled = {"metadata": {"labels": {"app": "shop"}}}
    stateful_set = workload("StatefulSet", f"{prefix}db")
    stateful_set["spec"]["template"] |= labelled
    stateful_set["spec"] |= {
        "serviceName": f"{prefix}db",
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {}}],
    }
    claim = resource("v1", "PersistentVolumeClaim", f"data-{prefix}db-0", spec={})
    sources = [{"configMapRef": {"name": f"{prefix}cfg"}}, {"secretRef": {"name": f"{prefix}s"}}]
    deployment = workload(
        name=f"{prefix}web",
        serviceAccountName=f"{prefix}robot",
        imagePullSecrets=[{"name": f"{prefix}pull"}],
        containers=[container(envFrom=sources)],
    )
    deployment["spec"]["template"] |= labelled
    autoscaler = resource(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        f"{prefix}web",
        spec={"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment"}},
    )
    autoscaler["spec"]["scaleTargetRef"]["name"] = f"{prefix}web"
    role = resource("rbac.authorization.k8s.io/v1", "Role", f"{prefix}reads")
    role["rules"] = [
        {
            "apiGroups": [""],
            "resources": ["configmaps"],
            "resourceNames": [f"{prefix}cfg"],
            "verbs": ["get"],
        }
    ]
    binding = resource("rbac.authorization.k8s.io/v1", "RoleBinding", f"{prefix}reads")
    binding["roleRef"] = {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": f"{prefix}reads",
    }
    binding["subjects"] = [{"kind": "ServiceAccount", "name": f"{prefix}robot"}]
    ingress = resource("networking.k8s.io/v1", "Ingress", f"{prefix}web")
    backend = {"service": {"name": f"{prefix}db", "port": {"number": 1}}}
    ingress["spec"] = {"defaultBackend": backend, "tls": [{"secretName": f"{prefix}tls"}]}
    return [
        config_map(f"{prefix}cfg", key="value"),
        resource("v1", "Secret", f"{prefix}s", type="Opaque"),
        resource("v1", "Secret", f"{prefix}pull", type="Opaque"),
        resource("v1", "Secret", f"{prefix}tls", type="Opaque"),
        resource("v1", "Service", f"{prefix}db", spec={"ports": [{"port": 1}]}),
        resource("v1", "ServiceAccount", f"{prefix}robot"),
        *(claim, stateful_set, deployment, autoscaler, role, binding, ingress),
    ]


def compare(left: list[Body], right: list[Body], **renamed: str) -> Result:
    names = {name.replace("__", "/"): other for name, other in renamed.items()}
    return driftcheck.compare(left, right, renamed=names)


def found(result: Result) -> list[tuple[str, str, str, str]]:
    return [
        (finding.change.value, finding.object.kind, finding.object.name, finding.path)
        for finding in result.findings
    ]


def hits(result: Result) -> int:
    return sum(rule.hits for rule in result.rules if rule.id == "renamed")


def test_a_prefix() -> None:
    """Every object and every reference to one is the same under its own side's prefix."""
    result = driftcheck.compare(objects("blue-"), objects("green-"), renamed={"blue-*": "green-*"})

    assert found(result) == []
    assert hits(result) == len(objects(""))


def test_nothing_is_declared() -> None:
    """Without a word, each name is an object of its own."""
    result = driftcheck.compare(objects("blue-"), objects("green-"))

    assert {path for _, _, _, path in found(result)} == {""}
    assert hits(result) == 0


def test_what_differs_is_said_by_the_baselines_name() -> None:
    """An object found under two names is one, and its difference stands at the baseline's."""
    result = compare([config_map("old", a="1")], [config_map("new", a="2")], old="new")

    assert found(result) == [("changed", "ConfigMap", "old", "data.a")]


def test_one_kind_only() -> None:
    """A renaming for one kind leaves the others alone."""
    left = [config_map("old"), resource("v1", "ServiceAccount", "old")]
    right = [config_map("new"), resource("v1", "ServiceAccount", "new")]

    assert {kind for _, kind, _, _ in found(compare(left, right, ConfigMap__old="new"))} == {
        "ServiceAccount"
    }


def test_what_stands_on_one_side_keeps_its_name() -> None:
    """An object without a partner is shown by the name that it has."""
    result = driftcheck.compare(
        [config_map("blue-a")],
        [config_map("green-a"), config_map("green-b")],
        renamed={"blue-*": "green-*"},
    )

    assert found(result) == [("added", "ConfigMap", "green-b", "")]


def test_a_name_that_is_taken() -> None:
    """Where an object bears the baseline's name already, that one is meant."""
    result = compare(
        [config_map("old", a="1")], [config_map("old", a="1"), config_map("new")], old="new"
    )

    assert found(result) == [("added", "ConfigMap", "new", "")]


def test_a_reference_to_another_namespace() -> None:
    """A subject in another namespace is no object of this one."""
    account = {"kind": "ServiceAccount", "name": "new", "namespace": "elsewhere"}
    binding = resource("rbac.authorization.k8s.io/v1", "RoleBinding", "b", subjects=[account])
    accounts = [resource("v1", "ServiceAccount", name) for name in ("old", "new")]

    result = compare([accounts[0], binding], [accounts[1], binding], old="new")

    assert found(result) == []


def test_free_text_is_left_alone() -> None:
    """A key, a label or a value that reads like a name is none."""
    words = {"serviceAccountName": "new", "kind": "ConfigMap", "name": "new"}
    text = resource("v1", "ConfigMap", "x", data=words)
    text["metadata"]["labels"] = words

    result = compare([config_map("old"), text], [config_map("new"), text], old="new")

    assert found(result) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://{}.shop.svc:80/x", []),
        ("{}-0.{}.shop.svc.cluster.local", ["data.url"]),
        ("{}.shop.svcs", ["data.url"]),
        ("{}.workshop.svc", ["data.url"]),
    ],
)
def test_service_hosts(text: str, expected: list[str]) -> None:
    """A renamed Service is renamed in its own cluster-local host name."""

    def side(name: str) -> list[Body]:
        found = [config_map("c", url=text.replace("{}", name)), resource("v1", "Service", name)]
        for body in found:
            body["metadata"]["namespace"] = "shop"
        return found

    result = compare(side("old"), side("new"), old="new")

    assert [path for *_, path in found(result)] == expected


def test_hash_suffixes() -> None:
    """A prefix before a name with a generated hash; what differs is the data."""
    result = driftcheck.compare(
        [resource("v1", "Secret", "blue-s-k4f92fkk27", data={"pw": "aHVudGVyMjI="})],
        [resource("v1", "Secret", "green-s-2d9f8gk6ct", data={"pw": "eA=="})],
        renamed={"blue-*": "green-*"},
    )

    assert found(result) == [("changed", "Secret", "blue-s-k4f92fkk27", "data.pw")]


def test_three_sides() -> None:
    """Each other environment may use the baseline's name or the other."""
    result = driftcheck.compare(
        [config_map("old")], [config_map("old")], [config_map("new")], renamed={"old": "new"}
    )

    assert found(result) == []


@pytest.mark.parametrize(
    "pair", [("a", ""), ("a*", "b"), ("a*b*", "c*d*"), ("a", "Kind/b"), ("", "b")]
)
def test_what_is_no_renaming(pair: tuple[str, str]) -> None:
    """A renaming that can't be read is an error, with an example."""
    with pytest.raises(driftcheck.UsageError, match="is not a renaming") as raised:
        driftcheck.compare([config_map()], [config_map()], renamed=dict([pair]))

    assert "web=web-v2" in raised.value.hint


WEB = [
    resource("v1", "Service", name, spec={"ports": [{"port": 80}]}) for name in ("web", "web-v2")
]


@pytest.mark.parametrize(
    ("groups", "resources", "is_meant"),
    [
        ([""], ["services"], True),
        ([""], ["services/proxy"], True),
        ([""], ["services", "configmaps"], False),
        (["example.com"], ["services"], False),
        (["", "example.com"], ["services"], False),
    ],
)
def test_a_rule_that_may_mean_another_kind(
    groups: list[str], resources: list[str], is_meant: bool
) -> None:
    """A Role that names objects of several kinds names others than the renamed one as well."""
    old, new = (
        [service, resource("rbac.authorization.k8s.io/v1", "Role", rules=[
            {"apiGroups": groups, "resources": resources, "resourceNames": [name], "verbs": ["get"]}
        ])]
        for service, name in zip(WEB, ("web", "web-v2"), strict=True)
    )  # fmt: skip

    result = driftcheck.compare(old, new, renamed={"web": "web-v2"})

    assert (result.verdict is driftcheck.Verdict.IDENTICAL) == is_meant


def referring(name: str) -> dict[str, Body]:
    """An object for each way of naming the Service."""
    meta = {"ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": name, "uid": "1"}]}
    rule = {"apiGroups": [""], "resources": ["services"], "verbs": ["get"]}
    role = resource("rbac.authorization.k8s.io/v1", "Role")
    ingress = resource("networking.k8s.io/v1", "Ingress")
    backend = {"service": {"name": name, "port": {"number": 80}}}
    return {
        "backend": {**ingress, "spec": {"defaultBackend": backend}},
        "resourceNames": {**role, "rules": [{**rule, "resourceNames": [name]}]},
        "host": config_map("it", url=f"http://{name}.shop.svc:80"),
        "owner": {**config_map("it"), "metadata": {"name": "it", **meta}},
        "custom": resource("e.example/v1", "It", spec={"to": {"kind": "Service", "name": name}}),
        "serviceName": resource("apps/v1", "StatefulSet", spec={"serviceName": name}),
    }


@pytest.mark.parametrize("place", sorted(referring("")))
def test_the_baselines_name_where_nothing_has_it(place: str) -> None:
    """A reference that still says the old name means nothing, and reads like no other."""
    old, new = (
        [
            {**body, "metadata": {**body["metadata"], "namespace": "shop"}}
            for body in (service, referring(name)[place])
        ]
        for service, name in zip(WEB, ("web", "web-v2"), strict=True)
    )

    for left, right, renamed in ((old, new, {"web": "web-v2"}), (new, old, {"web-v2": "web"})):
        assert found(driftcheck.compare(left, right, renamed=renamed)) == []
        forgotten = driftcheck.compare(left, [right[0], left[1]], renamed=renamed)
        assert forgotten.verdict is driftcheck.Verdict.DRIFTED
        assert {finding.object.name for finding in forgotten.findings} == {"it"}


def test_it_says_why_equal_texts_differ() -> None:
    """A reference that is spelt alike and means nothing there has a note."""
    backend = referring("web")["backend"]

    (finding,) = compare([WEB[0], backend], [WEB[1], backend], web="web-v2").findings

    assert set(finding.values.values()) == {"web"}
    assert finding.note == "names an object in objects, and nothing in objects (2)"


def test_claims_of_a_renamed_stateful_set() -> None:
    """A claim follows its StatefulSet, and never takes the place of another one."""
    left, right = objects("blue-"), objects("green-")
    leftover = resource(
        "v1", "PersistentVolumeClaim", "data-blue-db-0", spec={"storageClassName": "x"}
    )
    mounting = workload(
        volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": "data-blue-db-0"}}]
    )
    both = {"blue-*": "green-*"}

    taken = driftcheck.compare(left, [*right, leftover], renamed=both)
    assert {path for *_, name, path in found(taken) if name == "data-blue-db-0"} == {
        "spec.storageClassName"
    }
    dangling = driftcheck.compare([*left, mounting], [*right, mounting], renamed=both)
    assert [path.rpartition(".")[2] for *_, path in found(dangling)] == ["claimName"]


def warned(left: list[Body], right: list[Body], **said: dict[str, str]) -> tuple[str, ...]:
    """What a comparison warns of, in every way there is of comparing."""
    options = {
        "renamings": [parse_renaming(*pair) for pair in said.get("renamed", {}).items()],
        "mirrors": parse_mirrors(said.get("mirrors", {})),
    }
    forms = {
        compare_snapshots([make(*left), make(*right)], **options).warnings
        for make in (snapshot, live, lambda *bodies: saved(live(*bodies)))
    }
    (warnings,) = forms
    return warnings


STAGING_CONFIG, CONFIG = config_map("staging-c", a="1"), config_map("c", a="1")


@pytest.mark.parametrize(
    ("renamed", "unused"),
    [
        ({"stagging-*": "*"}, ["--renamed stagging-*=* fits no object"]),
        ({"staging-*": "*"}, []),
        ({"staging-*": "*", "blue": "green"}, ["--renamed blue=green fits no object"]),
        ({"Secret/staging-*": "*"}, ["--renamed Secret/staging-*=* fits no object"]),
        ({"ConfigMap/staging-*": "*"}, []),
        ({"*": "staging-*"}, ["--renamed *=staging-* fits no object"]),
    ],
)
def test_a_renaming_that_fits_nothing(renamed: dict[str, str], unused: list[str]) -> None:
    """A renaming by which no object has another name is said, mistyped as it may be."""
    assert list(warned([STAGING_CONFIG], [CONFIG], renamed=renamed)) == unused


def test_a_renaming_of_a_hashed_name() -> None:
    """One that leads from a generation to the next fits, whatever hash comes behind."""
    left = resource("v1", "Secret", "blue-db-htbdcdt625", data={"a": "MQ=="})
    right = resource("v1", "Secret", "green-db-7k9t4bmd6f", data={"a": "MQ=="})

    assert not warned([left], [right], renamed={"blue-*": "green-*"})


@pytest.mark.parametrize(
    ("mirrors", "unused"),
    [
        ({"mirror.corp/gcr": "gcr.io"}, []),
        ({"mirror.corp/gcr": "gcr.io", "mirrors.corp": "quay.io"},
         ["--mirror mirrors.corp=quay.io fits no image"]),
        ({"mirror.corp/g": "gcr.io"}, ["--mirror mirror.corp/g=gcr.io fits no image"]),
    ],
)  # fmt: skip
def test_a_mirror_that_fits_nothing(mirrors: dict[str, str], unused: list[str]) -> None:
    """A mirror from which no image comes is said."""
    sides = [
        [workload(containers=[container(image=f"{registry}/team/app:1")])]
        for registry in ("gcr.io", "mirror.corp/gcr")
    ]

    assert list(warned(*sides, mirrors=mirrors)) == unused


def of_prefix(prefix: str, count: int) -> list[Body]:
    return [config_map(f"{prefix}app-{number}", a=str(number)) for number in range(count)]


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("staging-", "", "'staging-*=*'"),
        ("", "pre", "'*=pre*'"),
        ("blue-", "green-", "'blue*=green*'"),
    ],
)
def test_a_renaming_is_suggested(left: str, right: str, said: str) -> None:
    """Where many objects differ in one prefix, the option is named, and then does it."""
    (warning,) = warned(of_prefix(left, 5), of_prefix(right, 5))
    baseline, _, other = warning.rpartition(" ")[2].strip("'").partition("=")

    assert warning == f"5 objects may have another name: --renamed {said}"
    assert not warned(of_prefix(left, 5), of_prefix(right, 5), renamed={baseline: other})


def test_no_renaming_is_suggested() -> None:
    """Neither for a few objects, nor for names that no option takes."""
    assert not warned(of_prefix("staging-", 2), of_prefix("", 2))
    assert not warned(of_prefix("staging-", 5), of_prefix("staging-", 4))
    hostile = [config_map(f"'; $(reboot) {side}-app-{at}") for side in "ab" for at in range(5)]
    assert not compare_snapshots([snapshot(*hostile[:5]), snapshot(*hostile[5:])]).warnings


def secret(name: str, note: str = "a note", **values: str) -> Body:
    body = resource("v1", "Secret", name, type="Opaque", stringData=values)
    body["metadata"]["annotations"] = {"example.com/note": note}
    return body


@pytest.mark.parametrize("note", ["a note", "another note"])
def test_fingerprints_of_another_name(note: str) -> None:
    """What may repeat a value is fingerprinted by its object's name: nobody can compare it."""
    result = compare([secret("old", p="x1")], [secret("new", note, p="x1")], old="new")

    assert result.verdict is Verdict.INCONCLUSIVE
    assert not result.findings
    assert any("Secret old" in reason and "note" in reason for reason in result.reasons)


def test_values_under_another_name() -> None:
    """A Secret's values are compared whatever it is called, and so are notes of one name."""
    drifted = compare([secret("old", p="x1")], [secret("new", p="x2")], old="new")
    noted = compare([secret("same", p="x1")], [secret("same", "another", p="x1")])

    assert [finding.path for finding in drifted.findings] == ["data.p"]
    assert [finding.path for finding in noted.findings] == [
        'metadata.annotations["example.com/note"]'
    ]
