"""What belongs to an image and stands beside it in its registry: artifacts that refer to it.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from driftcheck.errors import ProofError
from driftcheck.sources._fetch import Refusal
from driftcheck.sources._registry import Registries
from driftcheck.sources._registry_wire import INDEX, MANIFEST, Question, RegistryAnswer, joined

_NOTHING = b"{}"
_NOTHING_TYPE = "application/vnd.oci.empty.v1+json"
_OK, _CREATED, _ACCEPTED, _NOT_FOUND = 200, 201, 202, 404
_MOST = 100
"""How many of an image's artifacts are looked at."""
_ATTEMPTS = 3
"""How often an index is written in which somebody else writes at the same time."""

_T = TypeVar("_T")


class _Described(msgspec.Struct, rename="camel"):
    digest: str
    media_type: str = ""
    artifact_type: str = ""


class _Index(msgspec.Struct):
    manifests: list[_Described] = []


class _WrittenIndex(msgspec.Struct):
    """An index with all that others have written of its items."""

    manifests: list[dict[str, Any]] = []


class _Artifact(msgspec.Struct, rename="camel"):
    artifact_type: str = ""
    layers: list[_Described] = []


class Referrers:
    """The artifacts of one type that refer to one image.

    Args:
        registries: How registries are asked.
        registry: The registry's host.
        repository: The repository in it.
        image: The image's digest.
        artifact_type: The type, which is that of the artifact's one layer as well.
    """

    def __init__(
        self, registries: Registries, registry: str, repository: str, image: str, artifact_type: str
    ) -> None:
        self._registries = registries
        self._registry = registry
        self._repository = repository
        self._image = image
        self._type = artifact_type

    def contents(self) -> Iterator[bytes]:
        """What each of them holds.

        Raises:
            ProofError: The registry can't be asked, or does not send what it names.
        """
        for found in self._listed():
            manifest = self._content(f"manifests/{found.digest}", found.digest)
            artifact = _decoded(manifest, _Artifact)
            if artifact is None or artifact.artifact_type != self._type:
                continue
            for layer in artifact.layers:
                if layer.media_type == self._type:
                    yield self._content(f"blobs/{layer.digest}", layer.digest)

    def push(self, content: bytes, annotations: Mapping[str, str]) -> str:
        """Let one more refer to the image.

        Args:
            content: What it holds.
            annotations: What is said of it.

        Returns:
            Its digest.

        Raises:
            ProofError: The registry has no such image, or does not take it.
        """
        image = self._image_manifest()
        for blob in (_NOTHING, content):
            self._push_blob(blob)
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "artifactType": self._type,
                "config": _described(_NOTHING_TYPE, _NOTHING),
                "layers": [_described(self._type, content)],
                "subject": _described(image.headers.get("Content-Type", MANIFEST), image.body),
                "annotations": dict(annotations),
            }
        )
        answer = self._told(Question(f"manifests/{_digest(manifest)}", "PUT", manifest, MANIFEST))
        if "OCI-Subject" not in answer.headers:
            self._list_by_tag(manifest, annotations)
        return _digest(manifest)

    def _listed(self) -> list[_Described]:
        """What the registry lists; a registry that knows no such list has a tag instead."""
        answer = self._asked(Question(f"referrers/{self._image}"))
        index = _decoded(answer.body, _Index) if answer.status == _OK else None
        if not (index and index.manifests):
            index = _decoded(_json({"manifests": self._tagged()}), _Index) or _Index()
        return [found for found in index.manifests if self._may_be_ours(found)][-_MOST:]

    def _may_be_ours(self, found: _Described) -> bool:
        """Whether its type is the one that is meant; some registries leave it out."""
        return found.artifact_type in ("", self._type)

    def _list_by_tag(self, manifest: bytes, annotations: Mapping[str, str]) -> None:
        """Put an artifact on the list that stands under a tag, whoever writes there meanwhile."""
        ours = {
            **_described(MANIFEST, manifest),
            "artifactType": self._type,
            "annotations": dict(annotations),
        }
        for _ in range(_ATTEMPTS):
            others = [it for it in self._tagged() if it.get("digest") != ours["digest"]]
            index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*others, ours]}
            self._told(Question(f"manifests/{self._tag}", "PUT", _json(index), INDEX))
            if ours in self._tagged():
                return
        raise ProofError(
            f"{self._registry} does not keep what refers to {self._image}: others write there",
            hint="attach it again",
        )

    def _tagged(self) -> list[dict[str, Any]]:
        answer = self._asked(Question(f"manifests/{self._tag}"))
        if answer.status == _NOT_FOUND:
            return []
        index = _decoded(answer.body, _WrittenIndex) if answer.status == _OK else None
        if index is None:
            raise self._refused(answer.refusal(self._registry, self._tag))
        return index.manifests

    @property
    def _tag(self) -> str:
        """https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema."""
        return self._image.replace(":", "-")

    def _image_manifest(self) -> RegistryAnswer:
        answer = self._asked(Question(f"manifests/{self._image}"))
        if answer.status != _OK or _digest(answer.body) != self._image:
            name = f"{self._repository}@{self._image}"
            raise self._refused(answer.refusal(self._registry, name))
        return answer

    def _push_blob(self, blob: bytes) -> None:
        """https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs."""
        started = self._told(Question("blobs/uploads/", "POST"), wanted=_ACCEPTED)
        here = f"{urlsplit(started.address).scheme}://{urlsplit(started.address).netloc}"
        place = joined(started.address, started.headers.get("Location", ""))
        if not place.startswith(f"{here}/"):
            raise ProofError(
                f"{self._registry} wants the statement to be sent to another place",
                hint="push it to a registry that takes it itself",
            )
        separator = "&" if "?" in place else "?"
        where = f"{place}{separator}digest={_digest(blob)}"
        self._told(Question(where, "PUT", blob, "application/octet-stream"))

    def _content(self, path: str, digest: str) -> bytes:
        found = self._registries.content(self._registry, self._repository, path, digest)
        if isinstance(found, Refusal):
            raise self._refused(found)
        return found

    def _told(self, question: Question, wanted: int = _CREATED) -> RegistryAnswer:
        answer = self._asked(question)
        if answer.status != wanted:
            raise self._refused(
                answer.refusal(self._registry, f"{question.method} {self._repository}")
            )
        return answer

    def _asked(self, question: Question) -> RegistryAnswer:
        answer = self._registries.connections.ask(self._registry, self._repository, question)
        if isinstance(answer, Refusal):
            raise self._refused(answer)
        return answer

    def _refused(self, refusal: Refusal) -> ProofError:
        return ProofError(
            refusal.reason, hint="is the name right, and does your login to it have leave?"
        )


def _decoded(data: bytes, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _described(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _json(content: Any) -> bytes:
    return json.dumps(content).encode()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
