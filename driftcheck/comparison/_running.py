"""What runs, against what runs: declared the same is not yet the same.

A repository digest names an index or a manifest, a config digest an image's
content: unequal ones of the same kind are a difference, of different kinds they
can't be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

from attrs import frozen

from driftcheck.comparison._sides import ABSENT, Differences, Sides
from driftcheck.images import all_same, canonical_reference, grouped, parse_reference
from driftcheck.model import (
    NOT_ASKED,
    ContainerImage,
    Difference,
    Field,
    FieldPath,
    IdentityKind,
    ImageIdentity,
    ImageRow,
    Item,
    Node,
    ObjectReference,
    RunningContainer,
    RunningWorkload,
    Seen,
    State,
    counted,
)

VOLUMES = "volumes"
"""The role of what is mounted from an image, beside the roles of containers."""

RESOLVED = "resolved: a registry knows them as different images"
REBUILT = "resolved: rebuilt, another config with identical layers"
UNRESOLVED = "unresolved digests: --registry asks whether they are one image"
RE_TAGGED = "another digest behind the same tag"


@frozen
class RunningComparison:
    """What a comparison of the running containers gives.

    Args:
        differences: Where something else runs.
        images: What runs where.
        reasons: Why some of it can't be decided.
    """

    differences: tuple[Difference, ...]
    images: tuple[ImageRow, ...]
    reasons: tuple[str, ...]


def compare_running(states: Iterable[State]) -> RunningComparison:
    """Compare what runs, container by container, where a workload runs in several environments."""
    slots = list(_slots(tuple(states)))
    return RunningComparison(
        differences=tuple(found for slot in slots for found in slot.differences()),
        images=tuple(row for slot in slots for row in slot.image_rows()),
        reasons=tuple(reason for slot in slots for reason in slot.reasons()),
    )


def agreeing_digests(states: Iterable[State]) -> Iterator[Sides]:
    """What each container runs that runs the same everywhere."""
    for slot in _slots(tuple(states)):
        if len(slot.identified) == len(slot.containers) and slot.same:
            yield slot.digests


def _slots(states: tuple[State, ...]) -> Iterator[_Slot]:
    for workload in sorted({workload for state in states for workload in state.running}):
        running = {
            state.environment: {(item.role, item.name): item for item in found.containers}
            for state in states
            if (found := state.running.get(workload))
        }
        if len(running) > 1:
            seen = {state.environment: state.seen for state in states}
            declared = {slot for state in states for slot in _declared(state, workload)}
            for role, name in sorted({key for items in running.values() for key in items}):
                containers = {side: items.get((role, name)) for side, items in running.items()}
                is_declared = (role, name) in declared
                yield _Slot(workload, role, name, is_declared, containers, seen)


def _declared(state: State, workload: ObjectReference) -> Iterable[tuple[str, str]]:
    found = state.running.get(workload)
    return found.declared if found else ()


@frozen
class _Slot:
    """One container of one workload, in the environments in which the workload runs.

    Args:
        workload: The object that makes the pods.
        role: The pod's list it stands in.
        name: The container's name.
        is_declared: Whether the workload declares it anywhere.
        containers: What runs, by environment; None where the pods have no such container.
        seen: What each environment's tokens stand for.
    """

    workload: ObjectReference
    role: str
    name: str
    is_declared: bool
    containers: Mapping[str, RunningContainer | None]
    seen: Mapping[str, Seen]

    @property
    def path(self) -> FieldPath:
        """Where findings about the container stand."""
        return (Field("running"), Field(self.role), Item((("name", self.name),)))

    @property
    def _title(self) -> str:
        return f"{'image volume' if self.role == VOLUMES else 'container'} {self.name}"

    @property
    def there(self) -> Mapping[str, RunningContainer]:
        """The container, where the pods have it."""
        return {side: item for side, item in self.containers.items() if item}

    @property
    def identified(self) -> Mapping[str, RunningContainer]:
        """The container, where the nodes say what it runs."""
        return {side: item for side, item in self.there.items() if item.identities}

    @property
    def digests(self) -> Sides:
        """What it runs."""
        return self._sides((*self.path, Field("digest")), _digests)

    @property
    def images(self) -> Sides:
        """The images that the pods declare."""
        return self._sides((*self.path, Field("image")), _images)

    @cached_property
    def same(self) -> bool | None:
        """Whether all that are identified run the same; None where that can't be decided."""
        return all_same(frozenset(item.identities) for item in self.identified.values())

    @property
    def same_in_all_pods(self) -> bool | None:
        """Whether all run the same, pods included that do not say what they run."""
        return self.same and (None if any(map(self._is_in_doubt, self.there.values())) else True)

    def _is_in_doubt(self, item: RunningContainer) -> bool:
        """Whether pods do not say what they run; a debugging session need not."""
        return bool(item.unidentified) and self.role != "ephemeralContainers"

    def differences(self) -> Differences:
        """The container itself where only some pods have it, else its digests, else its images.

        A container that is declared on one side only is a difference of what is
        declared, and adds none here. Nor do the images that pods declare, unless somebody
        has set other ones on one side only, and that does not show in the digests.
        """
        if len(self.there) < len(self.containers):
            if not self.is_declared:
                yield self._sides(self.path, _whole).difference()
        elif len(self.identified) > 1 and self.same is False:
            yield self.digests.difference(note=_joined(self._remarks()))
        elif len({item.undeclared for item in self.there.values()}) > 1 and not self.images.agree:
            yield self.images.difference(note=_joined(self._undeclared()))

    def image_rows(self) -> Iterator[ImageRow]:
        """The container's row in the table of images, where it runs or is about to."""
        shown = {
            side: item
            for side, item in self.there.items()
            if item.identities or self._is_in_doubt(item)
        }
        if len(shown) > 1:
            images = {side: container_image(item) for side, item in shown.items()}
            notes = [_row_note(self.same_in_all_pods, self._identities)]
            if self.same is not False:  # a finding says it otherwise
                notes.append(_several(self.identified))
            doubtful = {side: item for side, item in shown.items() if self._is_in_doubt(item)}
            note = _joined((*notes, *_doubts(doubtful)))
            yield ImageRow(self.workload, self.name, self.same_in_all_pods, images, note, self.role)

    def reasons(self) -> Iterator[str]:
        """Why the container's images can't be compared, where they can't."""
        if len(self.there) < len(self.containers):
            return
        for side, item in self.there.items():
            if self._is_in_doubt(item):
                yield f"{self.workload}: {self._title} {unsaid(item)} of {side}{waiting_for(item)}"
        if len(self.identified) > 1 and self.same is None:
            yield (
                f"{self.workload}: {self._title} reports kinds of image ID that can't be "
                f"compared in {' and '.join(self.identified)}"
            )

    def _remarks(self) -> Iterator[str | None]:
        """What a reader should know beside unequal digests."""
        yield _note(self._identities) or _unresolved(self._identities)
        yield RE_TAGGED if _have_one_tag(self.identified.values()) else None
        yield _several(self.identified)
        yield from self._undeclared()

    def _undeclared(self) -> Iterator[str]:
        """Which pods run an image that their workload does not declare, so that somebody set it."""
        for side, item in self.there.items():
            for image in item.undeclared[:1]:
                yield f"in {side} a pod has {image}, which {self.workload} does not declare"

    @property
    def _identities(self) -> list[ImageIdentity]:
        return [identity for item in self.identified.values() for identity in item.identities]

    def _sides(self, path: FieldPath, shown: Callable[[RunningContainer], Node]) -> Sides:
        nodes = {side: shown(item) if item else ABSENT for side, item in self.containers.items()}
        return Sides(self.workload, path, nodes, self.seen)


def image_rows(
    running: Mapping[str, Mapping[ObjectReference, RunningWorkload]],
) -> tuple[ImageRow, ...]:
    """A row for each container that runs anywhere.

    Args:
        running: What runs, by environment and workload.

    Returns:
        The rows, by workload and container.
    """
    slots: dict[tuple[ObjectReference, str, str], dict[str, RunningContainer]] = {}
    for environment, workloads in running.items():
        for workload, found in workloads.items():
            for item in found.containers:
                slot = slots.setdefault((workload, item.role, item.name), {})
                slot[environment] = item
    return tuple(_image_row(slot, items, len(running)) for slot, items in sorted(slots.items()))


def _image_row(
    slot: tuple[ObjectReference, str, str],
    items: Mapping[str, RunningContainer],
    environments: int,
) -> ImageRow:
    workload, role, name = slot
    same = _same_everywhere(list(items.values()), environments)
    images = {side: container_image(item) for side, item in items.items()}
    identities = [identity for item in items.values() for identity in item.identities]
    note = _joined((_row_note(same, identities), _several(items), *_doubts(items)))
    return ImageRow(workload, name, same, images, note, role)


def _doubts(items: Mapping[str, RunningContainer]) -> Iterator[str]:
    for side, item in items.items():
        if item.unidentified:
            yield f"{unsaid(item)} of {side}{waiting_for(item)}"


def unsaid(container: RunningContainer) -> str:
    """That pods do not say what they run, and how many."""
    return f"does not say which image it runs in {counted(container.unidentified, 'pod')}"


def waiting_for(container: RunningContainer) -> str:
    """What those pods wait for, as far as their nodes say it."""
    return f": {', '.join(container.waiting)}" if container.waiting else ""


def _joined(remarks: Iterable[str | None]) -> str | None:
    return "; ".join(filter(None, remarks)) or None


def _row_note(same: bool | None, identities: Collection[ImageIdentity]) -> str | None:
    """What shows that images are the same, or not."""
    if same is None:
        return None
    return _proof(identities) if same else _note(identities)


def _several(items: Mapping[str, RunningContainer]) -> str | None:
    """Where one workload runs several images at once."""
    sides = [side for side, item in items.items() if _is_of_several(item)]
    return f"several images at once in {' and '.join(sides)}" if sides else None


def _is_of_several(item: RunningContainer) -> bool:
    return all_same(frozenset({identity}) for identity in item.identities) is False


def _have_one_tag(containers: Iterable[RunningContainer]) -> bool:
    """Whether all declare one image, which may stand for another tomorrow."""
    images = {image for item in containers for image in item.images}
    (name, *others) = {canonical_reference(image) for image in images}
    reference = parse_reference(name or "")
    return not others and reference is not None and reference.is_mutable


def _note(identities: Collection[ImageIdentity]) -> str | None:
    """What registries know of images that are not the same; None where none was asked."""
    contents = {identity.content for identity in identities}
    reasons = sorted({content.reason for content in contents if content.reason})
    if reasons:
        return f"unresolved digests: {reasons[0]}"
    is_asked = contents != {NOT_ASKED}
    if is_asked and all(identity.config for identity in identities):
        layers = {content.layers for content in contents}
        is_rebuilt = len(layers) == 1 and layers != {()}
        return REBUILT if is_rebuilt else RESOLVED
    return None


def _unresolved(identities: Iterable[ImageIdentity]) -> str | None:
    kinds = {identity.kind for identity in identities}
    return UNRESOLVED if kinds == {IdentityKind.REPO_DIGEST} else None


def _proof(identities: Iterable[ImageIdentity]) -> str | None:
    """What shows that images are the same whose digests, or whose platforms, are not."""
    return _joined(_proof_of_one(group) for group in grouped(identities))


def _proof_of_one(identities: list[ImageIdentity]) -> str | None:
    if len({identity.digest for identity in identities}) == 1:
        platforms = sorted({identity.platform for identity in identities} - {""})
        return f"one index, on {' and '.join(platforms)}" if len(platforms) > 1 else None
    common = frozenset.intersection(*(identity.digests for identity in identities))
    asked = frozenset().union(*(identity.content.digests for identity in identities))
    configs = {identity.config for identity in identities}
    for digest in sorted(common & asked, key=lambda digest: digest in configs):
        what = "config" if digest in configs else "manifest"
        return f"one image: each is {digest}, the {what} as a registry has it"
    for digest in sorted(common):
        return f"one image: each is {digest}, as a node has it"
    return "one image, as nodes have it under several digests"


def _same_everywhere(items: list[RunningContainer], environments: int) -> bool | None:
    """Whether all run the same; of a container in one of one environment, whether all its pods."""
    sides = [frozenset(item.identities) for item in items if item.identities]
    if environments == 1:
        sides = [frozenset({identity}) for identity in items[0].identities]
    same = all_same(sides)
    is_everywhere = len(items) == environments
    is_known = all(item.identities and not item.unidentified for item in items)
    return same and (True if is_everywhere and is_known else None)


def container_image(container: RunningContainer) -> ContainerImage:
    """What is declared for a container, and runs."""
    references = [parse_reference(image) for image in container.images]
    return ContainerImage(
        image=", ".join(container.images),
        digests=tuple(container.digests),
        mutable=any(reference is None or reference.is_mutable for reference in references),
    )


def _digests(container: RunningContainer) -> Node:
    return container.digests


def _images(container: RunningContainer) -> Node:
    return list(container.images)


def _whole(container: RunningContainer) -> Node:
    return {"image": ", ".join(container.images), "digest": container.digests}
