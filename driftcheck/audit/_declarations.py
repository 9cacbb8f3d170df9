"""What is not as a tool keeps a record of having declared it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from driftcheck.audit._deviations import Deviation
from driftcheck.audit._found import Found
from driftcheck.audit._inspection import Inspection
from driftcheck.model import Change, Grade, ManagerClass

_LONGEST = 60
"""Characters of a value that are shown in a sentence."""

_UPGRADE = (
    "helm upgrade with the values that it has restores it; what is to stay belongs into the chart"
    " or its values"
)
_APPLY = "kubectl apply of its manifest restores it; what is to stay belongs into the manifest"


def not_as_declared(look: Inspection) -> Iterator[Found]:
    """Objects that are not what a tool declared last, in what it declares alone."""
    deviations = look.declarations.deviations if look.declarations else ()
    for deviation in deviations:
        finding = deviation.finding
        writers = finding.written_by.get(deviation.look, ())
        yield Found(
            object=look.reference_of(finding.object),
            grade=_grade(writer.class_ for writer in writers),
            says=_said(deviation),
            advice=_UPGRADE if deviation.release else _APPLY,
            path=finding.path,
            writers=writers,
        )


def _grade(classes: Iterable[ManagerClass]) -> Grade:
    """A controller alone may have reason to write something else than was declared."""
    are_controllers = {found is ManagerClass.CONTROLLER for found in classes} == {True}
    return Grade.PROBABLE if are_controllers else Grade.CERTAIN


def _said(deviation: Deviation) -> str:
    finding, release = deviation.finding, deviation.release
    declarer = f"the release {release} declares" if release else "kubectl last applied"
    if deviation.look not in finding.values:
        return f"{declarer} it, and it is not there"
    if finding.change is Change.REORDERED or deviation.declaration not in finding.values:
        return f"it is not as {declarer} it"
    declared, seen = (finding.values[name] for name in (deviation.declaration, deviation.look))
    return f"{declarer} {_shown(declared)}, and it is {_shown(seen)}"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
