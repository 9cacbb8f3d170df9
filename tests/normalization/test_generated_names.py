"""Hash suffixes; the names are what `kubectl kustomize` and `kubectl --append-hash` printed."""

from __future__ import annotations

from typing import Any

import pytest

from driftcheck.model import Verdict
from tests.builders import Body, compare, config_map, container, edited, resource, workload
from tests.ways import findings, verdicts

DATA = {"a": "1", "html": '<b>&"x"'}
GENERATED = config_map("cfg-t4cdmg7hkt", **DATA)
OLDER = config_map("cfg-ctbg988m74", a="1")


def using(name: str, secret: str = "sec") -> dict[str, Any]:
    sources = [{"configMapRef": {"name": name}}, {"secretRef": {"name": secret}}]
    return workload(containers=[container(envFrom=sources)])


@pytest.mark.parametrize(
    "generated",
    [
        GENERATED,
        config_map("cfg-ctbg988m74", a="1"),
        {**resource("v1", "ConfigMap", "bin-b5bf5g84m5"), "binaryData": {"blob.bin": "AAH/"}},
    ],
    ids=["kustomize", "kubectl", "binary"],
)
def test_a_verified_hash_is_no_name(generated: dict[str, Any]) -> None:
    """A name whose hash is right is the same object as one without the hash."""
    name = generated["metadata"]["name"]
    plain = {**generated, "metadata": {"name": name[:-11]}}

    result = compare([generated, using(name)], [plain, using(name[:-11])])

    assert result.findings == ()
    assert ("generated-name", 2) in [(rule.id, rule.hits) for rule in result.rules]


def test_other_content_is_one_finding() -> None:
    """Another content under another hash is a difference of the content, references and all."""
    result = compare(
        [GENERATED, using("cfg-t4cdmg7hkt")],
        [config_map("cfg-ctbg988m74", a="1"), using("cfg-ctbg988m74")],
    )

    (finding,) = result.findings
    assert (finding.object.name, finding.path) == ("cfg-t4cdmg7hkt", "data.html")


def test_a_wrong_hash_is_a_name() -> None:
    """A name that only looks hashed is a name: two objects."""
    result = compare([config_map("cfg-2222222222", a="1")], [config_map("cfg-4444444444", a="1")])

    assert {finding.path for finding in result.findings} == {""}


def test_earlier_generations_are_left_out() -> None:
    """Of several generations, the one in use is compared, and older ones are counted."""
    older = edited(OLDER, "metadata", "creationTimestamp", value="2026-11-01T00:00:00Z")
    newer = edited(GENERATED, "metadata", "creationTimestamp", value="2026-11-02T00:00:00Z")

    result = compare([newer, older, using("cfg-t4cdmg7hkt")], [newer, using("cfg-t4cdmg7hkt")])

    assert result.findings == ()
    (row,) = [row for row in result.coverage.of("objects") if row.kind == "ConfigMap"]
    assert row.excluded == {"outdated-generation": 1}


def test_a_secret_keeps_its_reference() -> None:
    """A Secret's hash has the form of one; its values can't be hashed again."""
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"pw": "aHVudGVyMjI="}}
    left = {**secret, "metadata": {"name": "sec-k4f92fkk27"}}
    right = {**secret, "metadata": {"name": "sec-2d9f8gk6ct"}, "data": {"pw": "eA=="}}

    result = compare(
        [left, using("cfg", "sec-k4f92fkk27")], [right, using("cfg", "sec-2d9f8gk6ct")]
    )

    (finding,) = result.findings
    assert (finding.object.name, finding.path) == ("sec-k4f92fkk27", "data.pw")


ENV_FROM = "spec.template.spec.containers[name=web].envFrom"
USING = using("cfg-t4cdmg7hkt")


def found(left: list[Body], right: list[Body]) -> set[tuple[str, str]]:
    """The kinds and paths that every way of comparing finds, which must be the same."""
    (places,) = {
        frozenset((kind, path) for kind, _, path in places)
        for places in findings(left, right).values()
    }
    return set(places)


def secret(name: str, value: str = "eA==") -> Body:
    return resource("v1", "Secret", name, type="Opaque", data={"pw": value})


def made(body: Body, day: int, **metadata: Any) -> Body:
    """An object that the API server made on a day."""
    stamp = f"2026-11-{day:02}T00:00:00Z"
    return {**body, "metadata": {**body["metadata"], "creationTimestamp": stamp, **metadata}}


def test_a_reference_without_an_object() -> None:
    """A reference to the name without the hash means another object, which is not there."""
    assert found([GENERATED, USING], [GENERATED, using("cfg")]) == {
        ("Deployment", f"{ENV_FROM}[0].configMapRef.name")
    }


@pytest.mark.parametrize("said", ["cfg", "cfg-t4cdmg7hkt"])
def test_a_reference_to_the_other_sides_name(said: str) -> None:
    """Another hash there, and a reference that says this side's name, or none."""
    left, right = [GENERATED, USING], [OLDER, using(said)]

    assert verdicts(left, right) == {Verdict.DRIFTED}
    assert found(left, right) - {("ConfigMap", "data.html")}


def test_a_text_that_says_the_other_sides_name() -> None:
    """Where nobody knows what a text means, a name in it keeps two objects apart."""
    ours, theirs, bare = secret("sec-k4f92fkk27"), secret("sec-2d9f8gk6ct"), secret("sec")

    def saying(name: str) -> Body:
        return edited(config_map("x"), "metadata", "annotations", value={"use": name})

    assert found([ours, saying("x")], [theirs, saying("x")]) == set()
    assert found([ours, saying("sec-k4f92fkk27")], [theirs, saying("sec-k4f92fkk27")]) == {
        ("Secret", "")
    }
    assert found([bare, saying("x")], [theirs, saying("x")]) == set()
    assert found([bare, saying("sec")], [theirs, saying("sec")]) == {("Secret", "")}


def test_a_custom_resource_that_says_the_name_without_the_hash() -> None:
    """Its controller looks for an object of that name, which is there on one side only."""
    plain = config_map("cfg", a="1")

    def saying(name: str) -> Body:
        return resource("example.com/v1", "Thing", spec={"use": [{"from": name}]})

    for left, right in ((OLDER, plain), (plain, OLDER)):
        assert not compare([left, saying("x")], [right, saying("x")]).findings
        findings = compare([left, saying("cfg")], [right, saying("cfg")]).findings
        assert {(finding.object.kind, finding.path) for finding in findings} == {("ConfigMap", "")}


def test_a_custom_resource_of_the_name_without_the_hash() -> None:
    """What an object is called itself is no reference to another one."""
    thing = resource("example.com/v1", "Thing", "cfg")

    assert not compare([OLDER, thing], [config_map("cfg", a="1"), thing]).findings


def test_equal_names_are_one_object() -> None:
    """An object that was edited by hand is one finding, which says so."""
    changed = edited(GENERATED, "data", "a", value="2")

    assert found([GENERATED, USING], [changed, USING]) == {("ConfigMap", "data.a")}
    (finding,) = compare([GENERATED, USING], [changed, USING]).findings
    assert finding.note == (
        "content no longer fits the hash in its name in objects (2): edited by hand"
    )


def test_edited_under_another_hash() -> None:
    """What was edited is compared with its generation, though its own hash proves nothing."""
    theirs = edited(OLDER, "data", "a", value="2")

    assert found([GENERATED, USING], [theirs, using("cfg-ctbg988m74")]) == {
        ("ConfigMap", "data.a"),
        ("ConfigMap", "data.html"),
    }


def test_a_forged_hash() -> None:
    """Equal content under a hash that is none of it is another name."""
    forged = config_map("cfg-2222222222", **DATA)

    assert verdicts([GENERATED, USING], [forged, using("cfg-2222222222")]) == {Verdict.DRIFTED}


def test_references_to_what_was_not_seen() -> None:
    """A reference to one name is no difference, whether its object was seen or not."""
    using_both = using("cfg-t4cdmg7hkt", "sec-k4f92fkk27")
    whole = [GENERATED, secret("sec-k4f92fkk27"), using_both]

    assert found(whole, [using_both]) == {("ConfigMap", ""), ("Secret", "")}


def test_a_swapped_secret() -> None:
    """Another Secret of the same stem, which a workload takes in place of the first."""
    ours, other = secret("sec-k4f92fkk27"), secret("sec-2d9f8gk6ct", "eQ==")
    left, swapped = [ours, using("cfg", "sec-k4f92fkk27")], using("cfg", "sec-2d9f8gk6ct")

    assert found(left, [other, swapped]) == {("Secret", "data.pw")}
    assert found(left, [ours, other, swapped]) == {
        ("Secret", ""),
        ("Deployment", f"{ENV_FROM}[1].secretRef.name"),
    }


def test_a_stem_that_is_taken() -> None:
    """An object that has the name without the hash is another one."""
    plain = config_map("cfg", z="1")

    assert found([plain, GENERATED, USING], [plain, OLDER, using("cfg-ctbg988m74")]) == {
        ("ConfigMap", "data.html")
    }
    assert found([plain, GENERATED, USING], [plain, USING]) == {("ConfigMap", "")}


def test_names_in_roles() -> None:
    """Who may read an object under one name may not read it under another."""
    role = resource("rbac.authorization.k8s.io/v1", "Role", "reads")
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    roles = [
        {**role, "rules": [{**rule, "resourceNames": [name]}]}
        for name in ("cfg-t4cdmg7hkt", "cfg-ctbg988m74")
    ]

    assert found([GENERATED, roles[0]], [OLDER, roles[1]]) == {("ConfigMap", "data.html")}
    assert verdicts([GENERATED, roles[0]], [OLDER, roles[0]]) == {Verdict.DRIFTED}


IN_USE = [made(GENERATED, 2), USING]
EARLIER = made(OLDER, 1)
REPLICA_SET = made(workload("ReplicaSet", "web-1"), 1, ownerReferences=[{"controller": True}])
REPLICA_SET["spec"] |= {"replicas": 0, "template": using("cfg-ctbg988m74")["spec"]["template"]}


@pytest.mark.parametrize(
    "beside",
    {
        "the same age": [made(OLDER, 2)],
        "younger": [made(OLDER, 3)],
        "another label": [made(OLDER, 1, labels={"grafana_dashboard": "1"})],
        "an annotation": [made(OLDER, 1, annotations={"replicate-to": "all"})],
        "edited by hand": [edited(EARLIER, "data", "a", value="2")],
        "named in a text": [EARLIER, config_map("x", text="--config=cfg-ctbg988m74,other")],
        "named in an annotation": [
            EARLIER,
            made(config_map("x"), 1, annotations={"a": "cfg-ctbg988m74"}),
        ],
        "used by a pod": [
            EARLIER,
            resource("v1", "Pod", spec=using("cfg-ctbg988m74")["spec"]["template"]["spec"]),
        ],
        "used by an old ReplicaSet that runs": [
            EARLIER,
            edited(REPLICA_SET, "spec", "replicas", value=1),
        ],
    }.values(),
)
def test_what_is_no_outdated_generation(beside: list[Body]) -> None:
    """What acts, is named or is not older than the generation in use is compared."""
    assert ("ConfigMap", "") in found([*IN_USE, *beside], [*IN_USE, *beside[1:]])


def test_what_only_history_names() -> None:
    """A ReplicaSet that is kept to go back to uses nothing."""
    assert found([*IN_USE, EARLIER, REPLICA_SET], [*IN_USE, REPLICA_SET]) == set()


def test_the_only_generation() -> None:
    """What nothing refers to is compared where no other generation is in use."""
    assert found([EARLIER], [edited(EARLIER, "data", "a", value="2")]) == {("ConfigMap", "data.a")}
    assert found([EARLIER, made(GENERATED, 2)], [EARLIER]) == {("ConfigMap", "")}


def test_outdated_everywhere() -> None:
    """A generation that every side still has is compared, since it costs nothing."""
    old, new = made(secret("sec-k4f92fkk27"), 1), made(secret("sec-2d9f8gk6ct"), 2)
    other = edited(old, "data", "pw", value="eQ==")
    used = using("cfg", "sec-2d9f8gk6ct")

    assert found([old, new, used], [other, new, used]) == {("Secret", "data.pw")}


def test_one_generation_behind() -> None:
    """What was promoted here and not there is compared by content, leftovers aside."""
    assert found([*IN_USE, EARLIER], [EARLIER, using("cfg-ctbg988m74")]) == {
        ("ConfigMap", "data.html")
    }
