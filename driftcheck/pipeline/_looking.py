"""Environments, as people name them, become snapshots."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import evolve

from driftcheck.capture import (
    Patience,
    capture_manifests,
    is_of_other_versions,
    versions_of,
    without_collection,
)
from driftcheck.errors import UsageError
from driftcheck.model import GroupKind, Snapshot
from driftcheck.pipeline._options import Look
from driftcheck.sources import (
    ClusterAddress,
    FileAddress,
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


def look_at(environment: EnvironmentLike, look: Look) -> Snapshot:
    """Look at one environment alone."""
    return _look_at(environment, look, Patience(look.settle))


def look_at_all(environments: Iterable[EnvironmentLike], look: Look) -> list[Snapshot]:
    """Look at each, and at kinds in versions that all of them serve.

    Files come first: they can't be read in another version. A cluster is read in the
    versions of those before it; one that does not serve them has the others read again.
    They settle at the same time.
    """
    patience = Patience(look.settle)
    snapshots: dict[int, Snapshot] = {}
    order = sorted(enumerate(environments), key=lambda numbered: _is_live(numbered[1]))
    for number, environment in order:
        known = versions_of(snapshots.values())
        snapshots[number] = _look_at(environment, look, patience, known)
    versions = versions_of(reversed(snapshots.values()))
    for number, environment in order:
        if _is_live(environment) and is_of_other_versions(snapshots[number], versions):
            snapshots[number] = _look_at(environment, look, patience, versions)
    return [snapshots[number] for number in sorted(snapshots)]


def logins_of(environments: Iterable[EnvironmentLike], look: Look) -> Iterator[FindLogins]:
    """The logins that the pods of live environments pull their images with."""
    from driftcheck.pipeline._clusters import logins_of_pods

    for environment in environments:
        address = _address(environment) if isinstance(environment, str) else None
        if isinstance(address, ClusterAddress):
            yield from logins_of_pods(address, look)


def _look_at(
    environment: EnvironmentLike,
    look: Look,
    patience: Patience,
    versions: Mapping[GroupKind, str] = MappingProxyType({}),
) -> Snapshot:
    """Look at one environment, in these versions where its server serves them."""
    if isinstance(environment, Snapshot):
        return environment
    address = _address(environment)
    if isinstance(address, ClusterAddress):
        from driftcheck.pipeline._clusters import look_at_cluster

        return look_at_cluster(address, look, patience, versions)
    if isinstance(address, Manifests):
        return capture_manifests(address, name="objects", secret_key=look.secret_key)
    with without_collection():
        found = read_address(address, stdin=sys.stdin.buffer)
    if isinstance(found, Manifests):
        found = capture_manifests(found, name=address.name, secret_key=look.secret_key)
    return evolve(found, place=address.place)


def _is_live(environment: EnvironmentLike) -> bool:
    return isinstance(environment, str) and isinstance(_address(environment), ClusterAddress)


def _address(
    environment: str | Path | Iterable[Mapping[str, Any]],
) -> ClusterAddress | FileAddress | Manifests:
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
