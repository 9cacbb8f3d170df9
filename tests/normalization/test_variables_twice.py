"""A variable that carries the namespace in its own name, where another one has that name."""

from __future__ import annotations

from typing import Any

from tests.builders import Body, compare, workload

FROM_THE_NAMESPACE = {"valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}


def running_in(namespace: str, *env: dict[str, Any]) -> Body:
    body = workload()
    body["metadata"]["namespace"] = namespace
    body["spec"]["template"]["spec"]["containers"][0]["env"] = list(env)
    return body


def test_the_last_of_a_name_wins() -> None:
    """In `a` the later variable hides the namespace's, in `b` it has a name of its own.

    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#environment-variables
    """
    left, right = (f"POD_{namespace}" for namespace in "ab")
    other = {"name": left, "value": "other"}
    sides = (
        [running_in("a", {"name": left, **FROM_THE_NAMESPACE}, other)],
        [running_in("b", {"name": right, **FROM_THE_NAMESPACE}, other)],
    )

    assert compare(*sides).verdict.value == "drifted"
    assert compare(*reversed(sides)).verdict.value == "drifted"


def test_the_only_one_of_its_name() -> None:
    """Alone it is the same variable in both."""
    left, right = (
        running_in(namespace, {"name": f"POD_{namespace}", **FROM_THE_NAMESPACE})
        for namespace in "ab"
    )

    assert compare([left], [right]).verdict.value == "identical"
