"""Environments, as people name them, become snapshots."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import Attribute, evolve, field, frozen

from driftcheck.capture import (
    Patience,
    Progress,
    SecretKey,
    capture_cluster,
    capture_manifests,
    find_secret_key,
    is_of_other_versions,
    pull_logins,
    versions_of,
    without_collection,
)
from driftcheck.errors import StartError, UsageError
from driftcheck.model import GroupKind, Snapshot
from driftcheck.sources import (
    ClusterAddress,
    FileAddress,
    FindLogins,
    Manifests,
    connect,
    file_address,
    parse_address,
    read_address,
    read_objects,
)

EnvironmentLike = str | Path | Snapshot | Iterable[Mapping[str, Any]]
"""What names or is an environment: what people type, a path, a snapshot, or plain objects."""

OnProgress = Callable[[str, Progress], None]
"""Told the environment's name, and how far the look at it has come."""


def _seconds(
    is_allowed: Callable[[float], bool], wanted: str
) -> Callable[[Any, Attribute[float], float], None]:
    def check(_: Any, attribute: Attribute[float], value: float) -> None:
        if not (isinstance(value, int | float) and isfinite(value) and is_allowed(value)):
            raise UsageError(f"{attribute.name}: {value!r} is not {wanted} of seconds")

    return check


@frozen
class Looker:
    """How environments are looked at; see `capture`."""

    context: str | None
    kubeconfig: str | None
    secret_key_file: str | Path | None
    secret_values: bool
    timeout: float = field(validator=_seconds(lambda value: value > 0, "a positive number"))
    settle: float = field(validator=_seconds(lambda value: value >= 0, "a number"))
    on_progress: OnProgress | None

    def look_at_all(self, environments: Iterable[EnvironmentLike]) -> list[Snapshot]:
        """Look at each, and at kinds in versions that all of them serve.

        Files come first: they can't be read in another version. A cluster is read in the
        versions of those before it; one that does not serve them has the others read again.
        They settle at the same time.
        """
        patience = Patience(self.settle)
        snapshots: dict[int, Snapshot] = {}
        order = sorted(enumerate(environments), key=lambda numbered: _is_live(numbered[1]))
        for number, environment in order:
            snapshots[number] = self._look(environment, patience, versions_of(snapshots.values()))
        versions = versions_of(reversed(snapshots.values()))
        for number, environment in order:
            if _is_live(environment) and is_of_other_versions(snapshots[number], versions):
                snapshots[number] = self._look(environment, patience, versions)
        return [snapshots[number] for number in sorted(snapshots)]

    def pull_logins(self, environments: Iterable[EnvironmentLike]) -> Iterator[FindLogins]:
        """The logins that the pods of live environments pull their images with."""
        for environment in environments:
            address = _address(environment) if isinstance(environment, str) else None
            if isinstance(address, ClusterAddress):
                with connect(
                    context=address.context or self.context,
                    kubeconfig=self.kubeconfig,
                    timeout=self.timeout,
                ) as connection:
                    yield from pull_logins(connection, address.namespace)

    def look(self, environment: EnvironmentLike) -> Snapshot:
        """Look at one environment alone."""
        return self._look(environment, Patience(self.settle))

    def _look(
        self,
        environment: EnvironmentLike,
        patience: Patience,
        versions: Mapping[GroupKind, str] = MappingProxyType({}),
    ) -> Snapshot:
        """Look at one environment, in these versions where its server serves them."""
        if isinstance(environment, Snapshot):
            return environment
        address = _address(environment)
        if isinstance(address, ClusterAddress):
            return self._look_at_cluster(address, patience, versions)
        if isinstance(address, Manifests):
            return capture_manifests(address, name="objects", secret_key=self._secret_key)
        with without_collection():
            found = read_address(address, stdin=sys.stdin.buffer)
        if isinstance(found, Manifests):
            found = capture_manifests(found, name=address.name, secret_key=self._secret_key)
        return evolve(found, place=address.place)

    def _look_at_cluster(
        self, address: ClusterAddress, patience: Patience, versions: Mapping[GroupKind, str]
    ) -> Snapshot:
        with (
            _hint_at_folder(address),
            connect(
                context=address.context or self.context,
                kubeconfig=self.kubeconfig,
                timeout=self.timeout,
            ) as connection,
        ):
            return capture_cluster(
                connection,
                address.namespace,
                name=address.name,
                secret_key=self._secret_key,
                now=lambda: datetime.now(UTC),
                versions=versions,
                secret_values=self.secret_values,
                settle=patience,
                on_progress=_for(address.name, self.on_progress),
            )

    def _secret_key(self) -> SecretKey:
        file = Path(self.secret_key_file) if self.secret_key_file else None
        return find_secret_key(os.environ, file)


@contextmanager
def _hint_at_folder(address: ClusterAddress) -> Iterator[None]:
    """Where no such Namespace can be looked at, say that a file of that name is here."""
    try:
        yield
    except StartError as error:
        if address.context is None and Path(address.namespace).exists():
            error.hint = f"to compare what is here, write ./{address.namespace}; {error.hint}"
        raise


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


def _for(name: str, on_progress: OnProgress | None) -> Callable[[Progress], None] | None:
    return (lambda progress: on_progress(name, progress)) if on_progress else None
