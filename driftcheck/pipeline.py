"""The order of the stages, which nobody else knows: look, normalize, compare, decide."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import Attribute, evolve, field, frozen

from driftcheck.capture import (
    Progress,
    RequiredRole,
    SecretKey,
    capture_cluster,
    capture_manifests,
    find_secret_key,
    is_of_other_versions,
    role_in,
    versions_of,
    with_unserved,
    without_collection,
)
from driftcheck.codec import snapshot_bytes
from driftcheck.comparison import Comparison, compare_states
from driftcheck.errors import SnapshotError, StartError, UsageError
from driftcheck.model import (
    Coverage,
    Environment,
    FilePath,
    GroupKind,
    KindCoverage,
    Result,
    RuleHits,
    Scope,
    Snapshot,
    State,
    parse_selector,
)
from driftcheck.normalization import autoscaled_everywhere, normalize
from driftcheck.sources import (
    STANDARD_INPUT,
    ClusterAddress,
    FileAddress,
    Manifests,
    connect,
    file_address,
    parse_address,
    read_address,
    read_objects,
    write_atomically,
)
from driftcheck.verdict import decide

EnvironmentLike = str | Path | Snapshot | Iterable[Mapping[str, Any]]
"""What names or is an environment: what people type, a path, a snapshot, or plain objects."""

OnProgress = Callable[[str, Progress], None]
"""Told the environment's name, and how far the look at it has come."""

EVERYTHING = Scope()


def capture(
    environment: EnvironmentLike,
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    secret_key_file: str | Path | None = None,
    secret_values: bool = True,
    timeout: float = 300.0,
    settle: float = 0.0,
    on_progress: OnProgress | None = None,
) -> Snapshot:
    """Look at an environment once.

    Args:
        environment: What names it (`shop`, `shop@prod-eu`, `./manifests`, `-`), or is it
            already: a path, a snapshot, or an iterable of Kubernetes objects as dicts.
        context: The kubeconfig's context, where the name itself says none.
        kubeconfig: The kubeconfig's path; by default `$KUBECONFIG` or `~/.kube/config`.
        secret_key_file: The key for Secret fingerprints; by default
            `$DRIFTCHECK_SECRET_KEY`, or this user's own.
        secret_values: Whether to ask for the values of Secrets; else for their metadata alone.
        timeout: Seconds after which the look is given up.
        settle: Seconds to wait for rollouts to end and for objects to stand still.
        on_progress: Told how far the look has come.

    Returns:
        What was seen, with everything that could not be seen in its coverage.

    Raises:
        StartError: Nothing could be looked at; its `hint` says what to do.
    """
    looker = _Looker(
        context, kubeconfig, secret_key_file, secret_values, timeout, settle, on_progress
    )
    return looker.look(environment)


def compare(
    *environments: EnvironmentLike,
    kinds: str | Iterable[str] = (),
    selector: str = "",
    context: str | None = None,
    kubeconfig: str | None = None,
    secret_key_file: str | Path | None = None,
    secret_values: bool = True,
    timeout: float = 300.0,
    settle: float = 0.0,
    on_progress: OnProgress | None = None,
) -> Result:
    """Say whether environments are the same, and how we know.

    Args:
        environments: Two or more; the first is the baseline. See `capture` for what each may be.
        kinds: Compare only this kind or these, as `Deployment` or `Deployment.apps`.
        selector: Compare only objects with these labels, as `kubectl -l` takes them.
        context: See `capture`.
        kubeconfig: See `capture`.
        secret_key_file: See `capture`.
        secret_values: See `capture`.
        timeout: See `capture`; it holds for each environment.
        settle: See `capture`.
        on_progress: See `capture`.

    Returns:
        The verdict, every difference, and what they rest on.

    Raises:
        StartError: An environment could not be looked at, or an argument makes no sense.
    """
    if len(environments) < 2:  # noqa: PLR2004 - one environment has nothing to differ from
        raise UsageError("nothing to compare with", hint="name two environments, or more")
    if list(environments).count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read once only", hint="name one - and a file")
    asked = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    scope = Scope(asked, parse_selector(selector) if selector else ())
    looker = _Looker(
        context, kubeconfig, secret_key_file, secret_values, timeout, settle, on_progress
    )
    return compare_snapshots(looker.look_at_all(environments), scope=scope)


@without_collection()
def compare_snapshots(snapshots: Iterable[Snapshot], *, scope: Scope = EVERYTHING) -> Result:
    """Compare what was seen; a pure function of it."""
    snapshots = _with_shared_schemas(_placed(with_unserved(tuple(snapshots))))
    _check_kinds(scope, snapshots)
    autoscaled = autoscaled_everywhere(snapshots)
    states = tuple(
        normalize(snapshot, environment=name, autoscaled=autoscaled, scope=scope)
        for name, snapshot in zip(_distinct_names(snapshots), snapshots, strict=True)
    )
    return _result(snapshots, states, compare_states(states), scope)


@without_collection()
def load(file: str | FilePath) -> Snapshot:
    """Read a saved snapshot.

    Args:
        file: What `Snapshot.save` or `driftcheck capture` wrote.

    Returns:
        The snapshot, under the file's name.

    Raises:
        StartError: The file is not there, is not a snapshot, or is of a newer version.
    """
    found = read_address(file_address(Path(file)), stdin=sys.stdin.buffer)
    if not isinstance(found, Snapshot):
        raise SnapshotError(
            f"{file}: not a snapshot, but manifests",
            hint="pass a path to `capture` or `compare` to use manifests",
        )
    return found


def save(snapshot: Snapshot, file: str | FilePath) -> None:
    """Write a snapshot to a file: the whole of it, or nothing.

    Args:
        snapshot: What to write.
        file: Where; gzipped if the name ends in `.gz`.

    Raises:
        StartError: The file can't be written.
    """
    compressed = Path(file).suffix == ".gz"
    write_atomically(Path(file), snapshot_bytes(snapshot, compressed=compressed))


Snapshot.save = save


def required_role(
    environment: str,
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    timeout: float = 300.0,
) -> RequiredRole:
    """Say what leave `capture` needs in a Namespace; asks for nothing but what is served.

    Args:
        environment: `shop`, or `shop@prod-eu`.
        context: See `capture`.
        kubeconfig: See `capture`.
        timeout: Seconds after which the question is given up.

    Returns:
        The least Role.

    Raises:
        StartError: The cluster can't be asked, or this is no Namespace of one.
    """
    address = parse_address(environment)
    if not isinstance(address, ClusterAddress):
        raise UsageError(
            f"{environment}: only a namespace of a cluster needs a Role",
            hint="name one: shop, or shop@context",
        )
    with connect(
        context=address.context or context, kubeconfig=kubeconfig, timeout=timeout
    ) as connection:
        return role_in(connection, address.namespace)


def _seconds(
    is_allowed: Callable[[float], bool], wanted: str
) -> Callable[[Any, Attribute[float], float], None]:
    def check(_: Any, attribute: Attribute[float], value: float) -> None:
        if not (isinstance(value, int | float) and isfinite(value) and is_allowed(value)):
            raise UsageError(f"{attribute.name}: {value!r} is not {wanted} of seconds")

    return check


@frozen
class _Looker:
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
        """
        snapshots: dict[int, Snapshot] = {}
        order = sorted(enumerate(environments), key=lambda numbered: _is_live(numbered[1]))
        for number, environment in order:
            snapshots[number] = self.look(environment, versions_of(snapshots.values()))
        versions = versions_of(reversed(snapshots.values()))
        for number, environment in order:
            if _is_live(environment) and is_of_other_versions(snapshots[number], versions):
                snapshots[number] = self.look(environment, versions)
        return [snapshots[number] for number in sorted(snapshots)]

    def look(
        self,
        environment: EnvironmentLike,
        versions: Mapping[GroupKind, str] = MappingProxyType({}),
    ) -> Snapshot:
        """Look at one environment, in these versions where its server serves them."""
        if isinstance(environment, Snapshot):
            return environment
        address = _address(environment)
        if isinstance(address, ClusterAddress):
            return self._look_at_cluster(address, versions)
        if isinstance(address, Manifests):
            return capture_manifests(address, name="objects", secret_key=self._secret_key)
        with without_collection():
            found = read_address(address, stdin=sys.stdin.buffer)
        if isinstance(found, Manifests):
            found = capture_manifests(found, name=address.name, secret_key=self._secret_key)
        return evolve(found, place=address.place)

    def _look_at_cluster(
        self, address: ClusterAddress, versions: Mapping[GroupKind, str]
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
                settle=self.settle,
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


def _placed(snapshots: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
    """Put manifests that name no namespace into the others' one, if they share one."""
    namespaces = {snapshot.namespace for snapshot in snapshots} - {None}
    if len(namespaces) != 1:
        return snapshots
    (namespace,) = namespaces
    return tuple(evolve(snapshot, namespace=namespace) for snapshot in snapshots)


def _with_shared_schemas(snapshots: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
    """Let manifests, which come without schemas, be read by those of the clusters beside them."""
    known: dict[str, Mapping[str, Any]] = {}
    for snapshot in snapshots:
        known |= snapshot.schemas
    return tuple(evolve(snapshot, schemas={**known, **snapshot.schemas}) for snapshot in snapshots)


def _distinct_names(snapshots: Iterable[Snapshot]) -> list[str]:
    """The environments' names; those that would be equal are numbered, `shop (2)`."""
    names: list[str] = []
    for snapshot in snapshots:
        candidates = (f"{snapshot.name} ({number})" for number in range(2, len(names) + 3))
        name = snapshot.name
        while name in names:
            name = next(candidates)
        names.append(name)
    return names


def _check_kinds(scope: Scope, snapshots: Iterable[Snapshot]) -> None:
    """Refuse a kind that no environment knows: it would compare nothing, and say so too late."""
    known = {row.group_kind for snapshot in snapshots for row in snapshot.coverage}
    for name in scope.kinds:
        if not any(Scope((name,)).includes(kind) for kind in known):
            kinds = ", ".join(sorted({kind.kind for kind in known}))
            raise UsageError(f"no environment has a kind {name!r}", hint=f"there are: {kinds}")


def _result(
    snapshots: Iterable[Snapshot],
    states: tuple[State, ...],
    comparison: Comparison,
    scope: Scope,
) -> Result:
    rows = sorted((row for state in states for row in state.coverage), key=_coverage_order)
    coverage = Coverage(tuple(rows))
    verdict, reasons = decide(
        comparison.findings,
        coverage,
        compared=max(state.compared for state in states),
        scope=str(scope),
        incomparable=comparison.reasons,
    )
    hits = sum((state.hits for state in states), Counter(comparison.hits))
    return Result(
        verdict=verdict,
        reasons=reasons,
        environments=tuple(map(_environment, snapshots, states)),
        coverage=coverage,
        findings=comparison.findings,
        images=comparison.images,
        rules=tuple(RuleHits(rule, count) for rule, count in sorted(hits.items())),
    )


def _coverage_order(row: KindCoverage) -> tuple[str, str, str]:
    return (row.environment, row.group, row.kind)


def _environment(snapshot: Snapshot, state: State) -> Environment:
    return Environment(
        name=state.environment,
        origin=snapshot.origin,
        context=snapshot.context,
        namespace=snapshot.namespace,
        window=snapshot.window,
        objects=state.compared,
        fingerprint=_fingerprint(state),
        place=snapshot.place,
    )


def _fingerprint(state: State) -> str:
    """SHA-256 over a line for each object, sorted: its reference and its fingerprint."""
    digest = hashlib.sha256()
    for reference, item in sorted(state.objects.items()):
        digest.update("\0".join((*reference, item.fingerprint)).encode() + b"\n")
    return f"sha256:{digest.hexdigest()}"
