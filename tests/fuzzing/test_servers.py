"""Whatever a server answers, an environment is captured, or refused in words that are ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from driftcheck import Snapshot, capture
from driftcheck.codec import read_snapshot, snapshot_bytes
from driftcheck.errors import DriftcheckError
from driftcheck.testing import (
    Fault,
    PlaybackServer,
    Recording,
    Reply,
    Strike,
    When,
    load_recording,
    with_definition,
)
from tests.builders import resource
from tests.conftest import RECORDINGS
from tests.fuzzing.hostile import ANYTHING, bounded_work, fuzzed, spoilt
from tests.fuzzing.test_objects import shown

NAMESPACE = "bookshop-staging"
ROLLOUT = resource(
    "argoproj.io/v1alpha1",
    "Rollout",
    "canary",
    spec={"replicas": 1, "template": {"spec": {"containers": [{"name": "a", "image": "b"}]}}},
    status={"observedGeneration": "1", "stableRS": "a", "currentPodHash": "a"},
)
DEFINITION = resource(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "rollouts.argoproj.io",
    spec={
        "group": "argoproj.io",
        "scope": "Namespaced",
        "names": {"kind": "Rollout", "plural": "rollouts"},
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": True,
                    }
                },
            }
        ],
    },
)
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Location", "Content-Type", "Content-Encoding", "Warning"]),
    st.sampled_from(["0", "1", "-1", "9" * 5000, "Thu, 01 Jan 99999 00:00:00 GMT", "[", "gzip"]),
    max_size=2,
)


@attrs.frozen
class Says(Fault):
    """Something else than the truth."""

    body: bytes | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = strike.go_on()
        body = reply.answer.body if self.body is None else self.body
        return attrs.evolve(
            reply,
            answer=attrs.evolve(reply.answer, body=body, status=self.status, headers=self.headers),
        )


@attrs.frozen
class Listening(Fault):
    """What is really answered, by path."""

    heard: dict[str, bytes] = attrs.field(factory=dict, eq=False)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = strike.go_on()
        self.heard.setdefault(strike.request.path, reply.answer.body)
        return reply


@cache
def recording() -> Recording:
    known = with_definition(load_recording(RECORDINGS["equal"]), DEFINITION)
    return known.with_objects(NAMESPACE, [ROLLOUT])


@cache
def answers() -> Mapping[str, Any]:
    """What a server is asked for, and what is the truth."""
    listening = Listening()
    look(listening)
    return {path: json.loads(body) for path, body in sorted(listening.heard.items())}


def look(*faults: Fault) -> Snapshot:
    with PlaybackServer(recording(), faults=faults) as server:
        return capture(NAMESPACE, kubeconfig=str(server.kubeconfig), timeout=20)


def check(*faults: Fault) -> None:
    """Look, and do all that is done with what was seen."""
    with bounded_work():
        try:
            seen = look(*faults)
        except DriftcheckError:
            return
        again = read_snapshot(snapshot_bytes(seen, compressed=False), source="saved")
        assert not shown([seen, again]).findings


@fuzzed
@given(st.data())
def test_documents(data: st.DataObject) -> None:
    """Any document may have anything in any place."""
    path = data.draw(st.sampled_from(list(answers())))
    check(Says(When(path=path), json.dumps(data.draw(spoilt(answers()[path]))).encode()))


@fuzzed
@given(st.data())
def test_rollouts(data: st.DataObject) -> None:
    """So may a custom resource that is no part of Kubernetes, and has no schema."""
    path = next(path for path in answers() if path.endswith("/rollouts"))
    body = {**ROLLOUT, "status": data.draw(spoilt(ROLLOUT["status"]))}
    content = {**answers()[path], "items": [body]}
    check(Says(When(path=path), json.dumps(content).encode()))


@fuzzed
@given(
    st.sampled_from([100, 200, 204, 301, 401, 407, 410, 429, 500, 503, 999]),
    HEADERS,
    st.none() | st.binary(max_size=20) | ANYTHING.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["/version", "/api", "/apis", "*/secrets", "*/nodes", "*"]),
    st.integers(0, 3),
)
def test_statuses(
    status: int, headers: dict[str, str], body: bytes | None, path: str, after: int
) -> None:
    """Nothing around a document need make sense."""
    check(Says(When(path=path, after=after, times=2), body, status, tuple(headers.items())))
