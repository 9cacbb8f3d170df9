"""Environments, as people name them, become snapshots."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from driftcheck.capture import (
    capture_manifests,
    versions_of,
    without_collection,
)
from driftcheck.codec import KnownTexts
from driftcheck.errors import UsageError
from driftcheck.model import Snapshot
from driftcheck.pipeline._options import Look
from driftcheck.pipeline._shortcuts import takes_shortcuts
from driftcheck.sources import (
    STANDARD_INPUT,
    Address,
    ClusterAddress,
    DeclaredAddress,
    FileAddress,
    HistoryAddress,
    Manifests,
    file_address,
    parse_address,
    read_address,
    read_objects,
)

if TYPE_CHECKING:
    from driftcheck.sources import FindLogins

EnvironmentLike = str | Path | Snapshot | Iterable[Mapping[str, Any]]
"""What names or is an environment: what people type, a path, a snapshot, or plain objects."""


def check_standard_input(environments: tuple[EnvironmentLike, ...]) -> None:
    """Raise an error where several environments are read from standard input."""
    if list(environments).count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read once only", hint="name one - and a file")


def look_at(environment: EnvironmentLike, look: Look) -> Snapshot:
    """Look at one environment alone."""
    (snapshot,) = look_at_all([environment], look)
    return snapshot


def is_live(environment: EnvironmentLike) -> bool:
    """Whether this names a namespace of a cluster."""
    return isinstance(environment, str) and isinstance(parse_address(environment), ClusterAddress)


def look_at_all(environments: Iterable[EnvironmentLike], look: Look) -> list[Snapshot]:
    """Look at each, and at kinds in versions that all of them serve.

    Files come first, and what is declared in clusters: they can't be read in another version.
    Clusters are looked at, and settle, at the same time. A key that was named is tried before
    anything, needed or not.
    """
    if look.secret_key_file:
        look.secret_key()
    in_clusters: dict[int, ClusterAddress | DeclaredAddress] = {}
    kept: dict[int, HistoryAddress] = {}
    snapshots: dict[int, Snapshot] = {}
    texts: KnownTexts | None = {} if takes_shortcuts() else None
    for number, environment in enumerate(environments):
        source = environment if isinstance(environment, Snapshot) else _address(environment)
        if isinstance(source, ClusterAddress | DeclaredAddress):
            in_clusters[number] = source
        elif isinstance(source, HistoryAddress):
            kept[number] = source
        else:
            snapshots[number] = _read(source, look, texts)
    if kept:
        from driftcheck.pipeline._stores import kept_snapshots

        snapshots |= zip(kept, kept_snapshots(kept.values(), look.store), strict=True)
    if in_clusters:
        from driftcheck.pipeline._clusters import look_at_clusters

        known = versions_of(snapshots.values())
        seen = look_at_clusters(list(in_clusters.values()), look, known)
        snapshots |= zip(in_clusters, seen, strict=True)
    return [snapshots[number] for number in sorted(snapshots)]


def logins_of(environments: Iterable[EnvironmentLike], look: Look) -> Iterator[FindLogins]:
    """The logins that the pods of live environments pull their images with."""
    from driftcheck.pipeline._clusters import logins_of_pods

    for environment in environments:
        address = _address(environment) if isinstance(environment, str) else None
        if isinstance(address, ClusterAddress):
            yield from logins_of_pods(address, look)


def _read(
    source: Snapshot | Manifests | FileAddress, look: Look, known: KnownTexts | None
) -> Snapshot:
    """What is no cluster's, as a snapshot."""
    if isinstance(source, Snapshot):
        return source
    if isinstance(source, Manifests):
        return capture_manifests(source, name="objects", secret_key=look.secret_key)
    with without_collection():
        found = read_address(source, stdin=sys.stdin.buffer, known=known)
    if isinstance(found, Manifests):
        found = capture_manifests(found, name=source.name, secret_key=look.secret_key)
    return evolve(found, place=source.place)


def _address(
    environment: str | Path | Iterable[Mapping[str, Any]],
) -> Address | Manifests:
    if isinstance(environment, str):
        return parse_address(environment)
    if isinstance(environment, Path):
        return file_address(environment)
    if isinstance(environment, Mapping) or not isinstance(environment, Iterable):
        raise UsageError(
            f"{type(environment).__name__} is no environment",
            hint="give a name, a path, a Snapshot, or a list of objects as dicts",
        )
    return read_objects(environment)
