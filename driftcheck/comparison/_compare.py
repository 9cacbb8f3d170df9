"""Which objects face each other, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import filterfalse, groupby
from operator import itemgetter

from attrs import evolve, frozen

from driftcheck.comparison._aside import identity, set_aside
from driftcheck.comparison._attribution import attributed
from driftcheck.comparison._ciphers import (
    SEALED_VALUES,
    encrypted_reasons,
    is_compared_opened,
    is_encrypted,
)
from driftcheck.comparison._compared import Compared
from driftcheck.comparison._consequences import doubt_about, is_consequence
from driftcheck.comparison._contents import contents_of, shown
from driftcheck.comparison._definitions import noted_if_undefined
from driftcheck.comparison._fields import differing_places
from driftcheck.comparison._fingerprints import without_incomparable
from driftcheck.comparison._generations import noted_if_edited
from driftcheck.comparison._hooks import PASSED_HOOK, PASSED_JOB, is_passed_hook, is_passed_job
from driftcheck.comparison._pairs import paired, under_another_name
from driftcheck.comparison._picks import caveats, lacks_what_is_due, with_pickers
from driftcheck.comparison._running import compare_running
from driftcheck.comparison._selfcheck import explains
from driftcheck.comparison._sides import Differences, Place, Sides
from driftcheck.comparison._skew import skewed
from driftcheck.comparison._sources import INDEPENDENT_SOURCES, is_order_of_independent_sources
from driftcheck.comparison._strays import stray_differences
from driftcheck.comparison._undeclared import Silence
from driftcheck.comparison._witnesses import looks_at_one_place
from driftcheck.model import (
    EVERY_KIND,
    NAMESPACE,
    Difference,
    GroupKind,
    ImageRow,
    ObjectReference,
    State,
    Witnesses,
    unseen,
)

_UNPROVEN = "{}: what was found does not explain all of the difference: please report this mistake"


@frozen
class Comparison:
    """What comparing states gives.

    Args:
        differences: Every difference, in no order.
        images: What runs where.
        reasons: What could not be compared, in sentences.
        hits: How often each rule of the comparison was applied.
        compared: What it was that was compared.
        warnings: What a reader should know beside the differences, in sentences.
        witnesses: What was written in between, for each that is the baseline's place.
        written: Every object that somebody wrote in between, as a difference.
        undeclared: What stands there and no declaration says, where these speak for what they
            declare alone.
    """

    differences: tuple[Difference, ...]
    images: tuple[ImageRow, ...]
    reasons: tuple[str, ...]
    hits: Counter[str]
    compared: Compared
    warnings: tuple[str, ...]
    witnesses: tuple[Witnesses, ...]
    written: tuple[Difference, ...]
    undeclared: tuple[Difference, ...] = ()


def compare_states(states: Iterable[State], *, is_closed: bool = True) -> Comparison:
    """Compare environments; the first is the baseline.

    Args:
        states: Two or more environments, normalized.
        is_closed: Whether what only one side has is a difference; not where some are declarations
            of the place that the others are looks at, and speak for what they declare alone.

    Returns:
        Every difference once, at its root and on the object a person would edit.
    """
    sides = paired(states)
    hits: Counter[str] = Counter()
    running = compare_running(sides)
    unproven: list[ObjectReference] = []
    silence = Silence(() if is_closed else sides)
    doubts = [
        said
        for state in sides
        for said, reference in state.doubts.items()
        if not silence.covers(reference)
    ]
    declared = list(_object_differences(sides, hits, unproven, doubts, silence))
    differences = [
        *declared,
        *running.differences,
        *stray_differences(sides),
    ]
    undeclared: list[Difference] = []
    if not is_closed:
        differences, undeclared = silence.sorted_out(differences)
    comparable, incomparable = without_incomparable(differences, sides)
    reasons = [
        *running.reasons,
        *doubts,
        *_of_declarations(sides),
        *_of_other_versions(sides),
        *_left_out_elsewhere(sides),
        *map(_UNPROVEN.format, unproven),
        *incomparable,
    ]
    looks = list(looks_at_one_place(sides, declared))
    return Comparison(
        differences=tuple(comparable),
        images=running.images,
        reasons=tuple(reasons),
        hits=hits,
        compared=Compared(sides),
        warnings=tuple(_caveats(sides)),
        witnesses=tuple(look.witnesses() for look in looks),
        written=tuple(found for look in looks for found in look.differences()),
        undeclared=tuple(undeclared),
    )


def _object_differences(
    states: tuple[State, ...],
    hits: Counter[str],
    unproven: list[ObjectReference],
    doubts: list[str],
    silence: Silence,
) -> Differences:
    unseen_in = {state.environment: unseen(state.coverage) for state in states}
    for reference in sorted({reference for state in states for reference in state.objects}):
        kinds = {reference.group_kind, GroupKind(reference.group, EVERY_KIND)}
        knowing = tuple(
            state
            for state in states
            if not (kinds & unseen_in[state.environment] or _may_declare(reference, state))
        )
        if len(knowing) < 2:  # noqa: PLR2004 - nothing to compare with
            continue
        with_it = [state for state in knowing if reference in state.objects]
        found: list[Difference] = []
        if len(with_it) < len(knowing) and not _is_made_by_clusters(reference, with_it):
            found += _on_some_sides(reference, knowing, hits, doubts, silence)
        is_told = bool(found) and not silence.is_seen_inside(reference, knowing)
        if not is_told and _is_to_be_walked(reference, with_it):
            found += _inside(reference, with_it, hits, unproven, doubts)
        for difference in found:
            if difference.expected:
                hits[difference.expected.rule] += 1
            yield _noted_if_unseen(attributed(difference, reference, with_it), states, knowing)


def _noted_if_unseen(
    difference: Difference, states: Sequence[State], knowing: Sequence[State]
) -> Difference:
    """The difference, and where nobody knows whether it is one."""
    unseeing = [state.environment for state in states if state not in knowing]
    said = f"not seen in {', '.join(unseeing)}" if unseeing else None
    return evolve(difference, note=difference.note or said)


def _on_some_sides(
    reference: ObjectReference,
    knowing: tuple[State, ...],
    hits: Counter[str],
    doubts: list[str],
    silence: Silence,
) -> Differences:
    """The whole object, unless another one explains it, or nobody can say whether it does."""
    doubt = doubt_about(reference, knowing)
    if aside := set_aside(reference, knowing):
        yield _whole_object(reference, knowing, note=aside)
    elif is_consequence(reference, knowing):
        hits["consequence"] += 1
    elif is_passed_hook(reference, knowing):
        hits[PASSED_HOOK] += 1
    elif silence.states and is_passed_job(reference, knowing):
        hits[PASSED_JOB] += 1
    elif doubt and not silence.covers(reference):
        doubts.append(doubt)
    else:
        yield _whole_object(reference, knowing)


def _may_declare(reference: ObjectReference, state: State) -> bool:
    """Whether an object may be declared in what could not be read."""
    doubts = state.declaration.doubts if state.declaration else ()
    return bool(doubts) and reference not in state.objects


def _of_declarations(states: Iterable[State]) -> Iterator[str]:
    """Why more may be declared than was read."""
    for state in states:
        for doubt in state.declaration.doubts if state.declaration else ():
            yield f"{state.environment}: {doubt}"


def _inside(
    reference: ObjectReference,
    states: list[State],
    hits: Counter[str],
    unproven: list[ObjectReference],
    doubts: list[str],
) -> Differences:
    """Where the object differs in the environments that have it."""
    contents = contents_of(reference, states)
    places = list(differing_places(contents))
    if not explains(places, contents):
        unproven.append(contents.reference)
    counting = list(_places_that_count(places, reference, states, hits))
    doubts += encrypted_reasons(filter(is_encrypted, counting))
    for place in filterfalse(is_encrypted, counting):
        difference = with_pickers(place.difference(), reference, states)
        difference = noted_if_edited(difference, reference, states)
        difference = noted_if_undefined(difference, reference, states)
        yield skewed(difference, states)


def _places_that_count(
    places: Iterable[Place],
    reference: ObjectReference,
    states: Sequence[State],
    hits: Counter[str],
) -> Iterator[Place]:
    """The places that differ and mean something."""
    for place in places:
        if is_order_of_independent_sources(place, states):
            hits[INDEPENDENT_SOURCES] += 1
        elif is_encrypted(place) and is_compared_opened(place, reference, states):
            hits[SEALED_VALUES] += 1
        else:
            yield place


def _caveats(states: tuple[State, ...]) -> Iterator[str]:
    """What was not compared since servers may have picked it, each reason once."""
    warned: dict[str, list[ObjectReference]] = {}
    for reference in sorted({reference for state in states for reference in state.objects}):
        with_it = [state for state in states if reference in state.objects]
        for caveat in set(caveats([state.objects[reference] for state in with_it])):
            warned.setdefault(caveat, []).append(shown(reference, with_it[0]))
    for caveat, references in sorted(warned.items()):
        yield f"{', '.join(map(str, references))}: {caveat}"


def _is_to_be_walked(reference: ObjectReference, states: Sequence[State]) -> bool:
    """Whether an object differs, and was seen in one version."""
    objects = [state.objects[reference] for state in states]
    differs = len({item.fingerprint for item in objects}) > 1 or lacks_what_is_due(objects)
    return differs and len(_versions(reference, states)) == 1


def _versions(reference: ObjectReference, states: Iterable[State]) -> dict[str, list[str]]:
    """The versions an object was seen in, each with the environments."""
    versions: dict[str, list[str]] = {}
    for state in states:
        if reference in state.objects:
            versions.setdefault(state.objects[reference].version, []).append(state.environment)
    return versions


def _left_out_elsewhere(states: tuple[State, ...]) -> Iterator[str]:
    """Which kinds are seen on a side and left out on another, so that nothing is known of them."""
    kinds = {
        state.environment: {reference.group_kind for reference in state.objects} for state in states
    }
    for state in states:
        for row in filter(lambda row: row.is_left_out, state.coverage):
            seen = [environment for environment in kinds if row.group_kind in kinds[environment]]
            if seen:
                yield (
                    f"{row.group_kind} of {' and '.join(seen)} can't be compared: it was left out"
                    f" in {state.environment} ({row.reason})"
                )


def _of_other_versions(states: tuple[State, ...]) -> Iterator[str]:
    """Which kinds could not be compared, since no version was seen everywhere."""
    seen = {
        (reference.group_kind, version, environment)
        for reference in {reference for state in states for reference in state.objects}
        if len(versions := _versions(reference, states)) > 1
        for version, environments in versions.items()
        for environment in environments
    }
    for kind, of_kind in groupby(sorted(seen), key=itemgetter(0)):
        where = ", ".join(f"{version} in {environment}" for _, version, environment in of_kind)
        yield f"{kind} can't be compared across versions: {where}"


def _whole_object(
    reference: ObjectReference, states: tuple[State, ...], note: str | None = None
) -> Difference:
    """An object that is compared on some sides only, whose value is its identity."""
    first = next(state for state in states if reference in state.objects)
    return Sides(
        reference=shown(reference, first),
        path=(),
        nodes={state.environment: identity(reference, state) for state in states},
        seen={state.environment: state.seen for state in states},
    ).difference(note=note or _renaming(under_another_name(reference, states)))


def _renaming(found: tuple[ObjectReference, str] | None) -> str | None:
    return f"renamed? {found[0]} in {found[1]} has the same content" if found else None


def _is_made_by_clusters(reference: ObjectReference, states: Iterable[State]) -> bool:
    """Whether an object says nothing by being there: a Namespace, or what some clusters publish."""
    return reference.group_kind == NAMESPACE or all(
        state.objects[reference].is_pristine for state in states
    )
