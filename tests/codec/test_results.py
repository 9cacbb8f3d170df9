"""The JSON result is the contract's, byte for byte, and can be read again."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

from driftcheck.codec import read_result, result_json
from driftcheck.errors import ResultError
from driftcheck.model import (
    Category,
    Change,
    ContainerImage,
    Coverage,
    Environment,
    Finding,
    ImageRow,
    KindCoverage,
    ObjectReference,
    Origin,
    ReadStatus,
    Result,
    RuleHits,
    Verdict,
    Window,
)
from tests.properties.results import RESULTS

WEB = ObjectReference("apps", "Deployment", "web")

EXPECTED = """{
  "schema": "driftcheck.result/v1",
  "verdict": "drifted",
  "reasons": [
    "1 difference that no rule expects"
  ],
  "environments": [
    {
      "name": "shop-staging",
      "origin": "cluster",
      "context": "kind",
      "namespace": "shop-staging",
      "captured": {
        "from": "2026-11-23T20:54:01Z",
        "to": "2026-11-23T20:54:02Z",
        "quiescent": true
      },
      "objects": 31,
      "fingerprint": "sha256:aa",
      "place": null
    },
    {
      "name": "production",
      "origin": "manifests",
      "context": null,
      "namespace": null,
      "captured": null,
      "objects": 31,
      "fingerprint": "sha256:bb",
      "place": "./manifests"
    }
  ],
  "coverage": {
    "complete": false,
    "kinds": [
      {
        "environment": "shop-staging",
        "group": "",
        "kind": "Secret",
        "status": "forbidden",
        "objects": 0,
        "reason": "no access"
      },
      {
        "environment": "shop-staging",
        "group": "apps",
        "kind": "Deployment",
        "status": "read",
        "objects": 3,
        "reason": null,
        "version": "v1",
        "excluded": {
          "owned": 1
        }
      }
    ]
  },
  "findings": [
    {
      "object": {
        "group": "apps",
        "kind": "Deployment",
        "name": "web"
      },
      "change": "changed",
      "path": "spec.replicas",
      "values": {
        "shop-staging": 1,
        "production": null
      },
      "category": "scaling",
      "expected": null,
      "written_by": {},
      "categories": [
        "scaling"
      ]
    },
    {
      "object": {
        "group": "apps",
        "kind": "Deployment",
        "name": "web"
      },
      "change": "added",
      "path": "metadata.labels.ä",
      "values": {
        "production": "x\\n"
      },
      "category": "metadata",
      "expected": null,
      "written_by": {},
      "categories": [
        "metadata"
      ],
      "note": "formatting only"
    }
  ],
  "images": [
    {
      "workload": {
        "group": "apps",
        "kind": "Deployment",
        "name": "web"
      },
      "container": "web",
      "same": null,
      "environments": {
        "shop-staging": {
          "image": "registry/web:1",
          "digests": [
            "sha256:cc"
          ],
          "mutable": true
        }
      }
    }
  ],
  "rules": [
    {
      "id": "namespace",
      "hits": 12
    }
  ],
  "gaps": [],
  "warnings": [],
  "gate": {
    "fail_on": null,
    "max_findings": 0,
    "passed": false
  },
  "objects": [],
  "accepted": [],
  "policy": null,
  "witnesses": [],
  "platform": {
    "verdict": "none",
    "reasons": [
      "nothing outside was looked at"
    ],
    "same_cluster": false,
    "required": false,
    "findings": [],
    "coverage": {
      "complete": true,
      "kinds": []
    }
  }
}
"""


MOMENT = datetime(2026, 11, 23, 20, 54, 1, 999_999, tzinfo=UTC)
WINDOW = Window(MOMENT, MOMENT.replace(second=2), quiescent=True)
RESULT = Result(
    verdict=Verdict.DRIFTED,
    reasons=("1 difference that no rule expects",),
    environments=(
        Environment(
            "shop-staging", Origin.CLUSTER, "kind", "shop-staging", WINDOW, 31, "sha256:aa"
        ),
        Environment(
            "production", Origin.MANIFESTS, None, None, None, 31, "sha256:bb", "./manifests"
        ),
    ),
    coverage=Coverage(
        (
            KindCoverage(
                "",
                "Secret",
                ReadStatus.FORBIDDEN,
                reason="no access",
                environment="shop-staging",
            ),
            KindCoverage(
                "apps",
                "Deployment",
                ReadStatus.READ,
                3,
                version="v1",
                excluded={"owned": 1},
                environment="shop-staging",
            ),
        )
    ),
    findings=(
        Finding(
            WEB,
            Change.CHANGED,
            "spec.replicas",
            {"shop-staging": 1, "production": None},
            Category.SCALING,
        ),
        Finding(
            WEB,
            Change.ADDED,
            "metadata.labels.ä",
            {"production": "x\n"},
            Category.METADATA,
            note="formatting only",
        ),
    ),
    images=(
        ImageRow(
            WEB,
            "web",
            None,
            {"shop-staging": ContainerImage("registry/web:1", ("sha256:cc",), mutable=True)},
        ),
    ),
    rules=(RuleHits("namespace", 12),),
)


def refusal(data: bytes) -> str:
    """The message that a file is refused with."""
    with pytest.raises(ResultError) as caught:
        read_result(data, source="report.json")
    assert str(caught.value).startswith("report.json: ")
    assert caught.value.hint
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500
    return str(caught.value)


def written(**changes: Any) -> bytes:
    """The contract's result with some of its keys changed."""
    return json.dumps({**json.loads(EXPECTED), **changes}).encode()


def edited(path: str, value: Any) -> bytes:
    """The contract's result with one value in it replaced, `environments.0.name`."""
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    body = inner = json.loads(EXPECTED)
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return json.dumps(body).encode()


def test_contract() -> None:
    """Keys, their order, their nulls and the indentation are the contract's."""
    assert result_json(RESULT) == EXPECTED


@given(RESULTS)
def test_round_trip(result: Result) -> None:
    """Whatever a result holds is there again when it is read, in the order it had."""
    text = result_json(result)
    read = read_result(text.encode(), source="x")

    assert read == result
    assert result_json(read) == text
    assert read_result(gzip.compress(text.encode()), source="x") == result


def test_unknown_keys() -> None:
    """Keys that a later release has added are ignored, wherever they stand."""
    finding = {**json.loads(EXPECTED)["findings"][0], "confidence": 1}
    later = json.loads(edited("findings.0", finding)) | {"signed": {"by": "x"}}

    assert result_json(read_result(json.dumps(later).encode(), source="x")) == EXPECTED


def test_times_to_the_second() -> None:
    """A window's times are written in UTC to the second, and read so."""
    (environment, _) = read_result(EXPECTED.encode(), source="x").environments
    assert environment.window == evolve(
        WINDOW, start=MOMENT.replace(microsecond=0), end=MOMENT.replace(second=2, microsecond=0)
    )


LATER = {"accepted", "platform", "policy", "witnesses"}
"""Keys that the first results did not have."""


@pytest.mark.parametrize("key", sorted(json.loads(EXPECTED).keys() - LATER))
def test_missing_keys(key: str) -> None:
    """A file without a key that even the first ones have is refused, and the key is named."""
    data = json.dumps({k: v for k, v in json.loads(EXPECTED).items() if k != key}).encode()
    assert key in refusal(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (written(verdict="maybe"), "verdict"),
        (written(verdict=f"\x1b[2J{'x' * 1_000_000}"), "- at verdict"),
        (written(reasons=[1]), "reasons[0]"),
        (written(environments=[]), "environments"),
        (edited("environments.0.objects", -1), "environments[0].objects"),
        (edited("environments.0.objects", True), "environments[0].objects"),
        (edited("environments.0.captured.from", "2026-11-23"), "environments[0].captured.from"),
        (edited("environments.0.captured.from", "0001-01-01T00:00:00+14:00"), "calendar"),
        (edited("coverage.kinds.0.status", "seen"), "coverage.kinds[0].status"),
        (edited("findings.0.change", "moved"), "findings[0].change"),
        (edited("findings.0.values", []), "findings[0].values"),
        (edited("findings.0.written_by", {"shop-staging": []}), "findings[0].written_by"),
        (edited("findings.0.expected", {"rule": "x"}), "findings[0].expected"),
        (edited("images.0.same", "yes"), "images[0].same"),
        (edited("rules.0.state", "used?"), "rules[0].state"),
        (edited("gate.fail_on", ["everything"]), "gate.fail_on[0]"),
        (written(schema="driftcheck.result/v2", findings="?"), "newer driftcheck"),
        (written(schema="driftcheck.result/v10"), "newer driftcheck"),
        (written(schema="driftcheck.snapshot/v1"), "a driftcheck.snapshot/v1, and not a result"),
        (written(schema="driftcheck.images/v1"), "a driftcheck.images/v1, and not a result"),
        (written(schema="sarif"), "not a driftcheck result"),
        (EXPECTED.encode()[:-20], "cut off"),
        (b'{"schema": "driftcheck.result/v1", "findings": ' + b"[" * 100_000, "not a readable"),
    ],
)  # fmt: skip
def test_broken_files(data: bytes, said: str) -> None:
    """A broken file is refused with the place that is wrong, gzipped or not."""
    assert said.lower() in refusal(data).lower()
    assert said.lower() in refusal(gzip.compress(data)).lower()


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"apiVersion: v1", gzip.compress(b"apiVersion: v1", mtime=0)]
)
def test_something_else(data: bytes) -> None:
    """What is no JSON object is refused."""
    refusal(data)
