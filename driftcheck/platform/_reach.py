"""Everything that reaches into a namespace, and everything that is still to be read to know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from driftcheck.model import Document, GroupKind, ReachedObject
from driftcheck.platform._admission import policies as admission_policies
from driftcheck.platform._admission import webhooks
from driftcheck.platform._classes import ingresses, scheduling, snapshots, storage
from driftcheck.platform._definitions import definitions
from driftcheck.platform._inside import Inside
from driftcheck.platform._network import policies as network_policies
from driftcheck.platform._nodes import nodes
from driftcheck.platform._outside import Ask, Outside, Reach, Said
from driftcheck.platform._rbac import permissions
from driftcheck.platform._references import parameters, references

_AREAS: tuple[Callable[[Inside, Outside], Said], ...] = (
    permissions,
    webhooks,
    admission_policies,
    storage,
    ingresses,
    scheduling,
    snapshots,
    definitions,
    network_policies,
    nodes,
    references,
    parameters,
)


def asks(here: Inside, outside: Outside) -> frozenset[Ask]:
    """What is to be read outside to know what reaches in, read already or not.

    Args:
        here: What stands in the namespace.
        outside: What was read outside so far; what was just learned may ask for more.
    """
    return frozenset(each for each in _said(here, outside) if isinstance(each, Ask))


def reached(here: Inside, outside: Outside) -> tuple[ReachedObject, ...]:
    """What reaches in, of all that was read.

    Args:
        here: What stands in the namespace.
        outside: Everything that `asks` asks for, as far as it could be read.

    Returns:
        Each object once, sorted, with everything that reaches it.
    """
    found: dict[tuple[GroupKind, str], list[Reach]] = defaultdict(list)
    for each in _said(here, outside):
        if isinstance(each, Reach):
            found[each.kind, each.name].append(each)
    return tuple(
        ReachedObject(
            document=Document(reaches[0].body),
            reached_by=tuple(sorted({each.by for each in reaches})),
            acts=reaches[0].acts,
        )
        for _, reaches in sorted(found.items())
    )


def _said(here: Inside, outside: Outside) -> Iterator[Ask | Reach]:
    for area in _AREAS:
        yield from area(here, outside)
