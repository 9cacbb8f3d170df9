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
    ComparedObject,
    ContainerImage,
    Coverage,
    Document,
    Effect,
    Environment,
    Finding,
    Gate,
    ImageRow,
    ImageTable,
    KindCoverage,
    ObjectReference,
    Origin,
    ReadStatus,
    Result,
    RuleHits,
    RuleState,
    Snapshot,
    Verdict,
    Window,
    Writer,
)
from driftcheck.pipeline import capture, compare, list_images, load, required_role
from driftcheck.reports import render, render_images

__all__ = [
    "Category",
    "Change",
    "ClusterError",
    "ComparedObject",
    "ContainerImage",
    "Coverage",
    "Document",
    "DriftError",
    "DriftcheckError",
    "Effect",
    "Environment",
    "Finding",
    "Gate",
    "ImageRow",
    "ImageTable",
    "KindCoverage",
    "KubeconfigError",
    "ManifestError",
    "ObjectReference",
    "Origin",
    "ReadStatus",
    "Result",
    "RuleHits",
    "RuleState",
    "SecretKeyError",
    "Snapshot",
    "SnapshotError",
    "StartError",
    "UsageError",
    "Verdict",
    "Window",
    "Writer",
    "capture",
    "compare",
    "list_images",
    "load",
    "render",
    "render_images",
    "required_role",
]
