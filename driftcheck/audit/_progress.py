"""What has been stopped by somebody, and what is under way."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from driftcheck.audit._found import Found, writers_of
from driftcheck.audit._inspection import Inspection, Seen, entry_of
from driftcheck.model import Field, FieldPath, Grade, owns

_ANNOTATIONS = ("metadata", "annotations")
_PAUSED = (
    ("spec", "paused"),
    (*_ANNOTATIONS, "autoscaling.keda.sh/paused"),
    (*_ANNOTATIONS, "autoscaling.keda.sh/paused-replicas"),
    (*_ANNOTATIONS, "cluster.x-k8s.io/paused"),
    (*_ANNOTATIONS, "crossplane.io/paused"),
)
"""A Deployment's own field, which Rollouts and Cluster API have too, and what controllers read."""
_OFF = (False, None, "false", "")


def paused(look: Inspection) -> Iterator[Found]:
    """What a controller has been told not to act on.

    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-rollout-of-a-deployment
    """
    for path in _PAUSED:
        for seen in look.objects:
            if entry_of(seen.body, *path) not in _OFF:
                found = Found(
                    seen.reference,
                    Grade.PROBABLE,
                    "it is paused, so that what is written to it does not take effect",
                    "resume it: `kubectl rollout resume`, or take the mark away",
                )
                yield _stopped(seen, path, look, found)


def suspended(look: Inspection) -> Iterator[Found]:
    """What is not run for the time being: CronJobs, Jobs, what Flux reconciles.

    https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-suspension
    """
    path = ("spec", "suspend")
    for seen in look.objects:
        if entry_of(seen.body, *path) is True:
            found = Found(
                seen.reference,
                Grade.POSSIBLE,
                "it is suspended, so that nothing runs of it",
                "set `suspend: false`, or say in what is declared that it rests",
            )
            yield _stopped(seen, path, look, found)


def in_rollout(look: Inspection) -> Iterator[Found]:
    """What its controller has not finished, or has not even seen.

    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
    """
    for seen in look.objects:
        generation = seen.document.metadata.get("generation")
        observed = entry_of(seen.body, "status", "observedGeneration")
        wanted = entry_of(seen.body, "spec", "replicas")
        updated = entry_of(seen.body, "status", "updatedReplicas")
        is_unseen = (
            isinstance(generation, int) and isinstance(observed, int) and observed < generation
        )
        is_under_way = (
            isinstance(wanted, int)
            and entry_of(seen.body, "status", "replicas") is not None
            and wanted != (updated or 0)
            and entry_of(seen.body, "spec", "template") is not None
            and seen.reference.kind in ("Deployment", "StatefulSet")
        )
        if is_unseen or is_under_way:
            yield Found(
                seen.reference,
                Grade.POSSIBLE,
                "its controller has not seen the last change"
                if is_unseen
                else f"{updated or 0} of {wanted} pods are of the last change",
                "wait: `kubectl rollout status`, or `--settle 120`",
                path="status",
            )


def _stopped(seen: Seen, path: tuple[str, ...], look: Inspection, found: Found) -> Found:
    """The finding, with its place, and who wrote there."""
    place: FieldPath = tuple(Field(name) for name in path)
    entries = [entry for entry in seen.managers if owns(entry, place)]
    return evolve(found, path=_written(path), writers=writers_of(entries, look.class_of))


def _written(path: tuple[str, ...]) -> str:
    *above, last = path
    return f'{".".join(above)}["{last}"]' if "." in last else ".".join(path)
