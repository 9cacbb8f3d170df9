"""Objects with anything in any place are compared, or refused in words; nothing crashes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import driftcheck
from driftcheck.errors import DriftcheckError
from driftcheck.model import Document, Result, Snapshot, Verdict
from driftcheck.pipeline import compare_snapshots, render
from tests.fuzzing.hostile import ANYTHING, TEXTS, bounded_work, fuzzed, spoilt
from tests.ways import twin

FORMATS = ("text", "markdown", "json")
KEYS = st.sampled_from(["a", "a.json", "a.yaml", "a.toml", "a.ini", "a.properties", ".env"])
PIECES = st.sampled_from(
    [
        *("[", "]", "{", "}", ":", ",", "=", "\n", " ", "  ", "- ", '"', "'", "#", "[a]", "[[a]]"),
        *("a", "a.b", "1", "1e5", "1e99999999999999999999", "9" * 5000, "0x1F", "07:32:00", "\t"),
        *("&a", "*a", "<<", "|", ">", "!!int", "!!binary", "%", "---", "...", "\\", "\x00", "é"),
        *("2026-13-45", "1979-05-27T07:32:00Z", "inf", ".nan", "true", "null", "$(", "a = 1\n"),
    ]
)
DOCUMENTS = st.lists(PIECES, max_size=30).map("".join)


@cache
def staging() -> Snapshot:
    return twin({})


@cache
def bodies() -> tuple[dict[str, Any], ...]:
    """Objects of every kind that was recorded."""
    kinds = {item.reference.group_kind: dict(item.body) for item in staging().documents}
    return tuple(kinds[kind] for kind in sorted(kinds))


CUSTOM = st.builds(
    lambda spec, extra: {
        "apiVersion": "example.com/v1",
        "kind": "Any",
        "metadata": {"name": "it", "namespace": "shop"},
        "spec": spec,
        **extra,
    },
    ANYTHING,
    st.dictionaries(st.sampled_from(["data", "roleRef", "subjects", "webhooks"]), ANYTHING),
)


def shown(snapshots: Iterable[Snapshot]) -> Result:
    result = compare_snapshots(snapshots)
    for name in FORMATS:
        render(result, name)
    return result


def compare(left: Iterable[Mapping[str, Any]], right: Iterable[Mapping[str, Any]]) -> None:
    """Compare what two programs hold; what is equal is never called anything else."""
    with bounded_work():
        try:
            ours, theirs = driftcheck.capture(left), driftcheck.capture(right)
        except DriftcheckError:
            return
        assert not shown([ours, ours]).findings
        forth, back = shown([ours, theirs]), shown([theirs, ours])
    assert forth.verdict is back.verdict


@fuzzed
@given(st.data())
def test_manifests(data: st.DataObject) -> None:
    """Manifests may hold anything under any field."""
    body = data.draw(st.sampled_from(bodies()))
    compare([body], [data.draw(spoilt(body))])


@fuzzed
@given(CUSTOM, CUSTOM)
def test_custom_resources(left: dict[str, Any], right: dict[str, Any]) -> None:
    """So may custom resources without a schema, also where they look like what is built in."""
    compare([left], [right])


@fuzzed
@given(st.data())
def test_schemas(data: st.DataObject) -> None:
    """A definition's schema may be no schema."""
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "list": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["name"],
                        "items": {"type": "object", "properties": {"name": {"type": "string"}}},
                    },
                    "map": {"type": "object", "additionalProperties": {"type": "string"}},
                    "size": {"x-kubernetes-int-or-string": True, "default": 1},
                },
            }
        },
    }
    spoilt_schema = data.draw(spoilt(schema))
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "anys.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Any"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": spoilt_schema}}],
        },
    }
    spec = {"list": [{"name": "a"}, {"name": "b"}], "map": {"a": "b"}, "size": "1Ki"}
    ours = {"apiVersion": "example.com/v1", "kind": "Any", "metadata": {"name": "it"}, "spec": spec}
    compare([definition, ours], [definition, {**ours, "spec": data.draw(spoilt(spec))}])


@fuzzed
@given(st.data())
def test_what_a_server_shows(data: st.DataObject) -> None:
    """What is seen of a cluster may hold anything below an object's metadata."""
    seen = staging()
    at = data.draw(st.integers(0, len(seen.documents) - 1))
    body = dict(seen.documents[at].body)
    kept = {name: body[name] for name in ("apiVersion", "kind", "metadata")}
    document = Document({**data.draw(spoilt(body)), **kept})
    other = evolve(
        seen, documents=(*seen.documents[:at], document, *seen.documents[at + 1 :]), name="other"
    )

    with bounded_work():
        assert shown([other, other]).verdict is not Verdict.DRIFTED
        assert shown([seen, other]).verdict is shown([other, seen]).verdict


@fuzzed
@given(KEYS, DOCUMENTS, DOCUMENTS)
def test_documents_in_strings(key: str, left: str, right: str) -> None:
    """A text may be nearly a document of any format."""
    made = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}, "data": {key: text}}
        for text in (left, right)
    ]
    compare(made[:1], made[1:])


@fuzzed
@given(KEYS, ANYTHING, ANYTHING)
def test_json_in_strings(key: str, left: Any, right: Any) -> None:
    """Or a document that holds anything."""
    made = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "it"},
            "data": {key: json.dumps({"a": value}, indent=1)},
        }
        for value in (left, right)
    ]
    compare(made[:1], made[1:])


@fuzzed
@given(TEXTS, TEXTS)
def test_texts_in_a_pod(left: str, right: str) -> None:
    """Whatever a field is read as, any text may stand in it."""
    compare(*[[pod(text)] for text in (left, right)])


def pod(text: str) -> dict[str, Any]:
    container = {
        "name": "web",
        "image": text,
        "command": [text],
        "env": [{"name": "A", "value": text}, {"name": "B", "value": f"$(A){text}"}],
        "volumeMounts": [{"name": "a", "mountPath": text}],
        "resources": {"limits": {"cpu": text, "memory": text}},
        "livenessProbe": {"httpGet": {"path": text, "port": text}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"a": text}, "annotations": {"a": text}},
        "spec": {"template": {"spec": {"containers": [container], "hostname": text}}},
    }
