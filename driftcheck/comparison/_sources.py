"""Sources of variables and files, whose order means something only where they share a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from posixpath import normpath

from driftcheck.comparison._sides import Place
from driftcheck.model import (
    Change,
    Field,
    FieldPath,
    Item,
    Node,
    Object,
    ObjectReference,
    Reading,
    State,
    name_in,
)

INDEPENDENT_SOURCES = "independent-sources"

Names = Callable[[dict[str, Node], State], set[str] | None]
"""What a source gives names to; None where that can't be known."""


def is_order_of_independent_sources(place: Place, states: Iterable[State]) -> bool:
    """Whether a place is another order of sources that have no name in common.

    Of a variable in several sources of `envFrom`, and of a path in several of a projected
    volume, the last one counts: `makeEnvironmentVariables` in pkg/kubelet/kubelet_pods.go,
    `collectData` in pkg/volume/projected/projected.go.
    """
    names = _names_at(place.sides.path) if place.change is Change.REORDERED else None
    return names is not None and all(
        _are_independent(place.sides.nodes[state.environment], state, names) for state in states
    )


def _names_at(path: FieldPath) -> Names | None:
    """What the sources at a place in a pod's spec give names to."""
    match path:
        case (*_, Item(), Field("envFrom")):
            return _variables
        case (*_, Field("volumes"), Item(), Field("projected"), Field("sources")):
            return _files
    return None


def _are_independent(sources: list[Node], state: State, names: Names) -> bool:
    """Whether it is known of every source what it names, and nothing is named by two."""
    named: set[str] = set()
    for source in sources:
        found = _named(source, state, names)
        if found is None or found & named:
            return False
        named |= found
    return True


def _named(source: Node, state: State, names: Names) -> set[str] | None:
    """What a source gives names to; None also where it is no source that a server would take."""
    try:
        return names(source, state)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _variables(source: dict[str, Node], state: State) -> set[str] | None:
    """The environment variables that come from a source."""
    for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
        if field in source:
            keys = _keys(kind, source[field], state)
            return None if keys is None else {f"{source.get('prefix', '')}{key}" for key in keys}
    return None


_DATA = ("binaryData", "data", "stringData")
"""Where the keys stand, those included of which the values are not compared."""
_HOLDERS = {"configMap": "ConfigMap", "secret": "Secret"}
_PATHS = {
    "clusterTrustBundle": ("path",),
    "podCertificate": ("certificateChainPath", "credentialBundlePath", "keyPath"),
    "serviceAccountToken": ("path",),
}
"""By the kind of source, the fields that hold the path of a file."""


def _files(source: dict[str, Node], state: State) -> set[str] | None:
    """The files that come from a source of a projected volume."""
    ((kind, given),) = source.items()
    if kind in _PATHS:
        return {_file(given[field]) for field in _PATHS[kind] if field in given}
    if kind == "downwardAPI" or (kind in _HOLDERS and given.get("items")):
        return {_file(item["path"]) for item in given.get("items", [])}
    return _keys(_HOLDERS[kind], given, state) if kind in _HOLDERS else None


def _file(path: Node) -> str:
    return normpath(_text(path))


def _text(node: Node) -> str:
    return name_in(str(node.meaning if isinstance(node, Reading) else node))


def _keys(kind: str, reference: dict[str, Node], state: State) -> set[str] | None:
    """The keys of the ConfigMap or Secret that is referred to; None where none was seen."""
    found = state.source(ObjectReference("", kind, _text(reference.get("name"))))
    if found is None or found.is_metadata_only:
        return None
    body = found.document.body if found.document else {}
    written = {key for field in _DATA for key in body.get(field) or ()}
    return written | {*_written_by_clusters(found)} or None


def _written_by_clusters(found: Object) -> tuple[str, ...]:
    """The keys that a cluster writes, and a manifest lacks."""
    if found.content.get("type") == "kubernetes.io/service-account-token":
        return "ca.crt", "namespace", "token"
    return ("ca.crt",) if found.reference.name == "kube-root-ca.crt" else ()
