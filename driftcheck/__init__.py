"""Prove whether two Kubernetes environments are the same, or say exactly what differs.

import driftcheck

result = driftcheck.compare("shop-staging", "shop@prod-eu")
result.require()
"""

from driftcheck.errors import (
    ClusterError,
    DriftcheckError,
    DriftError,
    KubeconfigError,
    ManifestError,
    SecretKeyError,
    SnapshotError,
    StartError,
    UsageError,
)
from driftcheck.model import (
    Category,
    Change,
    Coverage,
    Environment,
    Finding,
    ImageRow,
    KindCoverage,
    ObjectReference,
    ReadStatus,
    Result,
    Snapshot,
    Verdict,
)
from driftcheck.pipeline import capture, compare, load
from driftcheck.reports import render

__all__ = [
    "Category",
    "Change",
    "ClusterError",
    "Coverage",
    "DriftError",
    "DriftcheckError",
    "Environment",
    "Finding",
    "ImageRow",
    "KindCoverage",
    "KubeconfigError",
    "ManifestError",
    "ObjectReference",
    "ReadStatus",
    "Result",
    "SecretKeyError",
    "Snapshot",
    "SnapshotError",
    "StartError",
    "UsageError",
    "Verdict",
    "capture",
    "compare",
    "load",
    "render",
]
