"""A look comes into a store: one file, made where none was, which names the one before it.

Whoever comes second reads what the first one added, and adds its own behind it.
"""

from __future__ import annotations

from datetime import datetime
from random import uniform
from time import sleep

from attrs import frozen

from driftcheck.codec import (
    FACT,
    Portions,
    Record,
    Step,
    body_text,
    portions_of,
    record_bytes,
    record_of,
    root_of,
)
from driftcheck.errors import HistoryError
from driftcheck.history._chain import CLOCKS_DIFFER, LOG, Chain, check_clocks
from driftcheck.history._identity import chain_for, cluster_of, name_of
from driftcheck.history._store import Store
from driftcheck.model import KeptLook, Snapshot, unseen

_WHOLE_EVERY = 64
"""Looks after which one is kept that builds on none."""
_HALF = 2
_MOST_TRIES = 50
_LONGEST_PAUSE = 0.05


@frozen
class Added:
    """A look that is to come into a store.

    Args:
        snapshot: What was seen.
        portions: The same, taken apart.
        root: SHA-256 over them.
        now: When it comes into the store.
        driftcheck: The version of driftcheck that adds it.
        is_new_key: Whether its Secret fingerprints may be made with another key than before.
    """

    snapshot: Snapshot
    portions: Portions
    root: str
    now: datetime
    driftcheck: str
    is_new_key: bool

    def record(self, chain: Chain, newest: KeptLook | None) -> Record:
        """The record that it is behind the newest one."""
        before = chain.portions(newest.number) if newest else {}
        moved = Step.between(before, self.portions)
        number = newest.number + 1 if newest else 1
        is_whole = number % _WHOLE_EVERY == 1 or len(moved.kept) * _HALF > len(self.portions)
        step = Step.between({}, self.portions) if is_whole else moved
        return record_of(self._look(chain, newest, moved, is_whole=is_whole), body_text(step))

    def _look(
        self, chain: Chain, newest: KeptLook | None, moved: Step, *, is_whole: bool
    ) -> KeptLook:
        snapshot = self.snapshot
        kept = [portion for key, portion in moved.kept.items() if not key.startswith(FACT)]
        gone = sum(not key.startswith(FACT) for key in moved.gone)
        stirred = sum(not portion.declared for portion in kept)
        return KeptLook(
            store=chain.store,
            environment=chain.environment,
            number=newest.number + 1 if newest else 1,
            digest="",
            previous=newest.digest if newest else None,
            name=name_of(snapshot),
            origin=snapshot.origin,
            cluster=cluster_of(snapshot),
            namespace=snapshot.namespace,
            namespace_uid=snapshot.namespace_uid,
            window=snapshot.window,
            written=max(self.now, newest.written) if newest else self.now,
            driftcheck=self.driftcheck,
            secret_key_id=snapshot.secret_key_id or (newest.secret_key_id if newest else None),
            is_complete=snapshot.is_complete,
            unseen=tuple(sorted(map(str, unseen(snapshot.coverage)))),
            objects=len(snapshot.documents),
            changed=len(kept) - stirred + gone,
            stirred=stirred,
            root=self.root,
            body="",
            base=None if is_whole or newest is None else newest.number,
        )

    def is_there(self, look: KeptLook) -> bool:
        """Whether a look is this one: added before, by whoever was not told so."""
        return look.root == self.root and look.window == self.snapshot.window is not None

    def check(self, newest: KeptLook) -> None:
        """Refuse what can't stand behind the newest look.

        Raises:
            HistoryError: It is from before that, or its Secrets can't be compared.
        """
        window, keys = self.snapshot.window, (newest.secret_key_id, self.snapshot.secret_key_id)
        if window and window.end < newest.at - CLOCKS_DIFFER:
            raise HistoryError(
                f"{self.snapshot.name}: looked at {window.end:%Y-%m-%d %H:%M:%S} UTC, which is"
                f" before {newest.address}, of {newest.at:%Y-%m-%d %H:%M:%S} UTC",
                hint="add looks in the order of time; or set the clock that is wrong",
            )
        if None not in keys and len(set(keys)) > 1 and not self.is_new_key:
            raise HistoryError(
                f"{self.snapshot.name}: its Secrets are fingerprinted with another key"
                f" ({keys[1]}) than those of {newest.address} ({keys[0]})",
                hint="look with the same key; or --new-key, and Secret values can't be compared"
                " across this look",
            )


def add(
    store: Store, snapshot: Snapshot, *, now: datetime, driftcheck: str, is_new_key: bool = False
) -> KeptLook:
    """Add a look to a store; one that is there already is not added again.

    Args:
        store: To which.
        snapshot: What was seen.
        now: The time.
        driftcheck: The version of driftcheck that adds it.
        is_new_key: Whether its Secret fingerprints may be made with another key than before.

    Returns:
        The look, as it is in the store.

    Raises:
        HistoryError: The store is not what it must be, can't be written, or the look does not
            fit into it; the store is as it was.
    """
    portions = portions_of(snapshot)
    added = Added(snapshot, portions, root_of(portions), now, driftcheck, is_new_key)
    chain = chain_for(store, snapshot)
    store.folder.sweep(f"{LOG}/{chain.environment}")
    for _ in range(_MOST_TRIES):
        chain = store.chain(chain.environment)
        newest = chain.newest()
        if newest:
            for look in _latest(chain, newest.look):
                if added.is_there(look):
                    return look
            added.check(newest.look)
        record = added.record(chain, newest.look if newest else None)
        check_clocks([record.look], now)
        if store.folder.create(chain.file(record.look.number), record_bytes(record)):
            return record.look
        sleep(uniform(0, _LONGEST_PAUSE))  # noqa: S311 - no secret: others wait otherwise
    raise HistoryError(
        f"{store}: others added looks at {snapshot.name} all the time", hint="try again"
    )


def _latest(chain: Chain, newest: KeptLook) -> list[KeptLook]:
    """The looks that were added at about the same time as the newest one."""
    looks = [newest]
    while looks[-1].number > 1:
        earlier = chain.record(looks[-1].number - 1).look
        if len(looks) >= _WHOLE_EVERY or earlier.at < newest.at - CLOCKS_DIFFER:
            break
        looks.append(earlier)
    return looks
