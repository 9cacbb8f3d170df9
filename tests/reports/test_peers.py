"""Other implementations read our formats: validators from npm, where .ci/run has installed them."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from xmlschema import XMLSchema

from driftcheck import Result, render
from driftcheck.model import Expectation
from driftcheck.pipeline import compare_snapshots
from tests.builders import compare, config_map
from tests.conftest import RECORDINGS, Captured
from tests.reports.hostile import HOSTILE
from tests.reports.recorded_results import judged, three

NODE_MODULES = os.environ.get("DRIFTCHECK_NODE_MODULES", "")
MULTITOOL = "@microsoft/sarif-multitool-linux/Sarif.Multitool"
AJV = """
const Ajv = require("ajv/dist/2020");
const read = (file) => JSON.parse(require("fs").readFileSync(file, "utf8"));
const [, schema, ...documents] = process.argv;
const validate = new Ajv({strict: false, allErrors: true}).compile(read(schema));
for (const file of documents) console.log(JSON.stringify(validate(read(file))));
"""
CSV_PARSE = """
const {parse} = require("csv-parse/sync");
const text = require("fs").readFileSync(process.argv[1], "utf8");
console.log(JSON.stringify(parse(text)));
"""


SORTS = [*RECORDINGS, "three", "judged", "hostile", "expected", "empty"]


@pytest.fixture(scope="module", params=SORTS)
def result(request: pytest.FixtureRequest, captured: Captured) -> Result:
    """A result of each sort."""
    return result_of(request.param, captured)


def result_of(sort: str, captured: Captured) -> Result:
    pair = ("bookshop-staging", "bookshop-production")
    match sort:
        case "hostile":
            return HOSTILE
        case "empty":
            return evolve(compare([], []), warnings=("a rule is unused",))
        case "three":
            return three(captured)
        case "judged":
            return judged(three(captured))
        case "expected":
            result = compare([config_map(a="1")], [config_map(a="2")])
            rule = Expectation("levels", "verbosity", "2026-12-31")
            return evolve(result, findings=(evolve(result.findings[0], expected=rule),))
        case recording:
            return compare_snapshots(captured(recording, namespace) for namespace in pair)


def installed(name: str) -> Path:
    """A package of npm, or a file in it."""
    path = Path(NODE_MODULES, name)
    if not NODE_MODULES or not path.exists() or shutil.which("node") is None:
        pytest.skip(f"{name} is not in $DRIFTCHECK_NODE_MODULES")
    return path


def node(package: str, script: str, *arguments: Path) -> list[Any]:
    """What a script prints, each line read as JSON."""
    installed(package)
    run = subprocess.run(
        ["node", "-e", script, *map(str, arguments)],  # noqa: S607
        env=os.environ | {"NODE_PATH": NODE_MODULES},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in run.stdout.decode().splitlines()]


def test_sarif(captured: Captured, tmp_path: Path) -> None:
    """The reference validator finds no fault, by the standard's rules and by GitHub's."""
    tool = installed(MULTITOOL)
    tool.chmod(0o755)
    logs = {tmp_path / f"{sort}.sarif": result_of(sort, captured) for sort in SORTS}
    for log, result in logs.items():
        log.write_text(render(result, "sarif"), "utf-8")

    run = subprocess.run(
        [tool, "validate", "--rule-kind", "Sarif;Ghas", *logs],
        env=os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        check=False,
        timeout=120,
    )

    said = run.stdout.decode()
    assert "Analysis completed successfully." in said
    assert all(log.name in said for log in logs)
    assert [line for line in said.splitlines() if ": error " in line] == []


def test_json(result: Result, tmp_path: Path) -> None:
    """By another implementation too, the JSON is valid by its schema, and broken JSON is not."""
    schema, good, bad = (tmp_path / name for name in ("schema.json", "good.json", "bad.json"))
    published = files("driftcheck.codec").joinpath("schemas/result-v1.json")
    schema.write_text(published.read_text("utf-8"), "utf-8")
    good.write_text(render(result, "json"), "utf-8")
    bad.write_text(json.dumps({**json.loads(render(result, "json")), "verdict": "fine"}))

    assert node("ajv", AJV, schema, good, bad) == [True, False]


@cache
def junit_schema() -> XMLSchema:
    return XMLSchema(Path(__file__).with_name("junit.xsd"))


def test_junit(result: Result) -> None:
    """By the schema of what readers agree on, the XML is valid, and broken XML is not."""
    schema = junit_schema()
    report = render(result, "junit")

    schema.validate(report)
    assert not schema.is_valid(report.replace(' tests="', ' tests="-'))


def test_csv(result: Result, tmp_path: Path) -> None:
    """Another reader of RFC 4180 sees the same cells."""
    table = tmp_path / "drift.csv"
    table.write_text(render(result, "csv"), "utf-8", newline="")
    ours = list(csv.reader(io.StringIO(render(result, "csv"), newline="")))

    assert node("csv-parse", CSV_PARSE, table) == [ours]
