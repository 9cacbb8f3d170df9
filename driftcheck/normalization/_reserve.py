"""Knative's Revisions in reserve, and what is below them: what is kept to go back to.

A Configuration keeps as many as it is told, each with all that would run of it. Nothing does
until a Route leads there again, which is compared.
https://github.com/knative/serving/blob/main/docs/spec/overview.md
"""

from __future__ import annotations

from driftcheck.model import Document, GroupKind, managers_of
from driftcheck.normalization._inside import inside
from driftcheck.normalization._surroundings import Surroundings

POD_AUTOSCALER = GroupKind("autoscaling.internal.knative.dev", "PodAutoscaler")
METRIC = GroupKind("autoscaling.internal.knative.dev", "Metric")
IMAGE = GroupKind("caching.internal.knative.dev", "Image")
SERVERLESS_SERVICE = GroupKind("networking.internal.knative.dev", "ServerlessService")

_STATE = "serving.knative.dev/routingState"
_UID = "serving.knative.dev/revisionUID"
_MANAGER = "controller"


def is_in_reserve(revision: Document, configuration: Document, around: Surroundings) -> bool:
    """Whether neither a Route leads to a Revision, nor its Configuration runs it.

    `makeMetadataPatch` in pkg/reconciler/labeler/accessors.go of Knative, at 98e5ef9
    """
    status, name = inside(configuration.body, "status"), revision.reference.name
    newest = [status.get(f"latest{what}RevisionName") for what in ("Created", "Ready")]
    return (
        inside(revision.metadata, "labels").get(_STATE) == "reserve"
        and None not in newest
        and name not in newest
        and name not in around.routed_revisions
    )


def is_asleep(deployment: Document, _revision: Document, _around: Surroundings) -> bool:
    """Whether a Deployment runs nothing."""
    return inside(deployment.body, "spec").get("replicas") == 0


def leads_to_it_alone(service: Document, _maker: Document, _around: Surroundings) -> bool:
    """Whether a Service picks the pods of its Revision, or none, and is not seen from outside.

    pkg/reconciler/serverlessservice/resources/services.go of Knative, at 98e5ef9
    """
    spec = inside(service.body, "spec")
    own = inside(service.metadata, "labels").get(_UID)
    return (
        spec.get("type", "ClusterIP") == "ClusterIP"
        and not spec.get("externalIPs")
        and inside(spec, "selector") in ({}, {_UID: own})
    )


def is_by_controller(endpoints: Document, _maker: Document, _around: Surroundings) -> bool:
    """Whether Knative alone wrote where a Service leads."""
    managers = {str(entry.get("manager")) for entry in managers_of(endpoints.metadata)}
    return managers == {_MANAGER}
