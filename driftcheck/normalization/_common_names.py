"""Which object here is which one there, where its name differs: a declared renaming, a hash.

A name that stands on both sides is one object, whatever a hash in it says. Only
the others are paired: first those that a person declared, then generations of one
content. Everything without a partner keeps its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import Any

from attrs import field, frozen

from driftcheck.model import (
    SECRET,
    Document,
    ObjectReference,
    Renaming,
    Snapshot,
    is_marked,
    without_hash,
)
from driftcheck.normalization._generated_names import (
    fits_its_name,
    is_hashed,
    mentioned,
    outdated_generations,
)
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._makers import is_made
from driftcheck.normalization._references import CONFIG_MAP, Names
from driftcheck.normalization._schema import has_builtin_type
from driftcheck.normalization._surroundings import (
    CONFIGURATION,
    DATABASE,
    POD,
    REVISION,
    STATEFUL_SET,
    VOLUME_CLAIM,
    surroundings,
)

_KNOWN_FIELDS = frozenset({"apiVersion", "kind", "metadata", "status"})
"""What is known of every object, whatever its kind: what it is, and what happened to it."""

Partners = dict[ObjectReference, ObjectReference]
"""The baseline's reference for each object of another environment that has another name there."""


def common_names(
    snapshots: Iterable[Snapshot], renamings: Iterable[Renaming] = ()
) -> tuple[Names, ...]:
    """What the objects of each environment are called in a comparison.

    Args:
        snapshots: The environments; the first is the baseline, whose names count.
        renamings: What is declared; the first that fits counts.

    Returns:
        The names, for each environment.
    """
    sides = tuple(map(_Side, snapshots))
    baseline, *others = sides
    renamings = tuple(renamings)
    declared = [_declared(baseline, side, renamings) for side in others]
    generated = [
        _generated(baseline, side, found, renamings)
        for side, found in zip(others, declared, strict=True)
    ]
    counted = [
        _counted(baseline, side, {**a, **b})
        for side, a, b in zip(others, declared, generated, strict=True)
    ]
    partners: list[Partners] = [
        {}, *(a | b | c for a, b, c in zip(declared, generated, counted, strict=True))
    ]  # fmt: skip
    shared = {reference for found in partners for reference in found.values()}
    everywhere = frozenset.intersection(*(side.outdated for side in sides))
    return tuple(
        Names(
            common={r: r for r in shared & side.in_use - side.in_reserve} | found,
            generated=frozenset(hashed),
            declared=len(said),
            outdated=side.outdated - everywhere,
        )
        for side, found, said, hashed in zip(
            sides, partners, ({}, *declared), ({}, *generated), strict=True
        )
    )


@frozen(slots=False)
class _Side:
    """One environment's objects by name."""

    snapshot: Snapshot
    documents: Mapping[ObjectReference, Document] = field(init=False)
    outdated: frozenset[ObjectReference] = field(init=False)

    @documents.default
    def _documents(self) -> Mapping[ObjectReference, Document]:
        return {document.reference: document for document in self.snapshot.documents}

    @outdated.default
    def _outdated(self) -> frozenset[ObjectReference]:
        return outdated_generations(self.snapshot.documents)

    @property
    def in_use(self) -> Set[ObjectReference]:
        """The objects that no newer generation took the place of."""
        return self.documents.keys() - self.outdated

    @cached_property
    def in_reserve(self) -> Set[ObjectReference]:
        """Knative's earlier Revisions, and what is below them, which are not compared.

        What has one of their names elsewhere may be in use there.
        """
        revisions = {found for found in self.documents if found.group_kind == REVISION}
        if not revisions:
            return frozenset()
        around = surroundings(self.snapshot, frozenset(), {})
        return {
            reference
            for reference, document in self.documents.items()
            if not revisions.isdisjoint({reference, *self._controllers(reference)})
            and is_made(document, around)
        }

    def revision_of(self, configuration: ObjectReference) -> _Series | None:
        """The Revision that a Configuration runs, where it is ready and the newest."""
        if configuration.group_kind != CONFIGURATION or configuration not in self.documents:
            return None
        status = inside(self.documents[configuration].body, "status")
        newest, ready = (status.get(f"latest{what}RevisionName") for what in ("Created", "Ready"))
        revision = ObjectReference(*REVISION, str(newest))
        is_own = configuration in self._controllers(revision)
        return _Series(revision.name, revision) if newest == ready and is_own else None

    def instances_of(self, cluster: ObjectReference) -> dict[str, _Series]:
        """The instances of a database by their names, in the order in which they were made."""
        numbered = [
            (int(number), reference.name)
            for reference in self.documents
            if reference.group_kind == POD
            and reference.name.startswith(f"{cluster.name}-")
            and (number := reference.name.removeprefix(f"{cluster.name}-")).isdecimal()
            and cluster in self._controllers(reference)
        ]
        return {name: _Series(name, cluster) for _, name in sorted(numbered)}

    def is_of(self, reference: ObjectReference, series: _Series) -> bool:
        """Whether an object is called after a number, and leads back to what counts."""
        is_called_so = f"{reference.name}-".startswith(f"{series.stem}-")
        known = {reference, *self._controllers(reference)}
        return is_called_so and reference in self.documents and series.root in known

    def _controllers(self, reference: ObjectReference) -> set[ObjectReference]:
        """What manages an object, what manages that, and so on."""
        found: set[ObjectReference] = set()
        while reference in self.documents:
            owners = maps_in(self.documents[reference].metadata, "ownerReferences")
            managing = [owner for owner in owners if owner.get("controller") is True]
            document = self._by_uid.get(str(managing[0].get("uid"))) if managing else None
            if document is None or document.reference in found:
                break
            reference = document.reference
            found.add(reference)
        return found

    @cached_property
    def _by_uid(self) -> Mapping[str, Document]:
        return {document.uid: document for document in self.snapshot.documents if document.uid}

    def saying(self, references: Iterable[ObjectReference]) -> set[str]:
        """Which of some names stand in texts here; one without a hash as a text of its own."""
        references = tuple(references)
        hashed = [reference.name for reference in references if is_hashed(reference)]
        plain = {reference.name for reference in references} - set(hashed)
        untyped = _untyped_texts(self.snapshot.documents) if plain else ()
        return mentioned(hashed, self.snapshot.documents) | plain.intersection(untyped)


def _declared(baseline: _Side, side: _Side, renamings: tuple[Renaming, ...]) -> Partners:
    """The objects that a person says are one, where both are there and nobody has both names."""
    partners: Partners = {}
    taken = set(side.documents)
    for reference in side.documents:
        renamed = _baseline_name(reference, renamings)
        if renamed and renamed not in taken and renamed in baseline.documents:
            partners[reference] = renamed
            taken.add(renamed)
    for reference, renamed in _claims_of(side.documents, partners):
        if renamed not in taken:
            partners[reference] = renamed
            taken.add(renamed)
    return partners


def _baseline_name(
    reference: ObjectReference, renamings: Iterable[Renaming]
) -> ObjectReference | None:
    names = (renaming.baseline_name(reference) for renaming in renamings)
    name = next(filter(None, names), None)
    return reference._replace(name=name) if name and not is_marked(name) else None


def _claims_of(
    documents: Mapping[ObjectReference, Document], partners: Partners
) -> Iterator[tuple[ObjectReference, ObjectReference]]:
    """The volume claims of renamed StatefulSets, `data-web-0`, which bear their names."""
    stems: dict[str, str] = {}
    for reference, renamed in partners.items():
        if reference.group_kind == STATEFUL_SET:
            spec = inside(documents[reference].body, "spec")
            for template in maps_in(spec, "volumeClaimTemplates"):
                stem = f"{inside(template, 'metadata').get('name')}-"
                stems[stem + reference.name] = stem + renamed.name
    for reference in documents:
        stem, _, ordinal = reference.name.rpartition("-")
        if reference.group_kind == VOLUME_CLAIM and stem in stems and ordinal.isdigit():
            yield reference, reference._replace(name=f"{stems[stem]}-{ordinal}")


def _generated(
    baseline: _Side, side: _Side, declared: Partners, renamings: tuple[Renaming, ...]
) -> Partners:
    """The generations of one name that are there under one hash each, and under no other.

    Where either environment still says the other's name, somebody means an object that is
    not there: then names are names.
    """
    ours = _generations(
        (reference, reference)
        for reference in baseline.in_use - side.in_use - set(declared.values())
    )
    theirs = _generations(
        (reference, _baseline_name(reference, renamings) or reference)
        for reference in side.in_use - baseline.in_use - declared.keys()
    )
    pairs = {
        there: here
        for stem in sorted(ours.keys() & theirs.keys())
        if (here := _only(ours[stem])) and (there := _only(theirs[stem]))
        if _is_one(baseline.documents[here], side.documents[there])
    }
    ours_there = side.saying(pairs.values())
    theirs_here = baseline.saying(pairs.keys())
    return {
        there: here
        for there, here in pairs.items()
        if here.name not in ours_there and there.name not in theirs_here
    }


@frozen
class _Series:
    """What is called after one number that an operator has counted.

    Args:
        stem: How all their names begin.
        root: What all of them lead back to.
    """

    stem: str
    root: ObjectReference


def _counted(baseline: _Side, side: _Side, named: Partners) -> Partners:
    """What is called after a number that says how often something was changed, or has failed."""
    taken = {*side.documents.keys() - side.in_reserve, *named.values()}
    return {
        reference: partner
        for there, here in (*_revisions(baseline, side), *_instances(baseline, side))
        for reference in side.documents
        if side.is_of(reference, there)
        if baseline.is_of(partner := _in_series(reference, there, here), here)
        if partner not in taken
    }


def _in_series(reference: ObjectReference, there: _Series, here: _Series) -> ObjectReference:
    return reference._replace(name=here.stem + reference.name.removeprefix(there.stem))


def _revisions(baseline: _Side, side: _Side) -> Iterator[tuple[_Series, _Series]]:
    """The Revisions that Knative's Configurations run.

    Only the newest that is ready counts: what else there is, is kept to go back to.
    https://github.com/knative/serving/blob/main/docs/spec/overview.md
    """
    for configuration in side.documents:
        there, here = side.revision_of(configuration), baseline.revision_of(configuration)
        if there and here:
            yield there, here


def _instances(baseline: _Side, side: _Side) -> Iterator[tuple[_Series, _Series]]:
    """CloudNativePG's instances, each of which has a new number after it was lost.

    `generateNodeSerial` in internal/controller/cluster_create.go of CloudNativePG, at a95a534
    """
    for cluster in side.documents.keys() & baseline.documents.keys():
        if cluster.group_kind == DATABASE:
            there, here = side.instances_of(cluster), baseline.instances_of(cluster)
            if len(there) == len(here):
                yield from zip(
                    (there[name] for name in there if name not in here),
                    (here[name] for name in here if name not in there),
                    strict=True,
                )


def _generations(
    named: Iterable[tuple[ObjectReference, ObjectReference]],
) -> dict[ObjectReference, list[ObjectReference]]:
    """ConfigMaps and Secrets by their names without a hash, as the baseline would have it."""
    generations: dict[ObjectReference, list[ObjectReference]] = defaultdict(list)
    for reference, called in named:
        if reference.group_kind in (CONFIG_MAP, SECRET) and not is_marked(reference.name):
            generations[without_hash(called)].append(reference)
    return generations


def _only(members: list[ObjectReference]) -> ObjectReference | None:
    """The one generation, or the one object without a hash where there is none."""
    found = [member for member in members if is_hashed(member)] or members
    return found[0] if len(found) == 1 else None


def _is_one(left: Document, right: Document) -> bool:
    """Whether the content shows that a hash is one, on one side at least.

    What was edited by hand is paired to show what; where nothing was, its name is just a name.
    """
    fitting = [fits_its_name(document) for document in (left, right)]
    if all(fitting) or not any(fitting):
        return all(fitting)
    is_edited = is_hashed((right if fitting[0] else left).reference)
    return not is_edited or any(
        left.body.get(key) != right.body.get(key) for key in ("data", "binaryData")
    )


def _untyped_texts(documents: Iterable[Document]) -> Iterator[str]:
    """Strings that nobody knows the meaning of: in custom resources, and in annotations."""
    for document in documents:
        yield from _texts(inside(document.metadata, "annotations"))
        if not has_builtin_type(document):
            for field, value in document.body.items():
                if field not in _KNOWN_FIELDS:
                    yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
