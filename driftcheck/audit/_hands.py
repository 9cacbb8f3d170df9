"""What was written by others than those who deploy an object.

A client may call itself anything, a sync takes over what it finds, and what was taken away is in
nobody's managedFields: the absence of a finding proves nothing.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator

from attrs import frozen

from driftcheck.audit._deployers import Deployer, deployer_of, name_in
from driftcheck.audit._found import Found, named, writers_of
from driftcheck.audit._inspection import Inspection, Seen
from driftcheck.audit._leaves import leaves
from driftcheck.model import (
    Field,
    FieldPath,
    Grade,
    Manager,
    ManagerClass,
    ManagerRow,
    ObjectReference,
    counted,
    format_path,
    managers_of,
)

_MOST_SHOWN = 3
_LEFT_BY_EDITORS = {
    "k8slens-edit-resource-version": "Lens",
    "freelens.app/resource-version": "Freelens",
}
"""By label or annotation; freelensapp/freelens bf6f697, edit-resource-model.injectable.tsx."""
_FOUR_FIFTHS = 0.8
_KUBECTL = "kubectl"
"""How all of its names begin, some of which pipelines use as well."""
_LATER = "9999"
"""Than any time, for a write that says none."""
_ANNOTATIONS = (Field("metadata"), Field("annotations"))
_OF_TEMPLATE = (Field("spec"), Field("template"))
BENIGN = frozenset(
    {
        (*_OF_TEMPLATE, *_ANNOTATIONS, Field("kubectl.kubernetes.io/restartedAt")),
        (*_OF_TEMPLATE, *_ANNOTATIONS, Field("cattle.io/timestamp")),
        (*_ANNOTATIONS, Field("argocd.argoproj.io/refresh")),
        (*_ANNOTATIONS, Field("reconcile.fluxcd.io/requestedAt")),
        (*_ANNOTATIONS, Field("reconcile.fluxcd.io/forceAt")),
        (*_ANNOTATIONS, Field("reconcile.fluxcd.io/resetAt")),
        (*_ANNOTATIONS, Field("kubernetes.io/change-cause")),
        (*_ANNOTATIONS, Field("kubectl.kubernetes.io/last-applied-configuration")),
    }
)
"""What people write that changes nothing of what an object asks for: restarts, syncs, remarks."""


@frozen
class _Deployed:
    """An object, who deploys it, and who has written it.

    Args:
        seen: The object.
        deployer: Who deploys it; None where nobody that is known does.
        is_by_people: Whether all who wrote it are clients for people, whomever it says it is of.
    """

    seen: Seen
    deployer: Deployer | None
    is_by_people: bool

    @property
    def should_have_deployer(self) -> bool:
        """Whether nothing else made it."""
        is_made = self.seen.item.owner is not None or self.seen.is_owned
        return not is_made or self.is_by_people


def hand_written(look: Inspection) -> Iterator[Found]:
    """Fields that a hand has taken over or added, and that nobody who may own them owns too.

    Where an object has no deployer of its own, it takes an environment in which nearly everything
    has one to be certain that hands are not how things are done there.
    """
    found = [*_of_writers(look), *_of_namespace(look)]
    yield from found
    yield from _marked(look, {each.object for each in found})


def _of_writers(look: Inspection) -> Iterator[Found]:
    deployed = list(_deployed(look))
    is_usual = _is_usual(deployed)
    for each in deployed:
        for class_, grade in (
            (ManagerClass.HAND, _grade_of_hands(each, is_usual=is_usual)),
            (ManagerClass.UNKNOWN, Grade.PROBABLE),
        ):
            written = _alone(each, class_, look)
            if written and (each.deployer or class_ is ManagerClass.HAND):
                yield _written(each, written, grade, look)


def _of_namespace(look: Inspection) -> Iterator[Found]:
    """What hands wrote on the Namespace after something was deployed into it.

    Until then a hand sets it up, as `kubectl create namespace` and `kubectl label` do.
    """
    seen = look.namespace
    made = [str(each.document.metadata.get("creationTimestamp", "")) for each in look.objects]
    if seen is None or not made:
        return
    each = _deployed_one(seen, look)
    written = {
        path: entry
        for path, entry in _alone(each, ManagerClass.HAND, look).items()
        if str(entry.get("time") or _LATER) > min(made)
    }
    if written:
        is_usual = _is_usual(list(_deployed(look)))
        yield _written(each, written, _grade_of_hands(each, is_usual=is_usual), look)


def _marked(look: Inspection, written: Container[ObjectReference]) -> Iterator[Found]:
    """Objects that bear what an editor for people leaves in them, and are not known otherwise."""
    for seen in look.objects:
        metadata = seen.document.metadata
        marks = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
        for mark, editor in _LEFT_BY_EDITORS.items():
            if mark in marks and seen.reference not in written:
                yield Found(
                    seen.reference,
                    Grade.PROBABLE,
                    f"{editor} has left {mark} in it, so that somebody edited it, or its source",
                    "compare it with what is declared, and take the mark out",
                )


def undeclared_objects(look: Inspection) -> Iterator[Found]:
    """Objects that nobody deploys, and that no hand is named for."""
    deployed = list(_deployed(look))
    grade = Grade.CERTAIN if _is_usual(deployed) else Grade.PROBABLE
    for each in deployed:
        if (
            each.should_have_deployer
            and each.deployer is None
            and not _alone(each, ManagerClass.HAND, look)
        ):
            writers = writers_of(each.seen.managers, look.class_of)
            yield Found(
                each.seen.reference,
                grade,
                f"nobody deploys it; it was written by {named(w.manager for w in writers)}",
                "put it into what deploys the others, or delete it",
                writers=writers,
            )


def wiped_attribution(look: Inspection) -> Iterator[Found]:
    """Objects of which nobody owns anything, though there is something to own."""
    for seen in look.objects:
        entries = managers_of(seen.document.metadata)
        if not any(entry.get("fieldsV1") for entry in entries) and _has_content(seen):
            yield Found(
                seen.reference,
                Grade.PROBABLE,
                "nobody owns any of its fields: its managedFields were wiped, or left out",
                "compare it with what was declared, for nothing tells who wrote it",
            )


def managers_in(look: Inspection) -> tuple[ManagerRow, ...]:
    """Who writes there, those first who own something of most objects."""
    counts: Counter[tuple[str, str, str]] = Counter()
    classes: dict[tuple[str, str, str], ManagerClass] = {}
    for seen in look.objects:
        for entry in seen.managers:
            said = (
                name_in(entry),
                str(entry.get("operation", "")),
                str(entry.get("subresource", "")),
            )
            counts[said] += 1
            classes[said] = look.class_of(entry)
    rows = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ManagerRow(*said, class_=classes[said], objects=count) for said, count in rows)


def _deployed(look: Inspection) -> Iterator[_Deployed]:
    """The objects that somebody writes, and that no controller alone makes."""
    for seen in look.objects:
        classes = {look.class_of(entry) for entry in seen.managers}
        if classes - {ManagerClass.CONTROLLER}:
            yield _deployed_one(seen, look)


def _deployed_one(seen: Seen, look: Inspection) -> _Deployed:
    is_by_people = all(
        name_in(entry).startswith(_KUBECTL) or look.class_of(entry) is ManagerClass.HAND
        for entry in seen.managers
    )
    return _Deployed(seen, deployer_of(seen, look.class_of), is_by_people)


def _is_usual(deployed: list[_Deployed]) -> bool:
    """Whether nearly all objects have a deployer."""
    deployable = [each for each in deployed if each.should_have_deployer]
    having = sum(each.deployer is not None for each in deployable)
    return bool(deployable) and having >= _FOUR_FIFTHS * len(deployable)


def _grade_of_hands(each: _Deployed, *, is_usual: bool) -> Grade:
    return Grade.CERTAIN if each.deployer or is_usual else Grade.PROBABLE


def _alone(each: _Deployed, class_: ManagerClass, look: Inspection) -> dict[FieldPath, Manager]:
    """What writers of a class own, and nobody who may; what changes nothing is left out."""
    mine: dict[FieldPath, Manager] = {}
    rightly: set[FieldPath] = set()
    for entry in each.seen.managers:
        is_deployer = each.deployer is not None and each.deployer.is_writer(entry)
        if look.class_of(entry) is class_ and not is_deployer:
            mine.update(dict.fromkeys(leaves(entry), entry))
        elif is_deployer or look.class_of(entry) not in (ManagerClass.HAND, ManagerClass.UNKNOWN):
            rightly |= leaves(entry)
    return {
        path: entry
        for path, entry in mine.items()
        if path not in rightly and path not in BENIGN and path[0] != Field("status")
    }


def _written(
    each: _Deployed, written: dict[FieldPath, Manager], grade: Grade, look: Inspection
) -> Found:
    entries = list({id(entry): entry for entry in written.values()}.values())
    writers = writers_of(entries, look.class_of)
    is_hand = look.class_of(entries[0]) is ManagerClass.HAND
    who = named(writer.manager for writer in writers)
    hands = "a hand" if len(writers) == 1 else "hands"
    what = hands if is_hand else f"which may be {hands}"
    deploys = (
        f"{each.deployer.name} deploys this object"
        if each.deployer
        else "who deploys it is not known"
    )
    paths = sorted(map(format_path, written))
    return Found(
        each.seen.reference,
        grade,
        f"{_shown(paths)}written by {who}, {what}; {deploys}",
        _what_to_do(is_hand=is_hand, who=who, deployer=each.deployer),
        path=paths[0],
        writers=writers,
        also=tuple(paths[1:]),
    )


def _shown(paths: list[str]) -> str:
    """The places, where the finding's own path does not say it all."""
    if len(paths) == 1:
        return ""
    shown = named(paths[:_MOST_SHOWN])
    more = len(paths) - _MOST_SHOWN
    return f"{shown} and {counted(more, 'place')} more " if more > 0 else f"{shown} "


def _what_to_do(*, is_hand: bool, who: str, deployer: Deployer | None) -> str:
    if not is_hand:
        return f"say in the policy who {who} is: `managers: {{pipeline: [...]}}`"
    if deployer is None:
        return "put it into what deploys the others, or take it back"
    return f"take it over into what {deployer.name} deploys, or deploy again to undo it"


def _has_content(seen: Seen) -> bool:
    metadata = seen.document.metadata
    named_only: Iterable[str] = ("apiVersion", "kind", "metadata", "status")
    return bool(
        metadata.get("labels")
        or metadata.get("annotations")
        or any(value for key, value in seen.body.items() if key not in named_only)
    )
