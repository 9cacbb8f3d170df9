"""What Helm's releases declare of a Namespace becomes a snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, frozen

from driftcheck.capture._keys import SecretKey
from driftcheck.capture._manifests import capture_manifests
from driftcheck.errors import ManifestError
from driftcheck.model import Declaration, Declarer, GroupKind, Snapshot, list_names
from driftcheck.sources import (
    Manifests,
    Release,
    Revision,
    choose_revisions,
    declared_in,
    read_release,
)

_NONE = (
    "no release of Helm's that was deployed to {namespace} is kept in {storage}: Argo CD deploys"
    " charts without one, Helm may keep them in an SQL database, and Flux in a namespace that"
    " --helm-storage names"
)


@frozen
class Storage:
    """Where Helm keeps releases, and what was found there.

    Args:
        namespace: The namespace that they are kept in.
        revisions: Every revision that has a record there, and was asked for.
        read: Gives the whole record of one, or says why it can't be read.
        gaps: Why there may be more of them, in sentences.
    """

    namespace: str
    revisions: tuple[Revision, ...]
    read: Callable[[Revision], Mapping[str, Any] | str]
    gaps: tuple[str, ...] = ()


def capture_releases(
    storage: Storage,
    namespace: str,
    *,
    name: str,
    uid: str | None,
    secret_key: Callable[[], SecretKey],
) -> Snapshot:
    """Read what releases declare of a Namespace; nothing runs in it.

    Args:
        storage: Where they are kept.
        namespace: The Namespace's name.
        name: What the environment is called in a result.
        uid: The Namespace's uid; None where it was not seen.
        secret_key: Where the key for Secret fingerprints comes from; it is found before any
            release is read.

    Returns:
        The manifest of each release as it was deployed last, without Secret values.

    Raises:
        SecretKeyError: There is a release, and the key cannot be used.
    """
    if storage.revisions:
        secret_key()
    manifests, gaps = _declared(storage, namespace)
    snapshot = capture_manifests(manifests, name=name, secret_key=secret_key)
    nothing = _NONE.format(namespace=namespace, storage=storage.namespace)
    is_nothing = not (manifests.objects or manifests.elsewhere or manifests.hooks or gaps)
    return evolve(
        snapshot,
        declaration=Declaration(Declarer.HELM, uid, gaps, nothing if is_nothing else ""),
    )


def _declared(storage: Storage, namespace: str) -> tuple[Manifests, tuple[str, ...]]:
    """What releases declare of a namespace, and why more may be declared."""
    choice = choose_revisions(storage.revisions)
    read = {revision: _read(revision, storage) for revision in choice.revisions}
    releases = {item: found for item, found in read.items() if isinstance(found, Release)}
    here = [found for found in releases.values() if found.namespace == namespace]
    elsewhere = [item.release for item, found in releases.items() if found.namespace != namespace]
    gaps = [*storage.gaps, *choice.gaps]
    gaps += [
        f"the release {item.release} can't be read in its revision {item.number}: {found}"
        for item, found in read.items()
        if isinstance(found, str)
    ]
    warnings = list(choice.warnings)
    if elsewhere:
        warnings.append(f"deployed to other namespaces, and left out: {list_names(elsewhere)}")
    try:
        return _manifests(here, namespace, warnings), tuple(gaps)
    except ManifestError as error:
        return _manifests([], namespace, warnings), (*gaps, str(error))


def _read(revision: Revision, storage: Storage) -> Release | str:
    record = storage.read(revision)
    return record if isinstance(record, str) else read_release(revision, record)


def _manifests(releases: list[Release], namespace: str, warnings: list[str]) -> Manifests:
    hooks: Counter[GroupKind] = Counter()
    for release in releases:
        hooks.update(release.hooks)
    found = [item for release in releases for item in release.found]
    return declared_in(namespace, found, warnings, hooks)
