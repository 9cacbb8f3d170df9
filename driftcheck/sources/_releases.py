"""Helm's releases: which revision of each was deployed last, and what it declares.

Helm keeps a record of each revision in a Secret or a ConfigMap, with every rendered Secret in it:
what is read here stays in memory, and no error says anything of it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from driftcheck.codec import located_documents
from driftcheck.errors import ManifestError
from driftcheck.model import GroupKind
from driftcheck.sources._objects import Found, Odd, objects_in
from driftcheck.sources._scopes import is_surely_namespaced

DEPLOYED = "deployed"
HOOK = "helm.sh/hook"
_PENDING = ("pending-install", "pending-upgrade", "pending-rollback", "uninstalling")
_UNINSTALLED = "uninstalled"
"""https://github.com/helm/helm/blob/main/pkg/release/common/status.go"""

_LARGEST = 64 * 1024**2
"""How many bytes a release may have once it is unpacked; packed, it has a MiB at most."""

_GZIP = b"\x1f\x8b\x08"
_GZIP_ENVELOPE = 31


@frozen
class Revision:
    """One revision of a release, as the labels of its record tell of it.

    Args:
        release: The release's name.
        number: Which of its revisions it is.
        status: What became of it, in Helm's words.
        record: The record's kind and name.
    """

    release: str
    number: int
    status: str
    record: tuple[str, str]


@frozen
class Choice:
    """The revision of each release that is what was declared last.

    Args:
        revisions: One for each release.
        gaps: Of which releases nobody can say what they declare, in sentences.
        warnings: What else a reader should know of them, in sentences.
    """

    revisions: tuple[Revision, ...]
    gaps: tuple[str, ...]
    warnings: tuple[str, ...]


@frozen
class Release:
    """What one revision of a release declares.

    Args:
        namespace: Where it was deployed to.
        found: Its objects, with the marks that Helm puts on each, but for its hooks.
        hooks: How many hooks it has, by kind.
    """

    namespace: str
    found: tuple[Found | Odd, ...] = field(repr=False)
    hooks: Mapping[GroupKind, int]


class _UnreadableError(Exception):
    """Why a record can't be read, without a word of what stands in it."""


def revision_of(body: Mapping[str, Any]) -> Revision | None:
    """Which revision a Secret or a ConfigMap is the record of; None where it is none.

    `newSecretsObject` in pkg/storage/driver/secrets.go of Helm, and its likes.

    Args:
        body: The object, or its metadata alone with its kind.
    """
    labels = body["metadata"].get("labels") or {}
    version = str(labels.get("version"))
    if labels.get("owner") != "helm" or not (version.isascii() and version.isdigit()):
        return None
    return Revision(
        release=str(labels.get("name")),
        number=int(version),
        status=str(labels.get("status")),
        record=(body["kind"], body["metadata"]["name"]),
    )


def choose_revisions(revisions: Iterable[Revision]) -> Choice:
    """Of each release the revision that was deployed last.

    Args:
        revisions: All that there are.
    """
    releases: dict[str, list[Revision]] = defaultdict(list)
    for revision in revisions:
        releases[revision.release].append(revision)
    chosen: list[Revision] = []
    gaps: list[str] = []
    warnings: list[str] = []
    for name, history in sorted(releases.items()):
        last = max(history, key=_number)
        deployed = [revision for revision in history if revision.status == DEPLOYED]
        said = f"the release {name} is {last.status} in its revision {last.number}"
        if last.status == _UNINSTALLED:
            warnings.append(f"{said}, and declares nothing any more")
        elif not deployed:
            gaps.append(f"{said}, and was never deployed before")
        else:
            chosen.append(max(deployed, key=_number))
            if last.status in _PENDING:
                gaps.append(f"{said}: something is being done to it, or was broken off")
            elif last is not chosen[-1]:
                warnings.append(f"{said}: what revision {chosen[-1].number} declares is read")
    return Choice(tuple(chosen), tuple(gaps), tuple(warnings))


def read_release(revision: Revision, record: Mapping[str, Any]) -> Release | str:
    """What a revision declares, or why that can't be read, in words that tell nothing of it.

    Args:
        revision: What its record's labels say.
        record: The whole record.
    """
    try:
        return _release(revision, _content(record))
    except (_UnreadableError, ManifestError) as error:
        problem = str(error)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error):
        problem = "it is not what Helm writes"
    return problem


def _number(revision: Revision) -> int:
    return revision.number


def _content(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The release as JSON: `encodeRelease` in pkg/storage/driver/util.go of Helm."""
    text = record["data"]["release"].encode()
    if record["kind"] == "Secret":
        text = base64.b64decode(text, validate=True)
    content = json.loads(_unpacked(base64.b64decode(text, validate=True)), object_pairs_hook=_map)
    if not isinstance(content, dict):
        raise _UnreadableError("it is not a map")
    return content


def _unpacked(packed: bytes) -> bytes:
    if not packed.startswith(_GZIP):
        return packed
    unpacker = zlib.decompressobj(_GZIP_ENVELOPE)
    unpacked = unpacker.decompress(packed, _LARGEST)
    if unpacker.unconsumed_tail:
        raise _UnreadableError(f"it is larger than {_LARGEST // 2**20} MiB once it is unpacked")
    if not unpacker.eof:
        raise _UnreadableError("it is cut off")
    return unpacked


def _map(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A map of JSON in which no key hides another."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _UnreadableError("a key stands in it twice")
    return found


def _release(revision: Revision, content: Mapping[str, Any]) -> Release:
    said = (content["name"], content["version"], content["info"]["status"])
    if said != (revision.release, revision.number, DEPLOYED):
        raise _UnreadableError("what stands in it does not fit its labels")
    namespace, manifest = str(content["namespace"]), str(content["manifest"])
    found = list(_objects(manifest, f"the release {revision.release}"))
    hooks = Counter(map(_kind_of_hook, content.get("hooks") or ()))
    hooks.update(item.group_kind for item in found if _is_hook(item))
    return Release(
        namespace=namespace,
        found=tuple(
            _marked(item, revision.release, namespace) for item in found if not _is_hook(item)
        ),
        hooks=hooks,
    )


def _objects(manifest: str, place: str) -> Iterator[Found | Odd]:
    for line, document in located_documents(manifest.encode(), source=place):
        yield from objects_in(document, f"{place}, line {line}")


def _is_hook(item: Found | Odd) -> bool:
    return isinstance(item, Found) and HOOK in (item.body["metadata"].get("annotations") or {})


def _kind_of_hook(hook: Mapping[str, Any]) -> GroupKind:
    """A hook's kind, with its group where its manifest can be read."""
    try:
        for item in _objects(str(hook["manifest"]), ""):
            return item.group_kind
    except ManifestError:
        pass
    return GroupKind("", str(hook["kind"]))


def _marked(item: Found | Odd, release: str, namespace: str) -> Found | Odd:
    """An object as Helm sends it to a server.

    `setMetadataVisitor` in pkg/action/validate.go of Helm
    """
    if isinstance(item, Odd):
        return item
    metadata = dict(item.body["metadata"])
    if is_surely_namespaced(item.group_kind):
        metadata["namespace"] = metadata.get("namespace") or namespace
    metadata["labels"] = {
        **(metadata.get("labels") or {}),
        "app.kubernetes.io/managed-by": "Helm",
    }
    metadata["annotations"] = {
        **(metadata.get("annotations") or {}),
        "meta.helm.sh/release-name": release,
        "meta.helm.sh/release-namespace": namespace,
    }
    return evolve(item, body={**item.body, "metadata": metadata})
