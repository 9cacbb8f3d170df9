"""Single values: what is the same, and what only looks so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import (
    config_map,
    container,
    differences,
    only_finding,
    resource,
    snapshot,
    workload,
)


def requests(**quantities: Any) -> dict[str, Any]:
    return workload(containers=[container(resources={"requests": quantities})])


SAME = {
    "cpu": (requests(cpu="1"), requests(cpu="1000m")),
    "cpu as a number": (requests(cpu=1), requests(cpu="1")),
    "memory": (requests(memory="1Gi"), requests(memory="1073741824")),
    "an exponent and no suffix": (requests(memory="1E3"), requests(memory="1000")),
    "a null field": (config_map(), {**config_map(), "immutable": None}),
    "no labels and an empty map of them": (
        config_map(),
        {**config_map(), "metadata": {"name": "settings", "labels": {}}},
    ),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME)
def test_same_meaning(left: dict[str, Any], right: dict[str, Any]) -> None:
    """Two spellings of one value are no difference."""
    assert not differences(left, right)


MEMORY = "spec.template.spec.containers[name=web].resources.requests.memory"
DIFFERENT = {
    "decimal and binary suffix": (requests(memory="1G"), requests(memory="1Gi"), MEMORY),
    "a suffix that looks like an exponent": (requests(memory="1E"), requests(memory="1E3"), MEMORY),
    "a number and its text": (
        resource("v1", "Service", spec={"ports": [{"port": 80, "targetPort": 80}]}),
        resource("v1", "Service", spec={"ports": [{"port": 80, "targetPort": "80"}]}),
        "spec.ports[port=80,protocol=TCP].targetPort",
    ),
    "true and one": (
        resource("example.com/v1", "Thing", spec={"on": True}),
        resource("example.com/v1", "Thing", spec={"on": 1}),
        "spec.on",
    ),
    "one and one point zero": (
        resource("example.com/v1", "Thing", spec={"size": 1}),
        resource("example.com/v1", "Thing", spec={"size": 1.5}),
        "spec.size",
    ),
    "numbers beyond a float": (
        resource("example.com/v1", "Thing", spec={"size": 2**60}),
        resource("example.com/v1", "Thing", spec={"size": 2**60 + 1}),
        "spec.size",
    ),
    "an empty class and none": (
        resource("v1", "PersistentVolumeClaim", spec={"storageClassName": ""}),
        resource("v1", "PersistentVolumeClaim", spec={}),
        "spec.storageClassName",
    ),
    "an empty map that means everything": (
        resource("policy/v1", "PodDisruptionBudget", spec={"selector": {}}),
        resource("policy/v1", "PodDisruptionBudget", spec={}),
        "spec.selector",
    ),
}


@pytest.mark.parametrize(("left", "right", "path"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_meaning(left: dict[str, Any], right: dict[str, Any], path: str) -> None:
    """Values that differ in type or meaning are a difference at their path."""
    assert path == only_finding(left, right).path


def test_values_are_shown_as_they_were_written() -> None:
    """A quantity is compared by its meaning and shown in its own spelling."""
    finding = only_finding(requests(cpu="1000m"), requests(cpu=2))

    assert finding.values == {"objects": "1000m", "objects (2)": 2}


def test_map_on_one_side_is_one_finding() -> None:
    """A subtree that is there on one side only is one finding at its root."""
    left, right = workload(), workload(nodeSelector={"disk": "ssd", "zone": "a"})

    finding = only_finding(left, right)

    assert finding.path == "spec.template.spec.nodeSelector"
    assert finding.values == {"objects (2)": {"disk": "ssd", "zone": "a"}}


def test_long_values_are_cut() -> None:
    """A value above 4 KiB is cut, and its full length and digest are said."""
    finding = only_finding(config_map(text="a" * 5000), config_map(text="b" * 5000))

    for value in finding.values.values():
        assert len(value) < 4300
        assert "5000 bytes, sha256:" in value


def test_service_hosts_carry_the_namespace() -> None:
    """Each side's own namespace in a `.svc` host is the same; the other's name is drift."""
    from driftcheck.pipeline import compare_snapshots

    staging = snapshot(config_map(url="http://db.staging.svc.cluster.local"), namespace="staging")
    production = snapshot(config_map(url="http://db.prod.svc.cluster.local"), namespace="prod")
    forgotten = snapshot(config_map(url="http://db.staging.svc.cluster.local"), namespace="prod")

    assert not compare_snapshots([staging, production]).findings
    assert len(compare_snapshots([staging, forgotten]).findings) == 1
