"""What runs, against what runs: declared the same is not yet the same.

A repository digest names an index or a manifest, a config digest an image's
content: unequal ones of the same kind are a difference, of different kinds they
can't be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from driftcheck.comparison._sides import ABSENT, Differences, Sides
from driftcheck.images import canonical_reference, parse_reference, same_images
from driftcheck.model import (
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
    State,
    as_seen,
    counted,
)

VOLUMES = "volumes"
"""The role of what is mounted from an image, beside the roles of containers."""

RESOLVED = "resolved: a registry knows them as different images"
REBUILT = "resolved: rebuilt, another config with identical layers"
UNRESOLVED = "unresolved digests: a registry may still know them as one image"


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
            namespaces = {state.environment: state.namespace for state in states}
            declared = _declared(workload, states)
            for role, name in sorted({key for items in running.values() for key in items}):
                containers = {side: items.get((role, name)) for side, items in running.items()}
                templates = declared.get((role, name), {})
                yield _Slot(workload, role, name, templates, containers, namespaces)


@frozen
class _Slot:
    """One container of one workload, in the environments in which the workload runs.

    Args:
        workload: The object that makes the pods.
        role: The pod's list it stands in.
        name: The container's name.
        templates: The image that each environment's workload declares, where it does.
        containers: What runs, by environment; None where the pods have no such container.
        namespaces: Each environment's own namespace.
    """

    workload: ObjectReference
    role: str
    name: str
    templates: Mapping[str, str]
    containers: Mapping[str, RunningContainer | None]
    namespaces: Mapping[str, str]

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
    def same(self) -> bool | None:
        """Whether all that are identified run the same; None where that can't be decided."""
        first, *others = [frozenset(item.identities) for item in self.identified.values()]
        answers = [same_images(first, other) for other in others]
        if False in answers:
            return False
        return None if None in answers else True

    def differences(self) -> Differences:
        """The container itself where only some pods have it, else its digests.

        A container that is declared on one side only is a difference of what is
        declared, and adds none here.
        """
        if len(self.there) < len(self.containers):
            if not self.templates:
                yield self._sides(self.path, _whole).difference()
        elif len(self.identified) > 1 and self.same is False:
            known = _note(self._identities) or _unresolved(self._identities)
            note = "; ".join(filter(None, (known, *self._foreign_images()))) or None
            yield self.digests.difference(note=note)

    def image_rows(self) -> Iterator[ImageRow]:
        """The container's row in the table of images."""
        if len(self.identified) > 1:
            images = {side: container_image(item) for side, item in self.identified.items()}
            note = _note(self._identities) if self.same is False else _proof(self._identities)
            yield ImageRow(self.workload, self.name, self.same, images, note)

    def reasons(self) -> Iterator[str]:
        """Why the container's images can't be compared, where they can't.

        A debugging session that reports nothing is not part of what should run.
        """
        if len(self.there) < len(self.containers):
            return
        for side, item in self.there.items():
            if item.unidentified and self.role != "ephemeralContainers":
                yield (
                    f"{self.workload}: {self._title} does not say which image it runs "
                    f"in {counted(item.unidentified, 'pod')} of {side}"
                )
        if len(self.identified) > 1 and self.same is None:
            yield (
                f"{self.workload}: {self._title} reports kinds of image ID that can't be "
                f"compared in {' and '.join(self.identified)}"
            )

    def _foreign_images(self) -> Iterator[str]:
        """Which pods run an image that their workload does not declare, so that somebody set it."""
        for side, item in self.identified.items():
            template = self.templates.get(side)
            foreign = [image for image in item.images if template and _is_another(image, template)]
            if foreign:
                yield f"in {side} a pod has {foreign[0]}, which {self.workload} does not declare"

    @property
    def _identities(self) -> list[ImageIdentity]:
        return [identity for item in self.identified.values() for identity in item.identities]

    def _sides(self, path: FieldPath, shown: Callable[[RunningContainer], Node]) -> Sides:
        nodes = {side: shown(item) if item else ABSENT for side, item in self.containers.items()}
        return Sides(self.workload, path, nodes, self.namespaces)


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
    return tuple(
        _image_row(workload, name, items, len(running))
        for (workload, _, name), items in sorted(slots.items())
    )


def _image_row(
    workload: ObjectReference, name: str, items: Mapping[str, RunningContainer], environments: int
) -> ImageRow:
    same = _same_everywhere(list(items.values()), environments)
    identities = [identity for item in items.values() for identity in item.identities]
    note = {True: _proof, False: _note}[same](identities) if same is not None else None
    images = {side: container_image(item) for side, item in items.items()}
    return ImageRow(workload, name, same, images, note)


def _note(identities: Iterable[ImageIdentity]) -> str | None:
    """What registries know of images that are not the same; None where none was asked."""
    contents = {identity.content for identity in identities}
    reasons = sorted({content.reason for content in contents if content.reason})
    if reasons:
        return f"unresolved digests: {reasons[0]}"
    if all(content.config for content in contents):
        layers = {content.layers for content in contents}
        is_rebuilt = len(layers) == 1 and layers != {()}
        return REBUILT if is_rebuilt else RESOLVED
    return None


def _unresolved(identities: Iterable[ImageIdentity]) -> str | None:
    kinds = {identity.kind for identity in identities}
    return UNRESOLVED if kinds == {IdentityKind.REPO_DIGEST} else None


def _proof(identities: Iterable[ImageIdentity]) -> str | None:
    """What shows that images are the same whose digests are not."""
    if len({identity.digest for identity in identities}) == 1:
        return None
    common = frozenset.intersection(*(identity.digests for identity in identities))
    return f"one image: each is {min(common)}" if common else None


def _same_everywhere(items: list[RunningContainer], environments: int) -> bool | None:
    """Whether all run the same; of a container in one of one environment, whether all its pods."""
    if len(items) < environments or not all(item.identities for item in items):
        return None
    sides = [frozenset(item.identities) for item in items]
    if environments == 1:
        sides = [frozenset({identity}) for identity in items[0].identities]
    answers = [same_images(sides[0], other) for other in sides[1:]]
    if False in answers:
        return False
    return None if None in answers else True


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


def _whole(container: RunningContainer) -> Node:
    return {"image": ", ".join(container.images), "digest": container.digests}


def _is_another(image: str, template: str) -> bool:
    return canonical_reference(image) != canonical_reference(template)


def _declared(
    workload: ObjectReference, states: Iterable[State]
) -> dict[tuple[str, str], dict[str, str]]:
    """The containers that a workload's pod template declares: each one's image, by environment."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for state in states:
        if workload in state.objects:
            spec = _pod_spec(state.objects[workload].content)
            for role in ("initContainers", "containers", VOLUMES):
                for item in spec.get(role, ()):
                    image = as_seen(item.get("image", ""), state.namespace)
                    found[role, item["name"]][state.environment] = (
                        image if isinstance(image, str) else ""
                    )
    return found


def _pod_spec(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pod's spec in a workload, or in a pod itself."""
    spec = content.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    template: Mapping[str, Any] = spec.get("template", {}).get("spec", spec)
    return template
