"""The published schema of results takes what is written, and refuses what is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from importlib.resources import files
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from jsonschema import Draft202012Validator

from driftcheck import Result
from driftcheck.codec import read_result, result_json
from driftcheck.errors import ResultError
from driftcheck.model import (
    Acceptance,
    Acts,
    Category,
    Change,
    Declarer,
    Effect,
    Expectation,
    Gate,
    KindCoverage,
    Origin,
    PlatformResult,
    PlatformVerdict,
    PolicyUsed,
    ReadStatus,
    RuleHits,
    RuleState,
    Since,
    Undeclared,
    Verdict,
    Witness,
    WitnessedObject,
    Witnesses,
)
from driftcheck.pipeline import compare_snapshots
from tests.conftest import RECORDINGS, Captured
from tests.properties.results import RESULTS

SINCE = Since("x", 1, 2, datetime(2026, 11, 25, tzinfo=UTC))
SCHEMA = json.loads(files("driftcheck.codec").joinpath("schemas/result-v1.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
Keys = tuple[str | int, ...]

OPTIONAL = {
    *("place", "version", "excluded", "note", "role", "violates", "tag_digest", "categories"),
    *("class", "hands", "accepted", "policy", "witnesses", "platform", "acts", "reached_by"),
    *("undeclared", "declared_by"),
    "since",
}
"""Keys that are there only where there is something to say, or that early results lack."""
OF_A_POLICY = {"state", "effect", "reason", "owner", "expires"}


@pytest.fixture(scope="module")
def full(captured: Captured) -> Result:
    """A real result with everything in it that a result may have."""
    result = compare_snapshots(
        [captured("drifted", "bookshop-staging"), captured("drifted", "bookshop-production")]
    )
    rule = Expectation("hosts", "own host", "2026-12-31")
    accepted = evolve(
        result.coverage.kinds[0],
        status=ReadStatus.ACCEPTED,
        accepted=Acceptance("unseen", "may not be read", "team", "2026-12-31"),
    )
    (first, second, *rest), (image, *images) = result.findings, result.images
    findings = (evolve(first, expected=rule), evolve(second, violates=rule, note="x"), *rest[:3])
    running = {name: evolve(it, tag_digest="sha256:a") for name, it in image.environments.items()}
    return evolve(
        result,
        environments=tuple(
            evolve(it, place="./x", declared_by=Declarer.HELM) for it in result.environments
        ),
        findings=findings,
        images=(evolve(image, environments=running, note="x", role="volumes"), images[0]),
        rules=(
            RuleHits("hosts", 1, RuleState.USED, Effect.ANY, "own host", "team", None, "x"),
            *result.rules[:1],
        ),
        coverage=evolve(result.coverage, kinds=(*one_of_each_sort(result), accepted)),
        objects=result.objects[:2],
        gaps=("x",),
        warnings=("x",),
        gate=Gate(frozenset({Category.IMAGE}), hands=True),
        accepted=("x",),
        policy=PolicyUsed("driftcheck.yaml", f"sha256:{'0' * 64}"),
        witnesses=(
            Witnesses(
                earlier="before",
                later="after",
                counts=dict.fromkeys(Witness, 1),
                owned=1,
                objects=(WitnessedObject(first.object, Witness.TOUCHED, "x"),),
                doubts=("x",),
            ),
        ),
        platform=PlatformResult(
            PlatformVerdict.DIFFERS,
            ("x",),
            findings=(evolve(first, acts=Acts.LIVE, reached_by=("x",), since=SINCE),),
            coverage=evolve(result.coverage, kinds=result.coverage.kinds[:1]),
        ),
        undeclared=(Undeclared(first.object, first.path, first.written_by),),
    )


def one_of_each_sort(result: Result) -> tuple[KindCoverage, ...]:
    """A row of each way to look at a kind, for one is checked like the next."""
    sorts = {(row.status, bool(row.excluded)): row for row in result.coverage.kinds}
    return tuple(sorts.values())


@pytest.fixture(scope="module")
def document(full: Result) -> Any:
    return json.loads(result_json(full))


def places(value: Any, path: Keys = ()) -> Iterator[Keys]:
    """Every place in a document, but for what a cluster's values hold inside."""
    if path:
        yield path
    if path[-1:] == ("values",):
        return
    items = value.items() if isinstance(value, dict) else ()
    for key, inner in enumerate(value) if isinstance(value, list) else items:
        yield from places(inner, (*path, key))


def at(document: Any, path: Keys) -> Any:
    for key in path:
        document = document[key]
    return document


def changed(document: Any, path: Keys, value: Any) -> Any:
    """A copy with one value replaced."""
    copied = copy.deepcopy(document)
    at(copied, path[:-1])[path[-1]] = value
    return copied


def is_free(path: Keys) -> bool:
    """Whether a key is a name of somebody's: an environment's, or a rule's."""
    return path[-2:-1] in (("values",), ("excluded",), ("written_by",)) or (
        path[:1] == ("images",) and path[-2:-1] == ("environments",)
    )


def test_is_a_schema() -> None:
    """The schema is one by the metaschema of 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("recording", RECORDINGS)
def test_what_is_written(captured: Captured, recording: str) -> None:
    """The result of a real comparison is valid."""
    result = compare_snapshots(
        [captured(recording, "bookshop-staging"), captured(recording, "bookshop-production")]
    )

    VALIDATOR.validate(json.loads(result_json(result)))


@given(RESULTS)
def test_whatever_is_written(result: Result) -> None:
    """Whatever a result holds, what is written of it is valid."""
    VALIDATOR.validate(json.loads(result_json(result)))


def test_full(document: Any) -> None:
    """A result with everything in it is valid, and really has every key that the schema knows."""
    VALIDATOR.validate(document)

    written = {path[-1] for path in places(document) if isinstance(path[-1], str)}
    assert known(SCHEMA) <= written


def known(schema: Any) -> set[str]:
    """Every key that a schema speaks of."""
    if isinstance(schema, list):
        return set().union(*map(known, schema))
    if not isinstance(schema, dict):
        return set()
    here = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return here.union(*map(known, schema.values()))


def test_wrong_types(document: Any) -> None:
    """A value of another type is refused, wherever it stands."""
    for path in places(document):
        for wrong in (0.5, {"?": [0.5]}, [[0.5]]):
            takes_objects = path[-1] == "values" and isinstance(wrong, dict)
            assert VALIDATOR.is_valid(changed(document, path, wrong)) is takes_objects, path


def test_missing_keys(document: Any) -> None:
    """A key that each result has is refused where it is missing, and others are not."""
    for path in places(document):
        if not isinstance(path[-1], str) or is_free(path):
            continue
        copied = copy.deepcopy(document)
        del at(copied, path[:-1])[path[-1]]
        may_miss = path[-1] in OPTIONAL
        assert VALIDATOR.is_valid(copied) is may_miss, path


def test_unknown_words(document: Any) -> None:
    """A word that is none of those there are is refused."""
    enums = {
        *("schema", "verdict", "origin", "status", "change", "category", "state", "effect"),
        *("class", "acts"),
    }
    for path in places(document):
        if path[-1] in enums:
            assert not VALIDATOR.is_valid(changed(document, path, "nonsense")), path


def test_unknown_keys(document: Any) -> None:
    """A key that a later release adds is passed over."""
    for path in [(), *places(document)]:
        found = at(document, path)
        if isinstance(found, dict) and path[-1:] not in (("excluded",), ("written_by",)):
            is_map = path[:1] == ("images",) and path[-1:] == ("environments",)
            later = {**found, "confidence": 0.5}
            copied = changed(document, path, later) if path else later
            assert VALIDATOR.is_valid(copied) is not is_map, path


def test_as_tight_as_the_reader(document: Any) -> None:
    """What the reader refuses, the schema refuses."""
    for path in places(document):
        broken = changed(document, path, 0.5)
        if path[-2:-1] == ("values",):
            continue
        try:
            read_result(json.dumps(broken).encode(), source="x")
        except ResultError:
            assert not VALIDATOR.is_valid(broken), path


@pytest.mark.parametrize(
    ("words", "enum"),
    [
        (SCHEMA["properties"]["verdict"], Verdict),
        (SCHEMA["$defs"]["category"], Category),
        (SCHEMA["$defs"]["environment"]["properties"]["origin"], Origin),
        (SCHEMA["$defs"]["kind"]["properties"]["status"], ReadStatus),
        (SCHEMA["$defs"]["finding"]["properties"]["change"], Change),
        (SCHEMA["$defs"]["rule"]["properties"]["state"], RuleState),
        (SCHEMA["$defs"]["rule"]["properties"]["effect"], Effect),
    ],
)
def test_words(words: Any, enum: type[Enum]) -> None:
    """The words of the schema are those of the model, in their order."""
    assert words["enum"] == [member.value for member in enum]
