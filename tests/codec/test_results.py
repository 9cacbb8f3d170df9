"""The JSON result is the contract's, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime

from driftcheck.codec import result_json
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
      "fingerprint": "sha256:aa"
    },
    {
      "name": "production",
      "origin": "manifests",
      "context": null,
      "namespace": null,
      "captured": null,
      "objects": 31,
      "fingerprint": "sha256:bb"
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
      "written_by": {}
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
  "objects": []
}
"""


def test_contract() -> None:
    """Keys, their order, their nulls and the indentation are the contract's."""
    moment = datetime(2026, 11, 23, 20, 54, 1, 999_999, tzinfo=UTC)
    window = Window(moment, moment.replace(second=2), quiescent=True)
    result = Result(
        verdict=Verdict.DRIFTED,
        reasons=("1 difference that no rule expects",),
        environments=(
            Environment(
                "shop-staging", Origin.CLUSTER, "kind", "shop-staging", window, 31, "sha256:aa"
            ),
            Environment("production", Origin.MANIFESTS, None, None, None, 31, "sha256:bb"),
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
    assert result_json(result) == EXPECTED
