"""Pods that are not what their maker's template gives, by the workload a person would edit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from driftcheck.model import Document, Node, ObjectReference, StrayPod, managers_of, same
from driftcheck.normalization._choices import is_chosen
from driftcheck.normalization._given import as_given, as_it_is
from driftcheck.normalization._makers import JOB, maker_of, root_of
from driftcheck.normalization._pods import NODE
from driftcheck.normalization._revisions import is_being_replaced
from driftcheck.normalization._surroundings import POD, Surroundings
from driftcheck.normalization._templates import has_finished

_OF_EACH_POD = frozenset({"nodeName", "name", "uid", "resourceVersion", "managedFields"})
_TOKEN_VOLUME = re.compile(rb'(?<="kube-api-access-)[a-z0-9]{5}(?=")')

Normalize = Callable[[Document], Mapping[str, Node]]
"""What a document means."""


def strays_among(
    documents: Iterable[Document], around: Surroundings, normalize: Normalize
) -> dict[ObjectReference, tuple[StrayPod, ...]]:
    """The pods that somebody or something has changed, or made by another template.

    A pod on its way out runs until then, which its author may have put off for years; one that
    does not say whether it runs may.

    Args:
        documents: What was captured.
        around: Its environment.
        normalize: Says what a pod means.

    Returns:
        Those that differ from what they should be, by workload; pods that nobody made are not
        among them.
    """
    strays: dict[ObjectReference, list[StrayPod]] = defaultdict(list)
    judge = _Judge(around, normalize)
    for pod in documents:
        maker = maker_of(pod, around) if pod.kind == POD else None
        found = judge.stray(pod, maker) if maker and _counts(pod, maker, around) else None
        if found:
            strays[root_of(pod, around).reference].append(found)
    return {workload: tuple(found) for workload, found in strays.items()}


def _counts(pod: Document, maker: Document, around: Surroundings) -> bool:
    """Whether a pod may run, or is a run, and is not about to make room for another template."""
    is_run = maker.kind == JOB
    return (is_run or not has_finished(pod)) and not is_being_replaced(pod, around)


class _Judge:
    """Holds pods against their templates; those of one maker that are completed alike, once."""

    def __init__(self, around: Surroundings, normalize: Normalize) -> None:
        self._around = around
        self._normalize = normalize
        self._completed: set[tuple[ObjectReference, bytes]] = set()

    def stray(self, pod: Document, maker: Document) -> StrayPod | None:
        """The pod, if it is not what its maker's template gives."""
        given = as_given(pod, maker, self._around)
        if given is None:
            return None
        seen = as_it_is(pod)
        completion = (maker.reference, _completion(seen, given))
        if completion in self._completed:
            return None
        content, wanted = self._normalize(seen), self._normalize(given)
        if same(content, wanted):
            self._completed.add(completion)
            return None
        owners = managers_of(pod.metadata)
        is_reported = "status" in pod.body and "deletionTimestamp" not in pod.metadata
        return StrayPod(pod.reference.name, content, wanted, owners, is_reported)


def _completion(seen: Document, given: Document) -> bytes:
    """What a pod is written with otherwise than it is given, but for what is each pod's own.

    A node is that, unless somebody chose it.
    """
    written = [
        is_chosen(seen, NODE),
        _otherwise(seen.body["spec"], given.body["spec"]),
        _otherwise(seen.metadata, given.metadata),
    ]
    return _TOKEN_VOLUME.sub(b"", encoded(written))


def _otherwise(seen: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields that are written otherwise, as they are and as they are given."""
    return {
        field: [seen.get(field), given.get(field)]
        for field in sorted({*seen, *given} - _OF_EACH_POD)
        if encoded(seen.get(field)) != encoded(given.get(field))
    }


def encoded(value: Any) -> bytes:
    """A value as it is written, type by type."""
    return msgspec.json.encode(value, order="deterministic")
