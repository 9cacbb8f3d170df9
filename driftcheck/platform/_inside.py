"""What stands in a namespace, as far as something outside can be reached from there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeGuard

from attrs import frozen

from driftcheck.model import NAMESPACE, Document, GroupKind, ObjectReference

Body = Mapping[str, Any]

CLAIM = GroupKind("", "PersistentVolumeClaim")
STATEFUL_SET = GroupKind("apps", "StatefulSet")
_CRON_JOB = GroupKind("batch", "CronJob")
_JOB = GroupKind("batch", "Job")
_POD = GroupKind("", "Pod")
_TEMPLATES = (
    ("template",),
    ("spec", "template"),
    ("spec", "jobTemplate", "spec", "template"),
)
"""Where kinds keep a pod's template."""

DEVICES = "deviceclass.resource.kubernetes.io/"
"""How the resource begins that stands for a class of devices by its name.

https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#extended-resource
"""
_OWN_RESOURCE = re.compile(rf"[a-z-]+|(?!{DEVICES})[^/]*kubernetes\.io/.*|hugepages-.*")
"""The resources that every node has.

https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
"""
_NAME_LABEL = "kubernetes.io/metadata.name"
"""What the API server sets on every Namespace.

https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name
"""


def inside(value: Any, *fields: str) -> Body:
    """The map at the end of some fields; an empty one where there is none."""
    for field in fields:
        value = value.get(field) if _is_map(value) else None
    return value if _is_map(value) else {}


def maps_in(value: Any, field: str) -> list[Body]:
    """The maps in a list field; nothing else that may stand there."""
    items = value.get(field) if _is_map(value) else None
    return [item for item in items if _is_map(item)] if isinstance(items, list) else []


def texts_in(value: Any, field: str) -> list[str]:
    """The texts in a list field; nothing else that may stand there."""
    items = value.get(field) if _is_map(value) else None
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


def text(value: Any, field: str) -> str:
    """The text in a field; empty where there is none."""
    found = value.get(field) if _is_map(value) else None
    return found if isinstance(found, str) else ""


def _is_map(value: Any) -> TypeGuard[Body]:
    """Whether there are fields; nearly all that have some are dicts, which is quickly said."""
    return type(value) is dict or isinstance(value, Mapping)


def special_resources(spec: Body) -> Iterator[str]:
    """What a pod's containers ask for that only some nodes have, such as `nvidia.com/gpu`."""
    for container in (*maps_in(spec, "initContainers"), *maps_in(spec, "containers")):
        for name in inside(container, "resources", "limits"):
            if not _OWN_RESOURCE.fullmatch(name):
                yield name


@frozen
class Pod:
    """A pod, or what pods are made of.

    Args:
        owner: What a person would edit, such as `Deployment payments`.
        labels: Its labels.
        spec: Its spec.
    """

    owner: str
    labels: Mapping[str, str]
    spec: Body


@frozen
class Written:
    """What is written in a namespace, or will be by what stands there.

    Args:
        kind: Its kind.
        name: Its name; empty where its maker will give it one.
        labels: Its labels.
    """

    kind: GroupKind
    name: str
    labels: Mapping[str, str]


@frozen
class Inside:
    """What stands in a namespace.

    Args:
        namespace: The Namespace's name.
        documents: The objects.
        plurals: What the kinds that stand in namespaces are called in paths.
        definitions: What defines each kind of custom resource.
        cluster_scoped: The kinds that stand in no namespace.
    """

    namespace: str
    documents: Sequence[Document]
    plurals: Mapping[GroupKind, str]
    definitions: Mapping[GroupKind, str]
    cluster_scoped: frozenset[GroupKind]

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The Namespace's labels."""
        own = next(map(_labels, self.of(NAMESPACE)), {})
        return {**own, _NAME_LABEL: self.namespace}

    def of(self, kind: GroupKind) -> Sequence[Document]:
        """The objects of a kind."""
        return self._by_kind.get(kind, ())

    @property
    def kinds(self) -> Iterator[GroupKind]:
        """The kinds of which an object is there."""
        return iter(self._by_kind)

    @cached_property
    def pods(self) -> Sequence[Pod]:
        """The pods, and the templates of those who make them."""
        return [pod for document in self.documents for pod in self._pods_of(document)]

    @cached_property
    def written(self) -> Mapping[GroupKind, Sequence[Written]]:
        """What is written there, by its kind, with what is made from templates."""
        written: dict[GroupKind, list[Written]] = defaultdict(list)
        for each in self._written():
            written[each.kind].append(each)
        return written

    @cached_property
    def outside_kinds(self) -> Mapping[str, Sequence[GroupKind]]:
        """The kinds that stand in no namespace, by their names in small letters."""
        named: dict[str, list[GroupKind]] = defaultdict(list)
        for kind in sorted(self.cluster_scoped):
            named[kind.kind.lower()].append(kind)
        return named

    @cached_property
    def _by_kind(self) -> Mapping[GroupKind, Sequence[Document]]:
        by_kind: dict[GroupKind, list[Document]] = defaultdict(list)
        for document in self.documents:
            by_kind[document.reference.group_kind].append(document)
        return by_kind

    @cached_property
    def _by_uid(self) -> Mapping[str, Document]:
        return {document.uid: document for document in self.documents if document.uid}

    def _written(self) -> Iterator[Written]:
        for document in self.documents:
            kind, name = document.reference.group_kind, document.reference.name
            yield Written(kind, name, _labels(document))
        for pod in self.pods:
            yield Written(_POD, "", pod.labels)
        for document in self.of(_CRON_JOB):
            template = inside(document.body, "spec", "jobTemplate")
            yield Written(_JOB, "", inside(template, "metadata", "labels"))
        for document in self.of(STATEFUL_SET):
            for template in maps_in(inside(document.body, "spec"), "volumeClaimTemplates"):
                yield Written(CLAIM, "", inside(template, "metadata", "labels"))

    def _pods_of(self, document: Document) -> Iterator[Pod]:
        if document.reference.group_kind == _POD:
            owner = str(self._root(document))
            yield Pod(owner, _labels(document), inside(document.body, "spec"))
        elif self._root(document) == document.reference:
            for fields in _TEMPLATES:
                template = inside(document.body, *fields)
                spec = inside(template, "spec")
                if maps_in(spec, "containers"):
                    labels = inside(template, "metadata", "labels")
                    yield Pod(str(document.reference), labels, spec)

    def _root(self, document: Document) -> ObjectReference:
        """The object that made this one, through all that stand between."""
        seen = {document.reference}
        while owner := self._controller(document):
            if owner.reference in seen:
                break
            document = owner
            seen.add(owner.reference)
        return document.reference

    def _controller(self, document: Document) -> Document | None:
        owners = maps_in(document.metadata, "ownerReferences")
        found = (
            self._by_uid.get(text(owner, "uid")) for owner in owners if owner.get("controller")
        )
        return next(filter(None, found), None)


def _labels(document: Document) -> Mapping[str, str]:
    return inside(document.metadata, "labels")
