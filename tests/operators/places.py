"""A namespace under an operator, in the shape that the operator's own source gives it.

Each file in `shapes` holds the objects of one namespace, with marks where every namespace has
another text: `${namespace}`, `${uid Kafka/main}`, `${hex 8 revision}`, `${letters 5 pod}`,
`${base64 key}`, `${time made}`. What follows a mark's word only tells it from others.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import uuid
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import yaml
from attrs import field, frozen

from driftcheck.testing import Recording, with_definition
from tests.accuracy import worlds
from tests.accuracy.bodies import fields_v1
from tests.builders import Body

SHAPES = Path(__file__).parent / "shapes"
HAND = "kubectl-edit"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""What the API server ends generated names with: `rand.String` of k8s.io/apimachinery."""


@frozen
class Edit:
    """What somebody did, and what has to be found of it.

    Args:
        object: The object that was edited, `Kafka/main`; of a new one, nothing.
        at: Which field, step by step.
        to: What stands there afterwards.
        made: An object that somebody made, in the operator's name.
        finds: Each finding: kind, name, path.
    """

    finds: frozenset[str] = field(converter=frozenset)
    object: str = ""
    at: tuple[str | int, ...] = field(default=(), converter=tuple)
    to: Any = None
    made: Body = field(factory=dict)

    def __str__(self) -> str:
        return f"{self.object or 'made'} {'.'.join(map(str, self.at))}".strip()

    def applied(self, bodies: list[Body], namespace: str) -> list[Body]:
        """The objects after the edit, which notes its author as a server does."""
        if self.made:
            return [*bodies, *_objects([self.made], _Marks(namespace))]
        return [self._edited(body) if _name_of(body) == self.object else body for body in bodies]

    def _edited(self, body: Body) -> Body:
        changed = copy.deepcopy(body)
        inner: Any = changed
        for step in self.at[:-1]:
            inner = inner[step]
        inner[self.at[-1]] = self.to
        _hand_over(changed["metadata"]["managedFields"], self.at)
        return changed


@frozen(slots=False)
class Shape:
    """What one file says."""

    name: str

    @cached_property
    def _text(self) -> str:
        return (SHAPES / f"{self.name}.yaml").read_text()

    def objects(self, namespace: str) -> list[Body]:
        """The objects as a server shows them in a namespace."""
        marks = _Marks(namespace)
        written = _read(_filled_in(self._text, marks))
        return list(_objects(_unshared(written["objects"]), marks))

    def edits(self, namespace: str) -> list[Edit]:
        """What somebody did, by the names that objects have in a namespace."""
        written = _read(_filled_in(self._text, _Marks(namespace)))
        return [Edit(**item) for item in written["edits"]]


def shapes() -> list[str]:
    """Every operator that has a shape."""
    return sorted(path.stem for path in SHAPES.glob("*.yaml"))


def _read(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


_MARK = re.compile(r"\$\{([^${}]+)\}")


def _filled_in(text: str, marks: _Marks) -> str:
    """A text with what stands for its marks, the inner ones first."""
    while _MARK.search(text):
        text = _MARK.sub(lambda mark: marks.of(mark[1]), text)
    return text


@frozen
class _Marks:
    """What every namespace has of its own."""

    namespace: str

    def of(self, mark: str) -> str:
        word, _, rest = mark.partition(" ")
        digest = hashlib.sha256(f"{self.namespace} {mark}".encode()).digest()
        match word:
            case "namespace":
                return self.namespace
            case "letters-of-namespace":
                return re.sub(r"[^0-9A-Za-z]", "", self.namespace)[:8]
            case "uid":
                return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.namespace}/{rest}"))
            case "hex":
                return digest.hex()[: int(rest.partition(" ")[0])]
            case "letters":
                length = int(rest.partition(" ")[0])
                return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:length])
            case "base64":
                return base64.b64encode(digest).decode()
            case "number":
                length = int(rest.partition(" ")[0])
                return str(int(digest.hex(), 16))[:length]
            case "azure":
                return hashlib.sha256(rest.encode()).hexdigest()[:30]
            case "user":
                return f"{self.namespace}-{rest}@example.com"
            case "sha3":
                return hashlib.sha3_224(f"{self.namespace}/{rest}".encode()).hexdigest()
            case "time":
                return f"2026-11-{1 + digest[0] % 24:02}T08:{digest[1] % 60:02}:00Z"
        raise KeyError(mark)


def mark(mark: str, namespace: str) -> str:
    """What stands for a mark in a namespace."""
    return _Marks(namespace).of(mark)


def _unshared(value: Any) -> Any:
    """The value without what YAML's aliases make one."""
    return msgspec.json.decode(msgspec.json.encode(value))


_SAID = ("by", "of", "picked")
"""What a shape says of an object besides the object."""


def _objects(written: list[Body], marks: _Marks) -> Iterator[Body]:
    """What is written, with what a server gives to every object.

    `by` says who has written it, `of` the object that is its controller, `picked` what of its
    spec the server has filled in, which nobody owns.
    """
    versions = {_name_of(body): body["apiVersion"] for body in written}
    for body in written:
        plain = {key: value for key, value in body.items() if key not in _SAID}
        name = _name_of(body)
        metadata = {
            "namespace": marks.namespace,
            "uid": marks.of(f"uid {name}"),
            "creationTimestamp": marks.of(f"time {name}"),
            "generation": 1 + len(marks.namespace),
            **body["metadata"],
            "managedFields": [_entry(body, body["by"])],
        }
        if "of" in body:
            owner = body["of"]
            kind, _, called = owner.partition("/")
            metadata["ownerReferences"] = [
                {
                    "apiVersion": versions.get(owner, body.get("ofVersion", "")),
                    "kind": kind,
                    "name": called,
                    "uid": marks.of(f"uid {owner}"),
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ]
        if "picked" in body:
            plain["spec"] = {**plain["spec"], **body["picked"]}
        status = {**_settled(body, metadata["generation"]), **body.get("status", {})}
        yield {**plain, "metadata": metadata, **({"status": status} if status else {})}


def _settled(body: Body, generation: int) -> Body:
    """The status of a Pod that runs, or of a workload whose rollout has ended."""
    if body["kind"] == "Pod":
        return {**worlds.running(body["spec"]), **body.get("status", {})}
    replicas = body.get("spec", {}).get("replicas")
    if replicas is None or body["kind"] not in ("Deployment", "StatefulSet", "Rollout"):
        return {}
    counts = ("replicas", "readyReplicas", "updatedReplicas", "availableReplicas")
    return {"observedGeneration": generation, **dict.fromkeys(counts, replicas)}


def _name_of(body: Body) -> str:
    return f"{body['kind']}/{body['metadata']['name']}"


def _entry(body: Body, manager: str, fields: Body | None = None) -> Body:
    kept = {key: value for key, value in body.items() if key not in _SAID}
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": body["apiVersion"],
        "time": "2026-11-24T08:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_v1(kept) if fields is None else fields,
    }


def _hand_over(entries: list[Body], at: tuple[str | int, ...]) -> None:
    """Let a hand own a field in place of whoever did; of a list, all of it."""
    names = [f"f:{step}" for step in at[: next((n for n, s in enumerate(at) if s == 0), len(at))]]
    owned: Any = entries[0]["fieldsV1"]
    for name in names[:-1]:
        owned = owned.setdefault(name, {})
    owned.pop(names[-1], None)
    fields: Body = {}
    for name in reversed(names):
        fields = {name: fields}
    entries.append({**entries[0], "manager": HAND, "fieldsV1": fields})


def serving(recording: Recording, *namespaces: tuple[str, list[Body]]) -> Recording:
    """A server that holds objects, and knows the kind of each."""
    for namespace, bodies in namespaces:
        known = {(item.api_version, item.kind) for item in recording.resources}
        missing = {(body["apiVersion"], body["kind"]) for body in bodies} - known
        for api_version, kind in sorted(missing):
            recording = with_definition(recording, _definition(api_version, kind))
        recording = recording.with_objects(namespace, bodies)
    return recording


def _definition(api_version: str, kind: str) -> Body:
    """The definition of a custom resource that may hold anything."""
    group, _, version = api_version.partition("/")
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {"name": version, "served": True, "storage": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [{**served, "schema": {"openAPIV3Schema": schema}}],
        },
    }
