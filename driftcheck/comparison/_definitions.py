"""Fields of custom resources that only the definition on one side knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve

from driftcheck.model import (
    Change,
    Difference,
    Field,
    FieldPath,
    Node,
    ObjectReference,
    State,
    Writer,
    counted,
    format_path,
)
from driftcheck.platform import DEFINITION

Schema = Mapping[str, Any]
_SCHEMA = Field("schema")
_OF_SCHEMAS = (Field("openAPIV3Schema"), Field("properties"))
_KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields"


def noted_if_undefined(
    difference: Difference, reference: ObjectReference, states: Iterable[State]
) -> Difference:
    """The difference, and where it follows from another CustomResourceDefinition.

    An API server drops what a definition does not know, and fills in what it has a default for:
    nobody need have written either.
    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
    """
    path, values = difference.path, difference.values
    schemas = {state.environment: _schema_of(reference, state) for state in states}
    lacking = schemas.keys() - values.keys()
    if not lacking or not all(_is_unknown(schemas[side], path) for side in lacking):
        return difference
    said = f"the CustomResourceDefinition in {_names(lacking)} does not know this field"
    given = {side for side, value in values.items() if _is_default(value, schemas[side], path)}
    if given:
        said += f"; it is the default in {_names(given)}"
    return evolve(difference, note=f"{difference.note}; {said}" if difference.note else said)


def folded(differences: Iterable[Difference]) -> Iterator[Difference]:
    """The differences, those in one schema of a definition as one: another version of its maker.

    Its values have the places that differ, `spec.rollout.default`, and what stands there.
    """
    schemas: dict[tuple[ObjectReference, FieldPath], list[Difference]] = defaultdict(list)
    for difference in differences:
        path = difference.path
        if difference.reference.group_kind == DEFINITION and _SCHEMA in path[:-1]:
            schemas[difference.reference, path[: path.index(_SCHEMA) + 1]].append(difference)
        else:
            yield difference
    for (reference, path), inside in schemas.items():
        yield _together(reference, path, inside)


def _together(
    reference: ObjectReference, path: FieldPath, inside: Sequence[Difference]
) -> Difference:
    values: dict[str, dict[str, Any]] = defaultdict(dict)
    writers: dict[str, tuple[Writer, ...]] = {}
    for difference in inside:
        steps = difference.path[len(path) :]
        place = format_path(tuple(step for step in steps if step not in _OF_SCHEMAS))
        writers |= difference.written_by
        for side, value in difference.values.items():
            values[side][place] = value
    note = f"{counted(len(inside), 'difference')} in its schema"
    return Difference(reference, Change.CHANGED, path, values, note, written_by=writers)


def _names(sides: Iterable[str]) -> str:
    return ", ".join(sorted(sides))


def _schema_of(reference: ObjectReference, state: State) -> Schema:
    """The schema of an object's kind, as its environment has it; an empty one where it has none."""
    found = state.objects.get(reference)
    version = found.version if found else ""
    return state.schemas.get(f"{reference.group}/{version}/{reference.kind}", {})


def _is_unknown(schema: Schema, path: FieldPath) -> bool:
    """Whether a field on the way is none that the schema knows, so that a server drops it."""
    for step in path:
        fields = _fields(schema)
        if not isinstance(step, Field) or not fields or schema.get(_KEEPS_UNKNOWN):
            return False
        if step.name not in fields:
            return True
        schema = fields[step.name]
    return False


def _is_default(value: Node, schema: Schema, path: FieldPath) -> bool:
    """Whether a value is what a server fills in at a place."""
    for step in path:
        fields = _fields(schema)
        if not isinstance(step, Field) or step.name not in fields:
            return False
        schema = fields[step.name]
    return bool(_default(schema) == value)


def _default(schema: Any) -> Any:
    """A schema's default, completed with those of its fields; None where there is none."""
    given = schema.get("default") if isinstance(schema, Mapping) else None
    if not isinstance(given, Mapping):
        return given
    filled = {name: _default(inner) for name, inner in _fields(schema).items()}
    return {**{name: value for name, value in filled.items() if value is not None}, **given}


def _fields(schema: Any) -> Mapping[str, Any]:
    """The fields of a schema; none of what is no schema."""
    fields = schema.get("properties") if isinstance(schema, Mapping) else None
    return fields if isinstance(fields, Mapping) else {}
