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
    PolicyError,
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
from driftcheck.pipeline import capture, compare, list_images, load, load_policy, required_role
from driftcheck.policy import Policy, Rule
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
    "Policy",
    "PolicyError",
    "ReadStatus",
    "Result",
    "Rule",
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
    "load_policy",
    "render",
    "render_images",
    "required_role",
]
