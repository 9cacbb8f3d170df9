"""Sources of environment variables, whose order means something only where they share a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driftcheck.comparison._sides import Place
from driftcheck.model import Change, Field, Node, ObjectReference, Reading, State

INDEPENDENT_SOURCES = "independent-sources"

_REFERENCES = {"configMapRef": "ConfigMap", "secretRef": "Secret"}


def is_order_of_independent_sources(place: Place, states: Iterable[State]) -> bool:
    """Whether a place is another order of `envFrom`, whose sources have no key in common.

    Of a key in several sources the last one counts.
    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#environment-variables
    """
    if place.change is not Change.REORDERED or place.sides.path[-1] != Field("envFrom"):
        return False
    return all(_are_independent(place.sides.nodes[state.environment], state) for state in states)


def _are_independent(sources: list[Node], state: State) -> bool:
    """Whether every source was seen, and no variable comes from two of them."""
    variables = [_variables(source, state) for source in sources]
    names = [name for of_source in variables if of_source is not None for name in of_source]
    return None not in variables and len(names) == len(set(names))


def _variables(source: dict[str, Node], state: State) -> list[str] | None:
    """The names of the variables that come from a source; None where it was not seen."""
    for reference in _references(source):
        found = state.source(reference)
        if found and not found.is_metadata_only:
            prefix = source.get("prefix", "")
            return [f"{prefix}{key}" for key in found.content.get("data") or ()]
    return None


def _references(source: dict[str, Node]) -> Iterator[ObjectReference]:
    for field, kind in _REFERENCES.items():
        if field in source:
            name = source[field].get("name")
            yield ObjectReference("", kind, name.meaning if isinstance(name, Reading) else name)
