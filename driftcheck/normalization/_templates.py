"""What workloads declare that their pods run, and since when a pod itself declares it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.model import Document, managers_of
from driftcheck.normalization._inside import inside, maps_in

VOLUMES = "volumes"
Slot = tuple[str, str]
"""A container's role and name."""


def declared_images(workload: Document) -> dict[Slot, str]:
    """The images in a workload's pod template, or in a pod itself, by container."""
    return dict(_declared(_pod_spec(workload.body)))


def _declared(spec: Mapping[str, Any]) -> Iterator[tuple[Slot, str]]:
    for role in ("initContainers", "containers", VOLUMES):
        for item in maps_in(spec, role):
            image = inside(item, "image").get("reference") if role == VOLUMES else item.get("image")
            if image:
                yield (role, str(item.get("name"))), str(image)


def _pod_spec(body: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = inside(body, "spec")
    spec = inside(spec, "jobTemplate", "spec") or spec
    return inside(spec, "template", "spec") or spec


def has_finished(pod: Document) -> bool:
    """https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase."""
    return inside(pod.body, "status").get("phase") in ("Succeeded", "Failed")


def has_started_so(pod: Mapping[str, Any], slot: Slot, status: Mapping[str, Any]) -> bool:
    """Whether a container has started since its pod's image was last written.

    The image of a running pod can be changed, and for a while the old one still runs.
    https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
    """
    written = [str(entry.get("time") or "") for entry in _writers(pod, slot)]
    started = _started(status)
    return bool(written and started) and max(written) <= started


def _writers(pod: Mapping[str, Any], slot: Slot) -> Iterator[Mapping[str, Any]]:
    role, name = slot
    key = json.dumps({"name": name}, separators=(",", ":"))
    for entry in managers_of(inside(pod, "metadata")):
        if "f:image" in inside(entry, "fieldsV1", "f:spec", f"f:{role}", f"k:{key}"):
            yield entry


def _started(status: Mapping[str, Any]) -> str:
    """When a container last started, in UTC to the second, as the API server writes every time."""
    for state in ("state", "lastState"):
        for how in ("running", "terminated"):
            started = inside(status, state, how).get("startedAt")
            if started:
                return str(started)
    return ""
