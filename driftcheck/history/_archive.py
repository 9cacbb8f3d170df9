"""A store that is being read: which environments and looks are meant, and what was seen at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from attrs import define, evolve, field, frozen

from driftcheck.codec import Portion, reference_of
from driftcheck.errors import HistoryError, UsageError
from driftcheck.history._chain import Chain, OnRead
from driftcheck.history._identity import chain_for, is_known
from driftcheck.history._index import Index, Version
from driftcheck.history._names import LookName, ways_to_read
from driftcheck.history._store import Store
from driftcheck.model import HISTORY, KeptLook, ObjectReference, Snapshot


@frozen(eq=False)
class Kept:
    """One environment of a store, with all its looks.

    Args:
        chain: Where they are.
        looks: What their headers say, the earliest first.
    """

    chain: Chain
    looks: tuple[KeptLook, ...] = field(repr=False)

    @property
    def newest(self) -> KeptLook:
        """The last look."""
        return self.looks[-1]

    @property
    def name(self) -> str:
        """What it is called now."""
        return self.newest.name

    def look(self, number: int) -> KeptLook:
        """The look with a number."""
        return self.looks[number - 1]


@define
class Archive:
    """A store that is being read.

    Args:
        store: The store.
        index: What was read of it.
        now: The time.
        on_read: Told how far reading has come.
    """

    store: Store
    index: Index
    now: datetime
    on_read: OnRead | None = None

    @classmethod
    @contextmanager
    def opened(
        cls,
        path: Path,
        environ: Mapping[str, str],
        now: datetime,
        on_read: OnRead | None = None,
    ) -> Iterator[Archive]:
        """A store in a folder, opened for reading.

        Raises:
            HistoryError: None is there, or it can't be read.
        """
        store = Store.opened(path)
        with Index.opened(store.id, environ) as index:
            yield cls(store, index, now, on_read)

    def environments(self) -> Iterator[Kept]:
        """Every environment that has a look."""
        for chain in self.store.chains():
            if chain.length:
                yield self.kept(chain)

    def kept(self, chain: Chain) -> Kept:
        """An environment with all its looks, and their tags."""
        looks = self.index.looks(chain, self.on_read)
        names: dict[int, list[str]] = {}
        for tag, (number, digest) in self.store.tagged(chain.environment).items():
            if number > len(looks) or looks[number - 1].digest != digest:
                raise HistoryError(
                    f"{self.store}: the tag {tag} names a #{number} that is not there",
                    hint="take the store from a backup, or delete the tag's file",
                )
            names.setdefault(number, []).append(tag)
        return Kept(
            chain,
            tuple(
                evolve(look, tags=tuple(names[look.number])) if look.number in names else look
                for look in looks
            ),
        )

    def environment(self, text: str) -> Kept:
        """The environment that is meant.

        Raises:
            UsageError: None is, or several may be.
        """
        return self._only(text, self._called(text.removeprefix(HISTORY)))

    def place_of(self, snapshot: Snapshot) -> Kept | None:
        """The environment that a snapshot is of; None where nobody ever added a look at it.

        Raises:
            HistoryError: A record is not what it must be.
        """
        chain = chain_for(self.store, snapshot) if is_known(snapshot) else None
        return self.kept(chain) if chain and chain.length else None

    def look(self, text: str) -> tuple[Kept, KeptLook]:
        """The look that is meant.

        Raises:
            UsageError: None is, or several may be.
        """
        ways = list(ways_to_read(text, self.now))
        found = [(kept, name) for name in ways for kept in self._called(name.environment)]
        if not found:
            self._only(ways[-1].environment, [])
        if len(found) > 1:
            meant = ", ".join(sorted(_meant(kept, name) for kept, name in found))
            raise UsageError(f"{text!r} may be any of {meant}", hint="write one of these")
        kept, name = found[0]
        return kept, _chosen(kept, name, text)

    def snapshot(self, kept: Kept, look: KeptLook) -> Snapshot:
        """What was seen at a look.

        Raises:
            HistoryError: It was pruned, or is not what it must be.
        """
        return kept.chain.snapshot(look.number)[1]

    def references(self, kept: Kept) -> list[ObjectReference]:
        """Every object that an environment ever had, sorted."""
        keys = self.index.keys(kept.chain)
        return sorted(reference for key in keys if (reference := reference_of(key)))

    def versions(self, kept: Kept, key: str) -> list[Version]:
        """What stood under a key, the earliest first."""
        return self.index.versions(kept.chain, key)

    def facts(self, kept: Kept) -> dict[str, Portion]:
        """What the last look that was kept says of itself."""
        return self.index.facts(kept.chain)

    def _called(self, name: str) -> list[Kept]:
        """The environments of this name; of an earlier one, where none has it now."""
        known = list(self.environments())
        return [kept for kept in known if name in _names(kept.newest)] or [
            kept for kept in known if any(name in _names(look) for look in kept.looks)
        ]

    def _only(self, name: str, found: list[Kept]) -> Kept:
        if not found:
            there = ", ".join(kept.name for kept in self.environments())
            raise UsageError(
                f"{self.store} has no looks at {name!r}",
                hint=f"there are: {there}" if there else "`driftcheck history add ENV` adds one",
            )
        if len(found) > 1:
            meant = ", ".join(sorted(_meant(kept, LookName(name)) for kept in found))
            raise UsageError(f"{name!r} may be any of {meant}", hint="write one of these")
        return found[0]


def _names(look: KeptLook) -> set[str]:
    """What the environment of a look may be called: with its context, without, and by its id."""
    return {look.name, look.environment, *filter(None, [look.namespace])}


def _meant(kept: Kept, name: LookName) -> str:
    """A name that nobody can read otherwise."""
    newest = kept.newest
    look = newest if name.is_newest else _chosen(kept, name, name.environment)
    return f"{HISTORY}{newest.environment}#{look.number} ({look.name}#{look.number})"


def _chosen(kept: Kept, name: LookName, text: str) -> KeptLook:
    looks = kept.looks
    if name.number is not None or name.back:
        number = name.number if name.number is not None else len(looks) - name.back
        if not 0 < number <= len(looks):
            raise UsageError(
                f"{text!r}: there is no such look", hint=f"there are #1 to #{len(looks)}"
            )
        return kept.look(number)
    if name.tag is not None:
        tagged = [look for look in looks if name.tag in look.tags]
        if not tagged:
            tags = ", ".join(tag for look in looks for tag in look.tags)
            raise UsageError(
                f"{text!r}: there is no tag {name.tag!r}",
                hint=f"there are: {tags}" if tags else "`driftcheck history tag REF NAME`",
            )
        return tagged[0]
    if name.at is not None:
        at = name.at
        before = [look for look in looks if look.at <= at]
        if not before:
            raise UsageError(
                f"{text!r}: nobody had looked by {at:%Y-%m-%d %H:%M:%S} UTC",
                hint=f"the first look is of {looks[0].at:%Y-%m-%d %H:%M:%S} UTC",
            )
        return before[-1]
    return looks[-1]
