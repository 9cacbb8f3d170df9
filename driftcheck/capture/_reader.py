"""One look at one Namespace: what is asked for, what of it is kept, and when to ask again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from shlex import quote
from time import monotonic, sleep
from typing import Any

from attrs import evolve, frozen

from driftcheck.capture._applied import AppliedNotes
from driftcheck.capture._definitions import Definition, state_of
from driftcheck.capture._earlier import Circumstances, Moved, kinds_in, moved, plan
from driftcheck.capture._garbage import without_collection
from driftcheck.capture._keys import SecretKey
from driftcheck.capture._kinds import exclusion_of, is_excluded_group
from driftcheck.capture._patience import Patience
from driftcheck.capture._rows import rollouts_in
from driftcheck.capture._secrets import redact_all, without_annotations
from driftcheck.capture._window import Collected, Looks, Reads, collect, has_moved
from driftcheck.errors import ClusterError, SecretKeyError
from driftcheck.model import SECRET, VALUES_LEFT_OUT, Grounds, GroupKind, Snapshot
from driftcheck.sources import (
    NAMESPACES,
    Cluster,
    Discovery,
    Listing,
    Refusal,
    Resource,
    Version,
    is_built_in,
)

_POLL = 1.0
"""Seconds before the first look at what has not settled; each later one waits longer."""

_LONGEST_POLL = 8.0

_FORBIDDEN = 403
_NOT_FOUND = 404

logger = logging.getLogger(__name__)


@frozen
class Progress:
    """How far the look at an environment has come.

    Args:
        kinds_done: How many kinds have been read.
        kinds_total: How many kinds there are to read.
        objects: How many objects they hold so far.
    """

    kinds_done: int
    kinds_total: int
    objects: int


class Reader:
    """Reads one Namespace; Secret values end here."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        *,
        secret_key: Callable[[], SecretKey],
        secret_values: bool,
        versions: Mapping[GroupKind, str],
        driftcheck: str | None,
        on_progress: Callable[[Progress], None] | None,
        applied: AppliedNotes | None = None,
    ) -> None:
        self.secret_key_id: str | None = None
        self.whole: dict[Resource, str] = {}
        """What is read whole although an earlier snapshot has it, and why."""
        self._cluster = cluster
        self._namespace = namespace
        self._secret_key = cache(secret_key)
        self._secret_values = secret_values
        self._versions = versions
        self._on_progress = on_progress or _nobody
        self._driftcheck = driftcheck
        self._applied = applied
        self._slowest = 0.0
        self._revisions: dict[Resource, int | None] = {}
        self._known: dict[Resource, Listing] = {}
        """What an earlier snapshot has, as long as nobody has looked whether it moved."""
        self._moved: dict[Resource, Moved] = {}

    def discover(self, *, anew: bool = False) -> Discovery:
        """What the server serves."""
        return self._cluster.discover(
            tolerated=is_excluded_group, versions=self._versions, anew=anew
        )

    @property
    def left_out(self) -> dict[GroupKind, str]:
        """What was not asked for of kinds that were read."""
        return {} if self._secret_values else {SECRET: VALUES_LEFT_OUT}

    def collect(self, kinds: Iterable[Resource], earlier: Collected | None = None) -> Collected:
        """Read kinds until nothing moves; see `collect`."""
        started = monotonic()
        with without_collection():
            collected = collect(kinds, read=self._read, look=self._look, earlier=earlier)
        self._slowest = max(self._slowest, monotonic() - started)
        return collected

    def collect_since(self, earlier: Snapshot, kinds: Iterable[Resource]) -> Collected:
        """Take over what an earlier snapshot has and nobody wrote since, and read the rest."""
        kinds = list(kinds)
        planned = plan(earlier, kinds, self._circumstances(earlier, kinds))
        for kind, reason in planned.whole.items():
            self._give_up(kind, reason)
        self._known = dict(planned.known)
        unknown = [kind for kind in kinds if kind not in planned.known]
        return self.collect(unknown, Collected(planned.known))

    def grounds(
        self,
        reads: Mapping[Resource, Listing | Refusal],
        definitions: Mapping[str, Mapping[str, Any]],
    ) -> Grounds | None:
        """What a later look must know of this one; None where nobody says who looks.

        The definitions are those of before anything was read.
        """
        if self._driftcheck is None:
            return None
        seen = [kind for kind, found in reads.items() if isinstance(found, Listing)]
        states = {
            kind.group_kind: state_of(definitions[kind.definition])
            for kind in seen
            if kind.definition in definitions
        }
        revisions = {kind.group_kind: self._revisions.get(kind) for kind in seen}
        return Grounds(
            self._driftcheck,
            {kind: revision for kind, revision in revisions.items() if revision},
            {kind: state for kind, state in states.items() if state},
        )

    def without_vanished(
        self, discovery: Discovery, collected: Collected
    ) -> tuple[Discovery, Collected]:
        """Ask again what is served where a kind was not found: its definition may be gone."""
        if not any(_is(found, _NOT_FOUND) for found in collected.reads.values()):
            return discovery, collected
        if _is(collected.reads[NAMESPACES], _NOT_FOUND):
            raise no_such_namespace(self._cluster, self._namespace)
        discovery = self.discover(anew=True)
        served = kinds_to_read(discovery)
        known = {
            kind: found
            for kind, found in collected.reads.items()
            if kind in served and not _is(found, _NOT_FOUND)
        }
        missing = [kind for kind in served if kind not in known]
        return discovery, self.collect(missing, evolve(collected, reads=known))

    def require_access(self, collected: Collected) -> None:
        """Refuse to go on where nothing could be read."""
        lists = {kind: found for kind, found in collected.reads.items() if kind != NAMESPACES}
        refusals = [found for found in lists.values() if isinstance(found, Refusal)]
        if not lists or len(refusals) < len(lists):
            return
        if all(_is(found, _FORBIDDEN) for found in refusals):
            raise ClusterError(
                f"{self._cluster.user} may not read anything in the namespace {self._namespace!r}",
                hint="the role `view`, bound in the namespace, is nearly enough",
            )
        first = next(found for found in refusals if not _is(found, _FORBIDDEN))
        raise ClusterError(
            f"nothing in the namespace {self._namespace!r} could be read: {first.reason}",
            hint=first.hint,
        )

    def settled(self, collected: Collected, patience: Patience, *, until: float) -> Collected:
        """Look again at what moves or rolls out until it has settled, last when patience is over.

        The time limit is kept clear of: a last look that it cuts off would cost everything.
        """
        pause = _POLL
        while moving := _unsettled(collected):
            left = min(patience.end, until - 2 * self._slowest) - monotonic()
            if left <= 0:
                break
            sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_POLL)
            collected = self.collect(moving, collected)
        return collected

    def with_schemas(
        self, reads: Mapping[Resource, Listing | Refusal]
    ) -> tuple[Reads, dict[str, Mapping[str, Any]]]:
        """The schemas of the custom resources; what lacks its schema counts as not read."""
        used = [
            kind for kind, found in reads.items() if isinstance(found, Listing) and found.bodies
        ]
        schemas = self._cluster.schemas(used)
        unread = {
            kind: Refusal(None, f"its schema could not be read: {found.reason}")
            for kind, found in schemas.items()
            if isinstance(found, Refusal)
        }
        known: dict[str, Mapping[str, Any]] = {
            f"{kind.api_version}/{kind.kind}": found
            for kind, found in sorted(schemas.items())
            if not isinstance(found, Refusal)
        }
        return {**reads, **unread}, known

    def _read(self, kinds: Iterable[Resource]) -> Reads:
        pending = list(kinds)
        reads: Reads = {}
        objects = 0
        for kind, found in self._cluster.in_parallel(self._read_one, pending):
            reads[kind] = self._kept(found) if isinstance(found, Listing) else found
            objects += len(found.bodies) if isinstance(found, Listing) else 0
            self._on_progress(Progress(len(reads), len(pending), objects))
        return reads

    def _read_one(self, kind: Resource) -> Listing | Refusal:
        """What moved of a kind, where that is known, else all of it."""
        became = self._moved.get(kind)
        if became is None:
            return self._read_all(kind)
        found = self._read_moved(became)
        if found is None:
            del self._moved[kind]
            self._give_up(kind, "what moved could not be read by itself")
            return self._read_all(kind)
        return found

    def _read_all(self, kind: Resource) -> Listing | Refusal:
        if kind.group_kind != SECRET or self._secret_values:
            return self._cluster.read(kind, self._namespace)
        found = self._cluster.read_metadata(kind, self._namespace)
        if isinstance(found, Refusal):
            return found
        return evolve(found, bodies=tuple(map(without_annotations, found.bodies)))

    def _read_moved(self, became: Moved) -> Listing | None:
        """The objects of a kind that moved; None where they can't be read one by one."""
        kind = became.now.resource
        read = self._cluster.in_parallel(
            lambda name: self._cluster.read_alone(kind, self._namespace, name), became.names
        )
        found = [listing for _, listing in read if isinstance(listing, Listing)]
        if len(found) < len(became.names):
            return None
        return evolve(became.now, bodies=tuple(body for one in found for body in one.bodies))

    def _kept(self, read: Listing) -> Listing:
        """All of a kind, as it may be kept."""
        self._revisions[read.resource] = read.revision
        became = self._moved.pop(read.resource, None)
        self._note_applied(read, are_all=became is None)
        bodies, key_id = redact_all(read.bodies, self._secret_key)
        self.secret_key_id = key_id or self.secret_key_id
        return became.completed(bodies) if became else evolve(read, bodies=tuple(bodies))

    def _note_applied(self, read: Listing, *, are_all: bool) -> None:
        if self._applied:
            self._applied.note(read.resource.group_kind, read.bodies, are_all=are_all)

    def _look(self, seen: Mapping[Resource, Listing]) -> Looks:
        looks = self._cluster.in_parallel(self._look_one, list(seen))
        return {kind: self._has_moved(seen[kind], found) for kind, found in looks}

    def _look_one(self, kind: Resource) -> Listing | frozenset[Version] | Refusal:
        if kind in self._known:
            return self._cluster.read_metadata(kind, self._namespace)
        return self._cluster.look(kind, self._namespace)

    def _has_moved(
        self, seen: Listing, found: Listing | frozenset[Version] | Refusal
    ) -> bool | Refusal:
        kind = seen.resource
        is_from_earlier = self._known.pop(kind, None) is not None
        if isinstance(found, frozenset):
            return has_moved(seen, found)
        if isinstance(found, Refusal):
            return self._give_up(kind, found.reason) if is_from_earlier else found
        self._revisions[kind] = found.revision
        self._note_applied(found, are_all=True)
        became = moved(seen, found)
        if isinstance(became, str):
            return self._give_up(kind, became)
        if found.versions == seen.versions:
            return False
        self._moved[kind] = became
        return True

    def _give_up(self, kind: Resource, reason: str) -> bool:
        """Take nothing over of a kind; it counts as having moved."""
        self.whole[kind] = reason
        logger.debug("%s is read whole: %s", kind.group_kind, reason)
        return True

    def _circumstances(self, earlier: Snapshot, kinds: Iterable[Resource]) -> Circumstances:
        custom = [kind for kind in kinds_in(earlier, kinds) if not is_built_in(kind.group)]
        return Circumstances(
            driftcheck=self._driftcheck,
            context=self._cluster.context,
            namespace=self._namespace,
            server_version=self._cluster.version,
            key_id=self._key_id(earlier),
            secret_values=self._secret_values,
            definitions={
                kind: Definition(found)
                for kind, found in self._cluster.in_parallel(self._cluster.definition, custom)
            },
        )

    def _key_id(self, earlier: Snapshot) -> str | None:
        """The id of the key, if something was fingerprinted before and there is a key."""
        try:
            return self._secret_key().id if earlier.secret_key_id else None
        except SecretKeyError:
            return None


def no_such_namespace(cluster: Cluster, namespace: str) -> ClusterError:
    """Why nothing can be looked at, with what may have been meant."""
    near = get_close_matches(namespace, cluster.namespaces(), cutoff=0.5)
    listing = f"kubectl --context {quote(cluster.context)} get ns lists them"
    return ClusterError(
        f"there is no namespace {namespace!r} in the context {cluster.context!r}",
        hint=f"did you mean {' or '.join(near)}?" if near else listing,
    )


def _nobody(_: Progress) -> None:
    """Nobody wants to know."""


def kinds_to_read(discovery: Discovery) -> list[Resource]:
    served = {kind.group_kind for kind in discovery.resources}
    kinds = [kind for kind in discovery.resources if not exclusion_of(kind.group_kind, served)]
    return [NAMESPACES, *kinds]


def _is(found: Listing | Refusal, status: int) -> bool:
    return isinstance(found, Refusal) and found.status == status


def _unsettled(collected: Collected) -> list[Resource]:
    return sorted({*collected.unsettled, *rollouts_in(collected.reads)})
