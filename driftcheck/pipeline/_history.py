"""A store of looks, with everything that can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from itertools import chain as chained
from pathlib import Path
from typing import Unpack

from attrs import evolve, frozen

from driftcheck import __version__
from driftcheck.errors import UsageError
from driftcheck.history import Archive, OnRead, Store, add, plan_pruning, prune, sign, verify
from driftcheck.model import (
    Blame,
    DriftOverTime,
    FilePath,
    Head,
    HistoryLog,
    KeptLook,
    PrunedLook,
    Pruning,
    Result,
    Retention,
    SignedHeads,
    Snapshot,
    Wholeness,
)
from driftcheck.pipeline._answers import load_heads
from driftcheck.pipeline._blaming import blame_object
from driftcheck.pipeline._distance import distance_over_time
from driftcheck.pipeline._judging import compare_snapshots
from driftcheck.pipeline._looking import EnvironmentLike, look_at_all
from driftcheck.pipeline._options import CaptureOptions, Look
from driftcheck.pipeline._policies import PolicyLike, policy_of
from driftcheck.pipeline._signing import Signing, public_key_of
from driftcheck.pipeline._silence import silent
from driftcheck.pipeline._stores import opened, store_path


@frozen
class History:
    """A store of looks; nothing is opened before something is asked of it.

    Looks are named as on the command line: `shop@prod-eu`, `shop@prod-eu~2`, `shop@prod-eu#42`,
    `shop@prod-eu#release-7`, `shop@prod-eu@{2.days.ago}`, with `history:` before or without.

    Args:
        store: The folder it is in; by default `$DRIFTCHECK_STORE`, or `./driftcheck-history`.
        on_read: Told how many looks have been read, and of how many, where that takes long.
    """

    store: str | Path | None = None
    on_read: OnRead | None = None

    @silent
    def add(
        self,
        *environments: EnvironmentLike,
        new_key: bool = False,
        **options: Unpack[CaptureOptions],
    ) -> tuple[KeptLook, ...]:
        """Look at environments, and keep what was seen; the store is made if there is none.

        Args:
            environments: One or more; see `capture` for what each may be.
            new_key: Whether Secrets may be fingerprinted with another key than before.
            options: How to look: see `CaptureOptions`.

        Returns:
            The looks, as the store has them; one that was there already is the one that is there.

        Raises:
            StartError: An environment could not be looked at, or the store does not take it.
        """
        if not environments:
            raise UsageError("no environment is named", hint="name one, or more")
        options.setdefault("store", self.store)
        snapshots = look_at_all(environments, Look(**options))
        store = Store.made(store_path(self.store))
        return tuple(
            add(
                store,
                snapshot,
                now=datetime.now(UTC),
                driftcheck=__version__,
                is_new_key=new_key,
            )
            for snapshot in snapshots
        )

    @silent
    def log(self, environment: str = "") -> HistoryLog:
        """The looks of an environment, the latest first.

        Args:
            environment: Which; by default all of them.

        Raises:
            StartError: There is no such environment, or the store is not what it must be.
        """
        with self._opened() as archive:
            if environment:
                kept = archive.environment(environment)
                return HistoryLog(kept.name, kept.looks[::-1])
            looks = chained.from_iterable(kept.looks for kept in archive.environments())
            latest = sorted(looks, key=lambda look: (look.at, look.number), reverse=True)
            return HistoryLog("", tuple(latest))

    @silent
    def snapshot(self, look: str) -> Snapshot:
        """What was seen at a look.

        Raises:
            StartError: There is no such look, it was pruned, or is not what it must be.
        """
        with self._opened() as archive:
            kept, found = archive.look(look)
            return evolve(archive.snapshot(kept, found), name=found.address)

    @silent
    def diff(
        self,
        earlier: str,
        later: str | None = None,
        *,
        policy: PolicyLike = None,
        untouched: bool = False,
        today: date | None = None,
    ) -> Result:
        """Compare two looks, with what their witnesses prove.

        Args:
            earlier: The baseline.
            later: The other one; where none is named, the baseline is the look before the first.
            policy: See `compare`.
            untouched: See `compare`.
            today: See `compare`.

        Raises:
            StartError: There is no such look, it was pruned, or is not what it must be.
        """
        expectations = policy_of(policy)
        with self._opened() as archive:
            kept, look = archive.look(earlier)
            pair = [(kept, look)]
            if later is not None:
                pair.append(archive.look(later))
            elif look.number == 1:
                raise UsageError(f"{look.address} has no look before it", hint="name another")
            else:
                pair.insert(0, (kept, kept.look(look.number - 1)))
            snapshots = [evolve(archive.snapshot(*named), name=named[1].address) for named in pair]
        return compare_snapshots(
            snapshots, policy=expectations, untouched=untouched, today=today or _today()
        )

    @silent
    def blame(self, environment: str, subject: str, path: str = "") -> Blame:
        """Say since when an object is as it is, between which two looks that came, and by whom.

        Args:
            environment: Which environment.
            subject: Which object, as `KIND/NAME`; the kind as kubectl takes it.
            path: Which place in it, as findings print it; by default every one that changed.

        Raises:
            StartError: There never was such an object, or the store is not what it must be.
        """
        with self._opened() as archive:
            return blame_object(archive, archive.environment(environment), subject, path)

    @silent
    def drift(
        self,
        baseline: str,
        other: str,
        *,
        policy: PolicyLike = None,
        last: int = 0,
        today: date | None = None,
    ) -> DriftOverTime:
        """Say how far apart two environments were, look by look.

        Args:
            baseline: The one.
            other: The other.
            policy: See `compare`.
            last: How many of the latest moments are compared; by default all.
            today: See `compare`.

        Raises:
            StartError: There is no such environment, or the store is not what it must be.
        """
        expectations = policy_of(policy)
        with self._opened() as archive:
            return distance_over_time(
                archive,
                archive.environment(baseline),
                archive.environment(other),
                policy=expectations,
                last=last,
                today=today or _today(),
            )

    @silent
    def tag(self, look: str, name: str) -> KeptLook:
        """Give a look a name, which no other look of its environment ever has.

        Args:
            look: Which.
            name: Letters, digits, dots, dashes and underscores; not digits alone.

        Returns:
            The look, with its tags.

        Raises:
            StartError: There is no such look, another one has the name, or it can't be one.
        """
        with self._opened() as archive:
            kept, found = archive.look(look)
            archive.store.tag(found, name)
            return archive.kept(kept.chain).look(found.number)

    @silent
    def sign(
        self,
        key: str | Path,
        *,
        public_key: str | Path | None = None,
        key_passphrase_file: str | Path | None = None,
        ask_passphrase: Callable[[], str] | None = None,
        timestamp_url: str | None = None,
        new_key: bool = False,
        timeout: float = 300.0,
    ) -> SignedHeads:
        """Read all of the store, and sign the last look of each environment, for `verify`.

        Args:
            key: Who signs; see `prove`.
            public_key: See `prove`.
            key_passphrase_file: See `prove`.
            ask_passphrase: See `prove`.
            timestamp_url: See `prove`.
            new_key: Whether another key may have signed last; what that signed is not held to.
            timeout: Seconds for what a time-stamping authority is asked.

        Returns:
            What is signed; where no look is new since it was signed last, that.

        Raises:
            StartError: The store is not whole, or has not what was signed last; the key can't be
                used; nothing can be written.
        """
        signing = Signing(
            key=key,
            public_key=public_key,
            key_passphrase_file=key_passphrase_file,
            ask_passphrase=ask_passphrase,
            timestamp_url=timestamp_url,
        )
        signer = signing.signer()
        if signer is None:
            raise UsageError("nobody signs", hint="name a private key: --key KEY")
        with self._opened() as archive:
            return sign(
                archive,
                signer,
                ask_time=signing.ask_time(timeout),
                driftcheck=__version__,
                is_new_key=new_key,
            )

    @silent
    def verify(
        self,
        at_least: Iterable[Head | str | FilePath] = (),
        *,
        key: str | FilePath | None = None,
    ) -> Wholeness:
        """Read all of the store, and say whether it is what was written into it.

        Args:
            at_least: What must be there: looks by their numbers, `shop@prod-eu#42`, heads of
                an earlier answer, or files with such an answer as JSON.
            key: The public key, in PEM, that must have signed the store last; all that it signed
                must be there.

        Raises:
            StartError: There is no store, what must be there names nothing, or there is no key.
        """
        demanded = [each for asked in at_least for each in _demanded(asked)]
        trusted = public_key_of(Path(key)) if key else None
        with self._opened() as archive:
            return verify(archive, demanded, trusted)

    @silent
    def prune(
        self,
        environment: str = "",
        *,
        keep_last: int = 0,
        keep_within_days: float = 0.0,
        keep_daily: int = 0,
        keep_weekly: int = 0,
        keep_monthly: int = 0,
        keep_yearly: int = 0,
        yes: bool = False,
    ) -> Pruning:
        """Forget looks but for their headers; what a tag names, and the newest look, stay.

        Args:
            environment: Whose looks; by default those of each environment, by themselves.
            keep_last: Keep so many of the latest.
            keep_within_days: Keep those of so many days before the latest.
            keep_daily: Keep the latest look of each of so many days.
            keep_weekly: Of so many weeks.
            keep_monthly: Of so many months.
            keep_yearly: Of so many years.
            yes: Whether to do it; by default it is only said what would be done.

        Raises:
            StartError: Nothing is asked to be kept, or the store is not what it must be.
        """
        retention = Retention(
            last=keep_last,
            within_days=keep_within_days,
            daily=keep_daily,
            weekly=keep_weekly,
            monthly=keep_monthly,
            yearly=keep_yearly,
        )
        if retention.keeps_nothing:
            raise UsageError(
                "nothing is asked to be kept", hint="say what is: --keep-last 100, for one"
            )
        with self._opened() as archive:
            environments = (
                [archive.environment(environment)] if environment else archive.environments()
            )
            planned: list[PrunedLook] = []
            for kept in list(environments):
                looks = plan_pruning(kept.looks, retention, archive.now)
                if yes:
                    prune(kept.chain, looks)
                planned += looks
        return Pruning(tuple(planned), is_done=yes)

    def _opened(self) -> AbstractContextManager[Archive]:
        return opened(self.store, self.on_read)


def _demanded(asked: Head | str | FilePath) -> Iterable[Head | str]:
    """What must be there; a file says it of several looks."""
    if isinstance(asked, Head):
        return [asked]
    if isinstance(asked, str) and ("#" in asked or not Path(asked).is_file()):
        return [asked]
    return load_heads(asked)


def _today() -> date:
    return datetime.now(UTC).date()
