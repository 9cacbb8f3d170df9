"""Every leaf and every list of an object of every kind, changed; the API's documents are the judge.

Nothing here asks what comparing thinks of a field: types and lists are those of the recorded
OpenAPI documents, and what may rightly give nothing stands in `oracle.py`, with its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from driftcheck.comparison import compare_states
from driftcheck.model import Document, Origin, Snapshot
from driftcheck.normalization import normalize
from tests.accuracy.bodies import full_bodies, resolved, schema_of
from tests.accuracy.oracle import is_rightly_nothing
from tests.accuracy.worlds import Body, served
from tests.builders import snapshot
from tests.properties.trees import Keys, at, with_value, without

LIVE, FILES = "live", "files"
LARGE = 4
"""Beside the place that is changed, a map with more leaves is left out."""

CHANGED, REMOVED = "changed", "removed"
REVERSED, DOUBLED, CUT = "reversed", "doubled", "cut"
SERVER_WRITTEN = frozenset(
    {
        "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink",
        "deletionGracePeriodSeconds",
    }
)  # fmt: skip
IDENTITY = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


@frozen
class Place:
    """Where a value stands in an object, and what the API's documents say of it.

    Args:
        keys: The way to it.
        type: The type of the map that holds it, `core.v1.PodSpec`; empty in a map of free keys.
        field: Its field there.
        schema: Its own schema.
    """

    keys: Keys
    type: str
    field: str
    schema: Body


@frozen
class Trial:
    """One change of one object.

    Args:
        kind: The object's kind.
        form: `live` or `files`.
        done: What was done: `changed`, `removed`, `reversed`, `doubled`, `cut`.
        place: Where.
        value: What stands there afterwards; nothing where it was removed.
    """

    kind: str
    form: str
    done: str
    place: Place
    value: Any = field(repr=False)

    def __str__(self) -> str:
        way = ".".join(map(str, self.place.keys))
        return f"{self.form}: {self.kind} {way} {self.done} ({self.place.type} {self.place.field})"


def names_of_bodies() -> list[str]:
    """Each kind with its version."""
    return [f"{body['apiVersion']} {body['kind']}" for body in full_bodies()]


def trials(name: str) -> Iterator[Trial]:
    """Every change of the full body of a kind."""
    body = body_named(name)
    schema = schema_of(body["apiVersion"], body["kind"])
    assert schema is not None, name
    for place in _places(body, schema, type_=body["kind"]):
        if place.keys in IDENTITY:
            continue
        for form in (LIVE, FILES):
            if form == FILES and place.keys[-1] in SERVER_WRITTEN and place.keys[0] == "metadata":
                continue
            for done, value in _changes(at(body, place.keys), place):
                yield Trial(body["kind"], form, done, place, value)


def before_and_after(body: Body, trial: Trial) -> tuple[Body, Body]:
    """What is around the place of a change, without and with the change."""
    keys = trial.place.keys
    before = around(body, keys)
    changed = (
        without(before, keys) if trial.done == REMOVED else with_value(before, keys, trial.value)
    )
    return before, changed


def around(value: Any, keys: Keys) -> Any:
    """A value with all that stands at a place, and what is small beside the way there.

    A body that holds everything has thousands of leaves, most of them far from the place.
    """
    if not keys:
        return value
    if isinstance(value, list):
        return [
            around(item, keys[1:]) if position == keys[0] else _outline(item)
            for position, item in enumerate(value)
        ]
    return {
        key: around(item, keys[1:]) if key == keys[0] else _outline(item)
        for key, item in value.items()
    }


def _outline(value: Any) -> Any:
    """A value without the large maps in it, and with the items of its lists likewise."""
    if isinstance(value, list):
        return [_small(item) for item in value]
    if isinstance(value, dict) and _is_large(value):
        lists = {key: _outline(item) for key, item in value.items() if isinstance(item, list)}
        return {**_small(value), **lists}
    return value


def _small(value: Any) -> Any:
    """A value without what is large in it."""
    if isinstance(value, dict) and _is_large(value):
        return {key: item for key, item in value.items() if not _is_large(item)}
    return value


def _is_large(value: Any) -> bool:
    return _leaves_of(value) > LARGE


def _leaves_of(value: Any) -> int:
    if isinstance(value, dict | list) and value:
        items = value.values() if isinstance(value, dict) else value
        return sum(map(_leaves_of, items))
    return 1


def seen_of(name: str) -> Snapshot:
    """What is seen of the full body of a kind."""
    (body,) = [body for body in full_bodies() if f"{body['apiVersion']} {body['kind']}" == name]
    return snapshot(body)


def body_named(name: str) -> Body:
    """The full body of a kind, with fingerprints in place of secret values."""
    return dict(seen_of(name).documents[0].body)


def unseen(name: str, step: int = 1, start: int = 0) -> list[Trial]:
    """The changes that nothing was said of, and that no source excuses.

    Args:
        name: A kind with its version.
        step: One in so many changes is tried.
        start: Which of them is the first.
    """
    body = body_named(name)
    judges = {form: Judge(seen_of(name), form) for form in (LIVE, FILES)}
    return [
        trial
        for number, trial in enumerate(trials(name))
        if number % step == start % step
        and not is_rightly_nothing(trial)
        and not judges[trial.form].sees(*before_and_after(body, trial))
    ]


def written(body: Mapping[str, Any]) -> Body:
    """An object as somebody would write it, without what a server keeps in its metadata."""
    metadata = {key: item for key, item in body["metadata"].items() if key not in SERVER_WRITTEN}
    return {**body, "metadata": metadata}


class Judge:
    """Compares objects with changed ones, as files or as a server shows them."""

    def __init__(self, seen: Snapshot, form: str) -> None:
        self._form = form
        self._snapshot = seen

    def sees(self, before: Body, after: Body) -> bool:
        """Whether anything is said of the changed object."""
        compared = compare_states(
            (
                normalize(self._seen(before), environment="before"),
                normalize(self._seen(after), environment="after"),
            )
        )
        return bool(compared.differences or compared.reasons)

    def _seen(self, body: Mapping[str, Any]) -> Snapshot:
        if self._form == FILES:
            return evolve(self._snapshot, documents=(Document(written(body)),), coverage=())
        shown = {**served(dict(body), namespace="shop")}
        shown.pop("status", None)
        return evolve(
            self._snapshot,
            origin=Origin.CLUSTER,
            server_version="v1.36.2",
            namespace="shop",
            documents=(Document(shown),),
            coverage=(),
        )


def _places(
    value: Any, schema: Body, keys: Keys = (), type_: str = "", field: str = ""
) -> Iterator[Place]:
    """Every leaf, and every list, with its schema."""
    schema = resolved(schema)
    if isinstance(value, dict) and value:
        inner = _type_of(schema) or type_
        properties, free = schema.get("properties", {}), schema.get("additionalProperties", {})
        for key, item in value.items():
            yield from _places(
                item,
                properties.get(key, free),
                (*keys, key),
                inner,
                field if key not in properties else key,
            )
    elif isinstance(value, list):
        yield Place(keys, type_, field, schema)
        for position, item in _looked_into(value, keys):
            yield from _places(item, schema.get("items", {}), (*keys, position), type_, field)
    else:
        yield Place(keys, type_, field, schema)


def _looked_into(items: list[Any], keys: Keys) -> Iterable[tuple[int, Any]]:
    """The items of a list, or one of them where all have the same fields: here this, there that."""
    numbered = list(enumerate(items))
    fields = {frozenset(item) if isinstance(item, dict) else frozenset() for item in items}
    turn = len("".join(map(str, keys))) % len(items) if items else 0
    return numbered if len(fields) > 1 else numbered[turn : turn + 1]


def _type_of(schema: Body) -> str:
    """The short name of a type, `core.v1.PodSpec`."""
    name = schema.get("x-name", "")
    for prefix in ("io.k8s.api.", "io.k8s.apimachinery.pkg.apis."):
        if name.startswith(prefix):
            return str(name.removeprefix(prefix))
    return str(name)


def _changes(value: Any, place: Place) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield REVERSED, value[::-1]
        yield DOUBLED, [*value, value[0]]
        yield CUT, value[:-1]
    else:
        yield CHANGED, another(value, place.schema)
    yield REMOVED, None


def another(value: Any, schema: Body) -> Any:
    """Another value of the same type, as the API's documents have it."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if not isinstance(value, str):
        return {"another": "x"}
    if value.startswith("hmac-sha256:"):
        return f"hmac-sha256:{64 * '0'}"
    if schema.get("format") == "date-time":
        return "2026-11-23T20:00:01Z"
    if schema.get("format") == "byte":
        return "YW5vdGhlcg=="
    return f"1{value}"
