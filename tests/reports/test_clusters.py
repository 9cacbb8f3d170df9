"""What happened once is said once, and nothing is lost in saying it."""

from __future__ import annotations

from itertools import cycle

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.model import Category, Change, Expectation, Finding, ObjectReference
from driftcheck.reports._agreement import agreement
from driftcheck.reports._clusters import clusters
from driftcheck.reports._words import Line
from tests.builders import Body, compare, container, workload

IMAGE = "spec.template.spec.containers[name=web].image"
DIGEST = "running.containers[name=web].digest"


def finding(name: str = "web", path: str = IMAGE, **fields: object) -> Finding:
    known = {
        "object": ObjectReference("apps", "Deployment", name),
        "change": Change.CHANGED,
        "path": path,
        "values": {"a": "1", "b": "2"},
        "category": Category.IMAGE,
    }
    return Finding(**(known | fields))  # type: ignore[arg-type]


def test_a_sidecar_in_many_workloads() -> None:
    """A sidecar that was injected into 48 workloads is one thing that happened."""
    names = [f"shop-{number:02}" for number in range(48)]
    plain: list[Body] = [workload(name=name) for name in names]
    injected = [container(), container("sidecar")]
    meshed = [workload(name=name, containers=injected) for name in names]

    (cluster,) = clusters(compare(plain, meshed).findings)

    assert [found.name for found in cluster.objects] == names
    assert cluster.finding.path == "spec.template.spec.containers[name=sidecar]"


OTHERWISE = [
    {"path": "spec.replicas"},
    {"change": Change.ADDED},
    {"values": {"a": "1", "b": "3"}},
    {"values": {"a": "1"}},
    {"values": {"a": 1, "b": "2"}},
    {"category": Category.CONFIG},
    {"note": "formatting only"},
    {"expected": Expectation("hosts", "own hosts")},
    {"violates": Expectation("same", "must be equal")},
]


def test_what_is_not_alike() -> None:
    """Findings that differ in what they say, or in what a rule says of them, stand apart."""
    for other in OTHERWISE:
        assert len(clusters([finding("one"), finding("two", **other)])) == 2, other


def test_numbers_and_booleans() -> None:
    """`1`, `1.0` and `true` are three values."""
    found = [finding(str(value), values={"a": value}) for value in (1, 1.0, True)]

    assert len(clusters(found)) == 3


@given(
    st.lists(
        st.builds(
            finding,
            name=st.sampled_from("ab"),
            path=st.sampled_from([IMAGE, DIGEST, "spec.replicas"]),
            expected=st.sampled_from([None, Expectation("hosts", "own hosts")]),
            violates=st.sampled_from([None, Expectation("same", "must be equal")]),
        ),
        max_size=8,
    )
)
def test_nothing_is_lost(findings: list[Finding]) -> None:
    """Every finding is on exactly one line of one cluster."""
    said = [
        found
        for cluster in clusters(findings)
        for line in cluster.lines
        for found in (line.finding, line.running)
        if found
    ]

    assert sorted(map(id, said)) == sorted(map(id, findings))


def test_an_image_in_many_workloads() -> None:
    """An image that is declared and runs is one line, in a cluster as by itself."""
    declared = [finding(name) for name in "ab"]
    running = [finding(name, path=DIGEST) for name in "ab"]

    (cluster,) = clusters([*declared, *running])

    assert [line.running for line in cluster.lines] == running


def test_an_image_of_which_half_is_expected() -> None:
    """What runs has a line of its own where a rule explains only what is declared."""
    waived = finding(expected=Expectation("hotfix", "on Monday"))

    assert len(clusters([waived, finding(path=DIGEST)])) == 2


def test_who_wrote_it_is_no_change() -> None:
    """A cluster is not split by who wrote its objects."""
    other = evolve(finding("two"), written_by={"b": ()})

    assert len(clusters([finding("one"), other])) == 1


def agreed(values: dict[str, object], environments: str = "abc") -> object:
    found = agreement(Line(finding(values=values)), environments)
    return found.groups, "".join(found.letters[name] for name in environments), found.odd


def test_agreement() -> None:
    """Environments that have the same stand together; one alone against the rest is odd."""
    assert agreed({"a": 1, "b": 1, "c": 2}) == ((("a", "b"), ("c",)), "AAB", "c")
    assert agreed({"a": 2, "b": 1, "c": 1}) == ((("a",), ("b", "c")), "ABB", "a")
    assert agreed({"a": 1, "b": True, "c": 1}) == ((("a", "c"), ("b",)), "ABA", "b")


def test_agreement_on_nothing() -> None:
    """Having nothing is something to agree on."""
    assert agreed({"b": 1}) == ((("a", "c"), ("b",)), "—A—", "b")
    assert agreed({"a": 1, "c": 1}) == ((("a", "c"), ("b",)), "A—A", "b")
    assert agreed({"b": None}) == ((("a", "c"), ("b",)), "—A—", "b")


def test_agreement_on_what_runs() -> None:
    """Environments that declare the same image and run another don't agree."""
    line = Line(finding(values=dict.fromkeys("abc", "web:1")), finding(values={"a": 1, "b": 1}))

    assert agreement(line, "abc").odd == "c"


def test_nobody_is_odd() -> None:
    """Nobody is odd between two, among three that all differ, or in two camps."""
    assert agreed({"a": 1, "b": 2}, "ab") == ((("a",), ("b",)), "AB", None)
    assert agreed({"a": 1, "b": 2, "c": 3}) == ((("a",), ("b",), ("c",)), "ABC", None)
    assert agreed({"a": 1, "b": 2, "c": 1, "d": 2}, "abcd")[2] is None  # type: ignore[index]
    assert agreed({"a": 1, "b": 1, "c": 1}) == ((("a", "b", "c"),), "AAA", None)


def images(*tags: str, count: int = 60) -> list[Body]:
    """As many Deployments with an image and a container of their own, of these tags in turn."""
    return [
        workload(name=f"app-{i}", containers=[container(f"c{i}", image=f"shop/app{i}:{tag}")])
        for i, tag in zip(range(count), cycle(tags), strict=False)
    ]


def test_a_release_of_many_images_is_one_line() -> None:
    """Images that all go from one tag to another are one change, whatever they are called."""
    (cluster,) = clusters(compare(images("1.0"), images("1.1")).findings)

    assert len(cluster.objects) == len(cluster.findings) == 60
    assert cluster.finding.path == "spec.template.spec.containers[name=*].image"
    assert list(cluster.finding.values.values()) == ["*:1.0", "*:1.1"]


def test_another_image_is_no_release() -> None:
    """What goes to another tag, or to another repository, stands on a line of its own."""
    after = images("1.1")
    after[0] = workload(name="app-0", containers=[container("c0", image="shop/app0:2.0")])
    after[1] = workload(name="app-1", containers=[container("c1", image="evil/app1:1.1")])

    found = clusters(compare(images("1.0"), after).findings)

    assert sorted(len(cluster.lines) for cluster in found) == [1, 1, 58]
    assert {"shop/app0:2.0", "evil/app1:1.1"} <= {
        value for cluster in found for value in cluster.finding.values.values()
    }


def test_few_images_are_shown_in_full() -> None:
    """A few images are still told one by one."""
    found = clusters(compare(images("1.0", count=4), images("1.1", count=4)).findings)
    assert found[0].finding.values["objects"] == "shop/app0:1.0"
    assert len(found) == 4
