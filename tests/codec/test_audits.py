"""Audits as JSON: written and read back, by their schema, and refused where they lie."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from enum import Enum
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from driftcheck import load_audit, load_result, render_audit
from driftcheck.codec import audit_json, read_audit
from driftcheck.errors import ResultError
from driftcheck.model import Audit, AuditVerdict, Check, Grade, ManagerClass
from tests.made_audits import audit, hostile, shop
from tests.reports.hostile import ATTACKS

SCHEMA = json.loads(files("driftcheck.codec").joinpath("schemas/audit-v1.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
OPTIONAL = {"version", "excluded", "place", "declared_by"}
Keys = tuple[str | int, ...]


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(audit_json(shop()))


def places(value: Any, path: Keys = ()) -> Iterator[Keys]:
    """Every place in a document."""
    if path:
        yield path
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


def read(document: Any) -> Audit:
    return read_audit(json.dumps(document).encode(), source="audit.json")


@pytest.mark.parametrize("made", [shop(), audit(), *map(hostile, ATTACKS)])
def test_read_back(made: Audit) -> None:
    """What is written is read back, and written again it is the same bytes."""
    written = audit_json(made)

    again = read_audit(written.encode("utf-8", "surrogatepass"), source="x")

    assert audit_json(again) == written


def test_what_the_contract_promises(document: Any) -> None:
    """Every key of the contract is there, under its name."""
    environment, finding = document["environments"][0], document["findings"][0]

    assert document["schema"] == "driftcheck.audit/v1"
    assert document["verdict"] == "mutated"
    assert {"name", "verdict", "coverage", "checks", "managers"} <= environment.keys()
    assert environment["checks"][0] == {
        "check": "hand-written",
        "status": "looked",
        "reason": None,
        "looked_at": 31,
        "findings": 2,
    }
    assert environment["managers"][1] == {
        "manager": "kubectl-edit",
        "operation": "Update",
        "subresource": "",
        "class": "hand",
        "objects": 1,
    }
    assert set(finding) == {
        *("environment", "check", "grade", "object", "path", "says", "advice"),
        *("written_by", "expected", "also"),
    }


def test_schema(document: Any) -> None:
    """The schema is one, takes what is written, and knows no key that is never written."""
    Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(document)
    for attack in ATTACKS:
        VALIDATOR.validate(json.loads(audit_json(hostile(attack))))

    written = {path[-1] for path in places(document) if isinstance(path[-1], str)}
    assert known(SCHEMA) - OPTIONAL <= written


def known(schema: Any) -> set[str]:
    """Every key that a schema speaks of."""
    if isinstance(schema, list):
        return set().union(*map(known, schema))
    if not isinstance(schema, dict):
        return set()
    here = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return here.union(*map(known, schema.values()))


def test_as_tight_as_the_reader(document: Any) -> None:
    """What the reader refuses, the schema refuses; and neither takes another type anywhere."""
    for path in places(document):
        broken = changed(document, path, 0.5)
        assert not VALIDATOR.is_valid(broken), path
        with pytest.raises(ResultError, match=r"^audit\.json: "):
            read(broken)


def test_missing_keys(document: Any) -> None:
    """A key that every audit has is refused where it is missing."""
    for path in places(document):
        if not isinstance(path[-1], str) or path[-1] in OPTIONAL or path[-2:-1] == ("excluded",):
            continue
        copied = copy.deepcopy(document)
        del at(copied, path[:-1])[path[-1]]
        assert not VALIDATOR.is_valid(copied), path


@pytest.mark.parametrize(
    ("words", "enum"),
    [
        (SCHEMA["$defs"]["verdict"], AuditVerdict),
        (SCHEMA["$defs"]["check"], Check),
        (SCHEMA["$defs"]["class"], ManagerClass),
        (SCHEMA["$defs"]["finding"]["properties"]["grade"], Grade),
    ],
)
def test_words(words: Any, enum: type[Enum]) -> None:
    """The words of the schema are those of the model, in their order."""
    assert words["enum"] == [member.value for member in enum]


LIES: dict[str, Callable[[Any], Any]] = {
    "of the whole": lambda it: it | {"verdict": "unmarked"},
    "of one environment": lambda it: changed(it, ("environments", 0, "verdict"), "unmarked"),
    "without its findings": lambda it: it | {"findings": []},
    "without one finding": lambda it: it | {"findings": it["findings"][1:]},
    "with a waiver": lambda it: it | {"findings": [_waived(each) for each in it["findings"]]},
    "with less sure findings": lambda it: (
        it | {"findings": [each | {"grade": "possible"} for each in it["findings"]]}
    ),
    "of somebody else": lambda it: changed(it, ("findings", 0, "environment"), "elsewhere"),
    "as strict": lambda it: changed(_calm(it), ("strict",), True),
    "blind, and unmarked": lambda it: _blind(_calm(it)),
    "empty, and unmarked": lambda it: changed(_calm(it), ("environments", 0, "objects"), 0),
}


def _waived(finding: Any) -> Any:
    return finding | {"expected": {"rule": "x", "reason": "x", "expires": None}}


def _blind(document: Any) -> Any:
    """The audit as if its first check could not look."""
    return changed(document, ("environments", 0, "checks", 0, "status"), "not-looked")


def _calm(document: Any) -> Any:
    """The audit as if all were expected that is certain."""
    findings = [
        _waived(each) if each["grade"] == "certain" else each for each in document["findings"]
    ]
    calm = document | {"findings": findings, "verdict": "unmarked"}
    return changed(calm, ("environments", 0, "verdict"), "unmarked")


@pytest.mark.parametrize("lie", LIES)
def test_what_contradicts_itself(lie: str, document: Any, tmp_path: Path) -> None:
    """An audit whose verdict does not follow from what it holds is refused."""
    file = tmp_path / "audit.json"
    file.write_text(json.dumps(LIES[lie](document)))

    with pytest.raises(ResultError, match="changed after it was written"):
        load_audit(file)


def test_what_agrees_with_itself(document: Any, tmp_path: Path) -> None:
    """The same audit is read where its verdict follows."""
    file = tmp_path / "audit.json"
    file.write_text(json.dumps(_calm(document)))

    assert load_audit(file).verdict is AuditVerdict.UNMARKED


def test_something_else(tmp_path: Path) -> None:
    """An audit is no result, and no result is an audit; the error says what it is."""
    file = tmp_path / "audit.json"
    file.write_text(render_audit(shop(), "json"))
    later = tmp_path / "later.json"
    later.write_text(render_audit(shop(), "json").replace("audit/v1", "audit/v2", 1))

    with pytest.raises(ResultError, match=r"a driftcheck\.audit/v1, and not a result"):
        load_result(file)
    with pytest.raises(ResultError, match="newer driftcheck"):
        load_audit(later)
    with pytest.raises(ResultError, match="cannot be read"):
        load_audit(tmp_path / "nowhere.json")


@given(st.binary(max_size=200))
def test_anything(data: bytes) -> None:
    """Whatever a file holds, it is read or refused, and never ends otherwise."""
    with pytest.raises(ResultError):
        read_audit(data, source="x")


def test_one_verdict_of_several() -> None:
    """The verdict of several environments is the worst of them."""
    made = shop()
    quiet = evolve(
        made.environments[0],
        environment=evolve(made.environments[0].environment, name="quiet"),
        verdict=AuditVerdict.INCONCLUSIVE,
        checks=tuple(evolve(row, findings=0) for row in made.environments[0].checks),
    )
    both = evolve(made, environments=(quiet, *made.environments))

    assert json.loads(audit_json(both))["verdict"] == "mutated"
    assert read_audit(audit_json(both).encode(), source="x") == both
