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
    states = list(states)
    schemas = {state.environment: _schema_of(reference, state) for state in states}
    given = {side for side, value in values.items() if _is_default(value, schemas[side], path)}
    lacking = schemas.keys() - values.keys()
    called = _called(reference, states)
    if lacking and all(_is_unknown(schemas[side], path) for side in lacking):
        said = f"{called} in {_names(lacking)} does not know this field"
        if given:
            said += f"; it is the default in {_names(given)}"
    elif given and _defaults_differ(schemas.values(), path):
        said = f"it is the default that {called} has in {_names(given)}"
    else:
        return difference
    return evolve(difference, note=f"{difference.note}; {said}" if difference.note else said)


def _called(reference: ObjectReference, states: Iterable[State]) -> str:
    """What defines an object's kind, by its name where that was seen."""
    names = (state.definitions.get(reference.group_kind) for state in states)
    name = next(filter(None, names), None)
    return f"the {DEFINITION.kind} {name}" if name else f"the {DEFINITION.kind}"


def _defaults_differ(schemas: Iterable[Schema], path: FieldPath) -> bool:
    """Whether definitions that all know a place fill in other values there."""
    known = [_schema_at(schema, path) for schema in schemas]
    defaults = map(_default, known)
    first = next(defaults)
    return None not in known and any(default != first for default in defaults)


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
    default = _default(_schema_at(schema, path))
    return default is not None and bool(default == value)


def _schema_at(schema: Any, path: FieldPath) -> Any:
    """The schema of a place; None where none is known of it."""
    for step in path:
        fields = _fields(schema)
        if not isinstance(step, Field) or step.name not in fields:
            return None
        schema = fields[step.name]
    return schema


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
