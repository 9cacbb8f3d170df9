"""Virtual machines of KubeVirt that run something else than their template gives.

https://kubevirt.io/user-guide/compute/live_update/ and
https://kubevirt.io/user-guide/user_workloads/lifecycle/: a change of a machine's template arrives
with its next start, unless it can be made while it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.audit._found import Found, named, writers_of
from driftcheck.audit._inspection import Inspection, entry_of
from driftcheck.model import (
    Field,
    FieldPath,
    Grade,
    GroupKind,
    Index,
    Item,
    Member,
    ObjectReference,
    Step,
    counted,
    format_path,
    owns,
)

MACHINE = GroupKind("kubevirt.io", "VirtualMachine")
_TEMPLATE = ("spec", "template", "spec")
_MOST_SHOWN = 3


def other_machines(look: Inspection) -> Iterator[Found]:
    """Instances that are not what their machine's template gives."""
    for seen in look.objects:
        if seen.reference.group_kind == MACHINE:
            name = seen.document.reference.name
            instance = look.document(ObjectReference("kubevirt.io", "VirtualMachineInstance", name))
            wanted = entry_of(seen.body, *_TEMPLATE)
            places = list(_unlike(wanted, entry_of(instance.body, "spec"))) if instance else []
            if places:
                shown = named(
                    f"{format_path(path)} {is_} for {should}"
                    for path, should, is_ in places[:_MOST_SHOWN]
                )
                more = len(places) - _MOST_SHOWN
                rest = f" and {counted(more, 'place')} more" if more > 0 else ""
                place = tuple(Field(step) for step in _TEMPLATE)
                first, *others = (format_path((*place, *path)) for path, *_ in places)
                yield Found(
                    seen.reference,
                    Grade.CERTAIN,
                    f"the instance runs on with {shown}{rest}",
                    "restart the machine: `virtctl restart`, or take the change back",
                    path=first,
                    also=tuple(others),
                    writers=writers_of(
                        (entry for entry in seen.managers if owns(entry, place)), look.class_of
                    ),
                )


def _unlike(wanted: Any, seen: Any, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Any, Any]]:
    """The leaves of a template that an instance has otherwise.

    What the template leaves open is filled in; items of lists go by their names.
    """
    if isinstance(wanted, Mapping):
        for key, value in wanted.items():
            inner = seen.get(key) if isinstance(seen, Mapping) else None
            yield from _unlike(value, inner, (*path, Field(str(key))))
    elif isinstance(wanted, list):
        theirs = enumerate(seen if isinstance(seen, list) else ())
        items = [(_step(index, item), item) for index, item in theirs]
        for index, item in enumerate(wanted):
            step = _step(index, item)
            found = next((other for known, other in items if known == step), None)
            yield from _unlike(item, found, (*path, step))
    elif wanted != seen and not (seen is None and wanted in ("", False, 0)):
        yield path, wanted, seen


def _step(index: int, item: Any) -> Step:
    """An item by its name, one without a name by its place, and a text by itself."""
    if isinstance(item, Mapping):
        return Item((("name", str(item["name"])),)) if "name" in item else Index(index)
    return Member(str(item))
