"""One object as its environments have it, with what is not compared left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from driftcheck.comparison._picks import facing_choices
from driftcheck.comparison._sides import Sides
from driftcheck.model import GroupKind, ObjectReference, State

JOB = GroupKind("batch", "Job")


def contents_of(reference: ObjectReference, states: Iterable[State]) -> Sides:
    """One object's content, by environment."""
    there = [state for state in states if reference in state.objects]
    nodes = {state.environment: dict(state.objects[reference].content) for state in there}
    nodes = facing_choices(reference, there, nodes)
    if reference.group_kind == JOB and all(map(_has_copied_labels, nodes.values())):
        nodes = {name: _without_labels(content) for name, content in nodes.items()}
    if any(state.objects[reference].is_metadata_only for state in there):
        nodes = {name: _without_values(content) for name, content in nodes.items()}
    return Sides(
        reference=shown(reference, there[0]),
        path=(),
        nodes=nodes,
        seen={state.environment: state.seen for state in there},
    )


def _has_copied_labels(job: Mapping[str, Any]) -> bool:
    """Whether a Job's labels are its template's, so that they say nothing of their own."""
    template: Any = job
    for field in ("spec", "template", "metadata"):
        template = template.get(field) if isinstance(template, dict) else None
    labels = template.get("labels", {}) if isinstance(template, dict) else {}
    return bool(job["metadata"].get("labels", {}) == labels)


def _without_labels(content: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in content["metadata"].items() if key != "labels"}
    return {**content, "metadata": metadata}


def _without_values(content: Mapping[str, Any]) -> dict[str, Any]:
    """What can be compared where a side knows nothing but a Secret's labels and the like."""
    metadata = {key: value for key, value in content["metadata"].items() if key != "annotations"}
    return {"metadata": metadata}


def shown(reference: ObjectReference, state: State) -> ObjectReference:
    """The reference as a report shows it: by the name that was seen."""
    return reference._replace(name=state.objects[reference].name)
