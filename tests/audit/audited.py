"""Audits of what a test has written down."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from attrs import evolve

from driftcheck.model import Audit, AuditFinding, Check, Origin, Snapshot
from driftcheck.pipeline import audit_snapshots, capture
from driftcheck.policy import policy_from
from driftcheck.testing import PlaybackServer
from tests.builders import Body, edited, snapshot
from tests.conftest import EXAMPLES

STAGED, QUIET, HANDS = "1-staged", "2-quiet", "3-hands"
STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"
EARLIER, LATER = "2026-11-23T22:00:00Z", "2026-11-23T22:10:00Z"


@cache
def look(moment: str, namespace: str) -> Snapshot:
    """What is captured of a namespace at a recorded moment, over HTTP."""
    with PlaybackServer(EXAMPLES / "recordings" / "moments" / f"{moment}.jsonl.gz") as server:
        return capture(namespace, kubeconfig=str(server.kubeconfig))


def live(*bodies: Mapping[str, Any]) -> Snapshot:
    """A namespace that holds these objects, as a server shows them."""
    return evolve(snapshot(*bodies, namespace="shop"), origin=Origin.CLUSTER)


def audited(*bodies: Mapping[str, Any], policy: Any = None, **asked: Any) -> Audit:
    expectations = policy_from({"version": 1, **(policy or {})})
    return audit_snapshots([live(*bodies)], policy=expectations, **asked)


def of(check: Check, audit: Audit) -> list[AuditFinding]:
    """The findings of one check."""
    return [finding for finding in audit.findings if finding.check is check]


def entry(manager: str, *paths: str, operation: str = "Update", **more: Any) -> dict[str, Any]:
    """An entry of managedFields that owns some places, each written `f:spec/f:replicas`."""
    fields: dict[str, Any] = {}
    for path in paths:
        inner = fields
        for step in path.split("/"):
            inner = inner.setdefault(step, {})
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "time": EARLIER,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **more,
    }


def owned(body: Body, *entries: dict[str, Any]) -> Body:
    """An object whose fields are owned so."""
    with_uid = edited(body, "metadata", "uid", value=f"uid-of-{body['metadata']['name']}")
    return edited(with_uid, "metadata", "managedFields", value=list(entries))
