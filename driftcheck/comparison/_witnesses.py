"""What was written between two looks at one place, object by object.

One place is one Namespace, by its uid: another of the same name was made anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from attrs import frozen

from driftcheck.comparison._attribution import writers
from driftcheck.comparison._contents import contents_of
from driftcheck.comparison._fields import differing_places
from driftcheck.comparison._fingerprints import without_incomparable
from driftcheck.comparison._moments import (
    Moment,
    Moments,
    Told,
    direction,
    is_known,
    is_same_as_seen,
    later_entries,
    made_at,
)
from driftcheck.comparison._skew import skewed
from driftcheck.model import (
    EVERY_KIND,
    Change,
    Difference,
    Document,
    GroupKind,
    ObjectReference,
    State,
    Witness,
    WitnessedObject,
    Witnesses,
    Writer,
    managers_of,
    unseen,
)

_TIMES_MOVE = 25
"""The minor version from which a manager that writes a value again gets a new time.

https://github.com/kubernetes/kubernetes/pull/110058
"""
_MOST_NAMED = 5


@frozen(slots=False)
class Looks:
    """Two looks at one place.

    Args:
        earlier: The earlier one.
        later: The later one.
        baseline: Which of them objects are named by.
        differing: Objects that are known to differ between just these two.
        are_all: Whether there are no other looks, so that nobody need be told which these are.
    """

    earlier: State
    later: State
    baseline: State
    differing: Collection[ObjectReference]
    are_all: bool

    def witnesses(self) -> Witnesses:
        """What they prove."""
        told = {
            self._named(reference): found
            for reference, found in self._told.items()
            if found[0] is not Witness.UNTOUCHED or not self._is_pristine(reference)
        }
        counts = Counter(witness for witness, _ in told.values())
        return Witnesses(
            earlier=self.earlier.environment,
            later=self.later.environment,
            counts={witness: counts[witness] for witness in Witness},
            owned=len(self._owned),
            objects=tuple(
                WitnessedObject(reference, *found)
                for reference, found in sorted(told.items())
                if found[0] is not Witness.UNTOUCHED
            ),
            doubts=tuple(self._doubts()),
        )

    def differences(self) -> Iterator[Difference]:
        """Every object that somebody wrote, as a difference."""
        for reference, (witness, says) in self._told.items():
            if not witness.is_quiet:
                writing = self._writing(reference)
                yield Difference(
                    reference=self._named(reference),
                    change=Change(witness.value),
                    path=(),
                    note=says if self.are_all else f"{says}, {self._between}",
                    written_by={self.later.environment: writing} if writing else {},
                )

    @property
    def _between(self) -> str:
        return f"from {self.earlier.environment} to {self.later.environment}"

    @cached_property
    def _told(self) -> Mapping[ObjectReference, Told]:
        """What became of each object that is compared in one look at least."""
        compared = sorted({*self.earlier.objects, *self.later.objects})
        found = ((reference, self._became(reference)) for reference in compared)
        return {reference: told for reference, told in found if told}

    def _became(self, reference: ObjectReference) -> Told | None:
        """What became of an object; None where nobody can tell."""
        before, after = _moment(reference, self.earlier), _moment(reference, self.later)
        if before and after:
            if not (is_known(before.document) and is_known(after.document)):
                return None
            return Moments(before, after, self._is_same(reference, before, after)).told()
        if after and _is_seen(reference, self.earlier):
            return Witness.NEW, f"made{made_at(after.document)}"
        if before and _is_seen(reference, self.later):
            return Witness.GONE, "it is not there any more"
        return None

    def _is_same(self, reference: ObjectReference, before: Moment, after: Moment) -> bool | None:
        """Whether what is compared is the same; None where it can't be compared."""
        if before.object is None or after.object is None:
            return is_same_as_seen(before.document, after.document)
        is_in_part = before.object.is_metadata_only or after.object.is_metadata_only
        if is_in_part or before.object.version != after.object.version:
            return None
        if before.object.fingerprint == after.object.fingerprint:
            return True
        if self._named(reference) in self.differing:
            return False
        looks = (self.earlier, self.later)
        places = differing_places(contents_of(reference, looks))
        found = [skewed(place.difference(), looks) for place in places]
        differing, incomparable = without_incomparable(found, looks)
        if any(difference.expected is None for difference in differing):
            return False
        return None if incomparable else True

    def _is_pristine(self, reference: ObjectReference) -> bool:
        """Whether the cluster makes an object in every namespace, and nobody ever touched it."""
        found = (state.objects.get(reference) for state in (self.earlier, self.later))
        return all(item.is_pristine for item in found if item)

    @property
    def _owned(self) -> set[ObjectReference]:
        """What captured owners make, and nobody compares."""
        owned = {
            reference
            for state in (self.earlier, self.later)
            for reference, item in state.left_out.items()
            if item.is_owned
        }
        return owned - {*self.earlier.objects, *self.later.objects}

    def _writing(self, reference: ObjectReference) -> tuple[Writer, ...]:
        """Who wrote more than the status since the earlier look, as far as managedFields tell."""
        before, after = _moment(reference, self.earlier), _moment(reference, self.later)
        if after is None:
            return ()
        if before is None or before.uid != after.uid:
            return tuple(writers(managers_of(after.document.metadata), ()))
        return tuple(writers(later_entries(before.document, after.document), ()))

    def _doubts(self) -> Iterator[str]:
        """Why less is proven than it seems."""
        twice = list(_seen_twice(self.earlier, self.later))
        if back := [after for before, after in twice if direction(before, after) < 0]:
            yield (
                f"resourceVersions went back from {self.earlier.environment} to"
                f" {self.later.environment} ({_listed(back)}): the API server's store was restored,"
                " or the looks were taken in another order than their clocks say"
            )
        unknown = [after for before, after in twice if not (is_known(before) and is_known(after))]
        if unknown:
            yield (
                f"nothing shows whether anybody wrote {_listed(unknown)}: no uid or"
                " resourceVersion is kept of it"
            )

    def _named(self, reference: ObjectReference) -> ObjectReference:
        """The object by the name that it has in the baseline, where it is there."""
        moments = (_moment(reference, state) for state in (self.baseline, self.earlier, self.later))
        return next(moment.document.reference for moment in moments if moment)


def looks_at_one_place(
    states: Sequence[State], differences: Iterable[Difference]
) -> Iterator[Looks]:
    """The baseline with each other environment that is the same place at another moment.

    Args:
        states: The environments; the first is the baseline.
        differences: What differs in what is declared; of two environments it need not be found
            out again.
    """
    comparable, _ = without_incomparable(differences, states)
    found = {item.reference for item in comparable if item.path and item.expected is None}
    baseline, *others = states
    for other in others:
        if baseline.namespace_uid and baseline.namespace_uid == other.namespace_uid:
            are_all = not others[1:]
            differing = found if are_all else set()
            yield Looks(*_in_time(baseline, other), baseline, differing, are_all)


def _in_time(baseline: State, other: State) -> tuple[State, State]:
    """The two looks, the earlier first: by their clocks, else by resourceVersions that went up.

    A store that was restored gives what was written later lower resourceVersions, so that these
    never decide against the clocks.
    """
    if _is_before(baseline, other):
        return baseline, other
    went = {direction(*pair) for pair in _seen_twice(baseline, other)}
    is_backward = _is_before(other, baseline) or (-1 in went and 1 not in went)
    return (other, baseline) if is_backward else (baseline, other)


def _is_before(state: State, other: State) -> bool:
    """Whether one environment was looked at before another, by the clocks of those who looked."""
    return bool(state.window and other.window and state.window.start < other.window.start)


def _seen_twice(earlier: State, later: State) -> Iterator[tuple[Document, Document]]:
    """What was seen in both looks, compared or not."""
    for reference in {*earlier.objects, *earlier.left_out}:
        before, after = _moment(reference, earlier), _moment(reference, later)
        if before and after:
            yield before.document, after.document


def _moment(reference: ObjectReference, state: State) -> Moment | None:
    """An object as it was seen in a look; None where it was not."""
    item, left_out = state.objects.get(reference), state.left_out.get(reference)
    seen = item or left_out
    if seen is None or seen.document is None:
        return None
    return Moment(seen.document, item, is_timed=(state.minor or 0) >= _TIMES_MOVE)


def _is_seen(reference: ObjectReference, state: State) -> bool:
    """Whether a look shows that an object is not there, where it does not show the object."""
    kinds = {reference.group_kind, GroupKind(reference.group, EVERY_KIND)}
    return not kinds & unseen(state.coverage)


def _listed(documents: Sequence[Document]) -> str:
    """The first few objects, and how many more there are."""
    names = sorted(str(document.reference) for document in documents)
    more = len(names) - _MOST_NAMED
    return f"{', '.join(names[:_MOST_NAMED])}{f' and {more} more' if more > 0 else ''}"
