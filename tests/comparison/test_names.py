"""Names that the server made up, and objects under another name."""

from __future__ import annotations

from driftcheck.model import Verdict
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, compare, config_map, resource, snapshot
from tests.ways import findings, owner, verdicts


def made(name: str, **data: str) -> Body:
    """A ConfigMap of the series `run-`."""
    body = config_map(name, **data)
    return {**body, "metadata": {**body["metadata"], "generateName": "run-"}}


def found(left: list[Body], right: list[Body]) -> list[tuple[str, str, str]]:
    return [
        (finding.change.value, finding.object.name, finding.path)
        for finding in compare(left, right).findings
    ]


def test_equal_contents_are_the_same() -> None:
    """Whatever the server called them, objects of equal content are one."""
    left = [made("run-aaaaa", a="1"), made("run-bbbbb", a="2"), made("run-ccccc", a="2")]
    right = [made("run-xxxxx", a="2"), made("run-yyyyy", a="1"), made("run-zzzzz", a="2")]

    assert found(left, right) == []


def test_the_last_two_are_the_same() -> None:
    """What is left alone on both sides is one object, named as in the baseline, and compared."""
    left = [made("run-aaaaa", a="1"), made("run-bbbbb", a="2")]
    right = [made("run-xxxxx", a="3"), made("run-yyyyy", a="1")]

    assert found(left, right) == [("changed", "run-bbbbb", "data.a")]


def test_one_more() -> None:
    """One more of a series is one object that is there on one side only."""
    left = [made("run-aaaaa", a="1")]
    right = [made("run-xxxxx", a="1"), made("run-yyyyy", a="1")]

    assert found(left, right) == [("added", "run-yyyyy", "")]


def test_equal_names_come_first() -> None:
    """A name that stands on both sides is one object, whatever else has its content."""
    left = [made("run-aaaaa", a="1"), made("run-bbbbb", a="2")]
    right = [made("run-aaaaa", a="2"), made("run-ccccc", a="1")]

    assert found(left, right) == [
        ("changed", "run-aaaaa", "data.a"),
        ("changed", "run-bbbbb", "data.a"),
    ]


def test_many_left() -> None:
    """Where nothing tells which is which, each is there on one side only."""
    left = [made("run-aaaaa", a="1"), made("run-bbbbb", a="2")]
    right = [made("run-xxxxx", a="3"), made("run-yyyyy", a="4")]

    assert {change for change, _, _ in found(left, right)} == {"added", "removed"}
    assert len(found(left, right)) == 4


def test_three_sides() -> None:
    """Each other side is paired with the baseline."""
    sides = [snapshot(made(f"run-{letter * 5}", a="1")) for letter in "abc"]

    assert compare_snapshots(sides).verdict.value == "identical"


def test_another_name() -> None:
    """The same content under another name stays two findings, which point at each other."""
    left, right = config_map("old", a="1"), config_map("new", a="1")

    first, second = compare([left], [right]).findings

    assert (first.change.value, first.object.name) == ("added", "new")
    assert first.note == "renamed? ConfigMap old in objects has the same content"
    assert second.note == "renamed? ConfigMap new in objects (2) has the same content"


def test_another_name_of_many() -> None:
    """Where several have the content, none is named."""
    left = [config_map("old", a="1")]
    right = [config_map("new", a="1"), config_map("newer", a="1")]

    notes = {finding.object.name: finding.note for finding in compare(left, right).findings}

    assert notes["old"] is None


def test_a_name_that_is_spelt_out() -> None:
    """Where somebody says a name that is not there, equal content makes no pair."""
    left, right = made("run-aaaaa", a="1"), made("run-xxxxx", a="1")
    saying = config_map("x", use="run-aaaaa")

    assert found([left, saying], [right, saying]) == [
        ("removed", "run-aaaaa", ""),
        ("added", "run-xxxxx", ""),
    ]


OWNER = resource("bookshop.example.com/v1", "FeatureFlag", "orders", spec={})
OWNER["metadata"]["uid"] = "5f0c1d2e-0000-4000-8000-000000000108"


def composed(suffix: str, role: str = "settings", **data: str) -> Body:
    """What an owner composed, under a name that the API server or it made up."""
    body = config_map(f"orders-{suffix}", **data)
    body["metadata"] |= {
        "generateName": "orders-",
        "annotations": {"crossplane.io/composition-resource-name": role},
        "ownerReferences": [owner(OWNER)],
    }
    return body


def places(left: list[Body], right: list[Body]) -> set[tuple[str, str]]:
    """The kinds and paths that every way of comparing finds, which must be the same."""
    (every,) = {
        frozenset((kind, path) for kind, _, path in places)
        for places in findings([OWNER, *left], [OWNER, *right]).values()
    }
    return set(every)


def test_composed_objects() -> None:
    """What one owner made for one role is one object, whose content is compared."""
    ours = [composed("1a2b3c4d5e6f", a="1"), composed("777777777777", "other", a="1")]
    theirs = [composed("9f8e7d6c5b4a", a="1"), composed("888888888888", "other", a="1")]

    assert places(ours, theirs) == set()
    assert places(ours, [composed("9f8e7d6c5b4a", a="2"), theirs[1]]) == {("ConfigMap", "data.a")}
    assert verdicts(ours[:1], theirs[1:]) == {Verdict.DRIFTED}
    assert verdicts(ours, theirs[:1]) == {Verdict.DRIFTED}


def test_revisions() -> None:
    """Knative counts its Revisions, and each place has its own count."""
    configuration = resource("serving.knative.dev/v1", "Configuration", "hello")
    configuration["metadata"]["uid"] = "1"

    def side(count: str, image: str = "r/hello:1") -> list[Body]:
        revision = resource("serving.knative.dev/v1", "Revision", f"hello-{count}")
        revision["metadata"]["ownerReferences"] = [owner(configuration)]
        return [configuration, {**revision, "spec": {"containers": [{"image": image}]}}]

    assert found(side("00003"), side("00007")) == []
    assert found(side("00003"), side("00007", "r/hello:2")) == [
        ("changed", "hello-00003", "spec.containers[0].image")
    ]


def test_another_namespace_of_the_same_name() -> None:
    """A subject in the own namespace, and one in that namespace from outside, are two."""
    binding = resource("rbac.authorization.k8s.io/v1", "RoleBinding", "own")
    binding["subjects"] = [{"kind": "ServiceAccount", "name": "api", "namespace": "one"}]
    sides = [snapshot(binding, namespace=namespace) for namespace in ("one", "two")]

    (finding,) = compare_snapshots(sides).findings

    assert finding.note == "its own namespace in objects, another one in objects (2)"
