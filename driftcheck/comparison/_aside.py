"""Objects that stand everywhere, and that are compared on some sides only.

A rule leaves an object out where it has proof, so that what a rule leaves out here may be
compared there: a machine's instance that no longer is what its machine gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from driftcheck.comparison._contents import shown
from driftcheck.comparison._sides import ABSENT
from driftcheck.model import Node, ObjectReference, State


def identity(reference: ObjectReference, state: State) -> Node:
    """Which object an environment has, with the rule that leaves it out; `ABSENT` for none."""
    if reference in state.objects:
        return shown(reference, state)._asdict()
    aside = state.left_out.get(reference)
    return {**aside.document.reference._asdict(), "left_out": aside.rule} if aside else ABSENT


def set_aside(reference: ObjectReference, states: Sequence[State]) -> str | None:
    """Why an object is left out where it stands and is not compared; None where it does not."""
    compared = [state.environment for state in states if reference in state.objects]
    aside = {
        state.environment: state.left_out[reference]
        for state in states
        if reference in state.left_out and reference not in state.objects
    }
    if not aside:
        return None
    if all(found.is_owned for found in aside.values()):
        return f"as its owner gives it in {_listed(aside)}, and otherwise in {_listed(compared)}"
    return f"left out in {_listed(f'{name} ({found.rule})' for name, found in aside.items())}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
