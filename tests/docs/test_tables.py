"""Tables that repeat what the code says are equal to it."""

from __future__ import annotations

import gzip
import json
import re
import runpy
from collections.abc import Iterator
from enum import Enum
from itertools import chain
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import driftcheck
from driftcheck.capture._kinds import _EXCLUSIONS as KIND_EXCLUSIONS
from driftcheck.comparison._ciphers import SEALED_VALUES
from driftcheck.comparison._hooks import PASSED_HOOK, PASSED_JOB
from driftcheck.comparison._skew import VERSION_SKEW
from driftcheck.comparison._sources import INDEPENDENT_SOURCES
from driftcheck.model import (
    Category,
    Change,
    Field,
    Index,
    Item,
    Member,
    Origin,
    ReadStatus,
    Step,
    Verdict,
    format_path,
)
from driftcheck.normalization import PICKING, RULES, _claims, _controllers, _metadata
from driftcheck.normalization._exclusions import EXCLUSIONS as OBJECT_EXCLUSIONS
from driftcheck.policy import _categories
from driftcheck.reports._issues import SEVERITIES, Severity
from driftcheck.sources._cluster import NAMESPACES
from driftcheck.testing import PlaybackServer, Recording
from tests.docs.pages import PROJECT, blocks, code_spans, rows, section, text_of

CATEGORIES = "docs/categories.md"
COMPARISON = "docs/comparison.md"
COUNTED = re.compile(r"""(?:_count\(|hits\(|hits\[)["']([a-z-]+)["']""")


def test_category_order() -> None:
    """The categories stand in their order, worst first."""
    shown = [code_spans(cells[0])[0] for cells in rows(section(CATEGORIES, "Categories"))]

    assert shown == [category.value for category in Category]


def test_category_of_pod_fields() -> None:
    """The fields of a pod's spec have the category that comparison gives them."""
    shown = {
        field: Category(code_spans(category)[0])
        for category, fields in rows(section(CATEGORIES, "In a pod's spec"))
        for field in code_spans(fields)
    }

    assert shown == _categories.POD_FIELDS


def test_category_of_other_fields() -> None:
    """The fields of other specs have the category that comparison gives them."""
    shown = {
        (code_spans(kind)[0], field): Category(code_spans(category)[0])
        for category, kind, fields in rows(section(CATEGORIES, "In another spec"))
        for field in code_spans(fields)
    }

    assert shown == _categories.SPEC_FIELDS


def test_category_of_kinds() -> None:
    """The kinds have the category that comparison gives them, and so have Kubernetes' groups."""
    table = section(CATEGORIES, "By kind")
    shown = {
        kind: Category(code_spans(category)[0])
        for category, kinds in rows(table)
        for kind in code_spans(kinds)
    }
    (groups,) = re.findall(r"^The groups of Kubernetes .*$", table, re.MULTILINE)

    assert shown == {str(kind): value for kind, value in _categories.KINDS.items()}
    assert set(code_spans(groups)) - {".k8s.io"} == _categories.BUILTIN_GROUPS - {""}


def test_left_out_kinds() -> None:
    """Every rule that leaves out kinds is on the page, with its kinds and its reason."""
    table = {cells[0].strip("`"): cells for cells in rows(section(COMPARISON, LEFT_OUT_KINDS))}

    for exclusion in KIND_EXCLUSIONS:
        _, kinds, reason = table[exclusion.rule]
        expected = [f"{kind}.{group}" if group else kind for group, kind in exclusion.kinds]
        assert code_spans(kinds) == expected
        assert reason == exclusion.reason


LEFT_OUT_KINDS = "Kinds that are left out"


def test_left_out_objects() -> None:
    """Every rule that leaves out objects is on the page."""
    ids = {cells[0].strip("`") for cells in rows(section(COMPARISON, "Objects that are left out"))}

    assert ids - {"--kind`, `--selector"} == {*OBJECT_EXCLUSIONS, "outdated-generation"}


def test_rules() -> None:
    """Every rule that counts hits is on the page, and no other."""
    sources = [
        *PROJECT.glob("driftcheck/normalization/*.py"),
        *PROJECT.glob("driftcheck/comparison/*.py"),
    ]
    counted = {id_ for file in sources for id_ in COUNTED.findall(file.read_text("utf-8"))}
    shown = [cells[0].strip("`") for cells in rows(section(COMPARISON, "What is normalized"))]

    assert set(shown) == {rule.id for rule in (*RULES, *PICKING)} | counted | {
        VERSION_SKEW.rule,
        INDEPENDENT_SOURCES,
        PASSED_HOOK,
        PASSED_JOB,
        SEALED_VALUES,
    }
    assert len(set(shown)) == len(shown)


def test_controller_keys() -> None:
    """The keys on the page are those that are dropped."""
    shown = {
        where: set(code_spans(keys))
        for where, keys in rows(section(COMPARISON, "Keys of controllers"))
    }

    assert shown == {
        "annotations": _metadata.CONTROLLER_ANNOTATIONS,
        "annotations of a volume claim": _claims.CLAIM_NOTES,
        "annotations of what Crossplane created": set(_controllers.CREATION_NOTES),
        "labels": _metadata.CONTROLLER_LABELS,
        "finalizers": {
            *chain.from_iterable(_metadata.SYSTEM_FINALIZERS.values()),
            *_metadata.PROJECT_FINALIZERS.values(),
            *_metadata.DELETING_FINALIZERS,
            *_metadata.OPERATOR_FINALIZERS,
        },
    }


def test_server_fields() -> None:
    """The page names every field of the metadata that is dropped."""
    (row,) = (
        cells
        for cells in rows(section(COMPARISON, "What is normalized"))
        if cells[0] == "`server-metadata`"
    )

    assert set(code_spans(row[1])) == set(_metadata.SERVER_FIELDS)


def test_statuses() -> None:
    """Every status that a coverage row may have is on the page."""
    shown = [code_spans(cells[0])[0] for cells in rows(section(COMPARISON, "What is looked at"))]

    assert set(shown) == {status.value for status in ReadStatus}


@pytest.mark.parametrize("words", [Verdict, Change, ReadStatus, Origin])
def test_glossary(words: type[Enum]) -> None:
    """The glossary has every word that JSON may hold."""
    shown = set(code_spans(text_of("docs/glossary.md")))

    assert {word.value for word in words} <= shown


# The grammar of docs/paths.md, line by line.
BARE = r"""[^\s.\[\]/"',=*]+"""
TEXT = r'"(?:[^"\\]|\\.)*"'
VALUE = rf"""(?:{TEXT}|[^\s\],"]+)"""
PAIR = rf"{BARE}(?:\.{BARE})*={VALUE}"
QUOTED_FIELD = rf"\[{TEXT}\]"
BRACKETED = rf"\[(?:[0-9]+|={VALUE}|{PAIR}(?:,{PAIR})*)\]"
PATH = re.compile(rf"(?:(?:{BARE}|{QUOTED_FIELD})(?:\.{BARE}|{QUOTED_FIELD}|{BRACKETED})*)?")

FIELDS = st.builds(Field, st.text())
VALUES = st.text() | st.integers() | st.booleans() | st.none()
KEYS = st.sampled_from(["name", "containerPort", "metadata.name"])
STEPS: st.SearchStrategy[Step] = (
    FIELDS
    | st.builds(Index, st.integers(min_value=0))
    | st.builds(Member, VALUES)
    | st.builds(Item, st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=2).map(tuple))
)


@given(FIELDS, st.lists(STEPS))
def test_grammar_of_any_path(first: Step, rest: list[Step]) -> None:
    """Whatever path a finding prints follows the grammar."""
    assert PATH.fullmatch(format_path([first, *rest]))


def test_grammar_of_examples() -> None:
    """The examples follow the grammar, and so do all findings of the recording."""
    (block,) = blocks(PROJECT / "docs/paths.md", "text")
    examples = block.splitlines()

    assert len(examples) > 10
    assert [example for example in examples if not PATH.fullmatch(example)] == []


@pytest.mark.usefixtures("reader")
def test_grammar_of_findings() -> None:
    """All findings of the recording follow the grammar."""
    result = driftcheck.compare("bookshop-staging", "bookshop-production")

    assert [found.path for found in result.findings if not PATH.fullmatch(found.path)] == []


@pytest.mark.usefixtures("reader")
def test_least_role(shops: Recording) -> None:
    """The Role on the page allows what is asked in a namespace, and no more."""
    (block,) = blocks(PROJECT / "SECURITY.md", "yaml")
    allowed = {
        (group, resource, verb)
        for rule in yaml.safe_load(block)["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }

    with PlaybackServer(shops) as server:
        driftcheck.capture("shop", kubeconfig=str(server.kubeconfig))
        asked = set(permissions(request.path for request in server.requests))

    assert allowed == asked


def permissions(paths: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    """Group, resource and verb, as RBAC sees requests for a namespace."""
    for path in paths:
        if path == f"{NAMESPACES.root}/namespaces/shop":
            yield "", "namespaces", "get"
        elif asked := re.fullmatch(r"/(?:api|apis/([^/]+))/[^/]+/namespaces/shop/([^/]+)", path):
            yield asked[1] or "", asked[2], "list"


@pytest.mark.usefixtures("reader")
def test_paths_that_are_read(shops: Recording) -> None:
    """Every path that is asked for has one of the forms on the page."""
    forms = [
        re.sub(r"NAMESPACE|NAME|KIND|GROUP|VERSION", "[^/]+", form)
        for cells in rows(section("SECURITY.md", "What is read"))
        for form in code_spans(cells[0])
    ]

    for aggregated in (True, False):
        with PlaybackServer(shops, aggregated=aggregated) as server:
            driftcheck.capture("shop", kubeconfig=str(server.kubeconfig))
            for request in server.requests:
                assert request.method == "GET"
                assert any(re.fullmatch(form, request.path) for form in forms), request.path


def test_generated_table(tmp_path: Path) -> None:
    """The table of built-in types is what its script writes from the recording."""
    data = PROJECT / "driftcheck/normalization/data"
    recording = PROJECT / "examples/recordings/bookshop-equal.jsonl.gz"
    written = tmp_path / "builtin.json"

    runpy.run_path(str(data / "generate.py"))["main"](recording, written)

    assert written.read_bytes() == (data / "builtin.json").read_bytes()


@pytest.mark.parametrize("name", ["equal", "drifted"])
def test_format_of_recordings(name: str) -> None:
    """Each line of a recording has the keys that the page names."""
    page = section("docs/testing.md", "The format")
    recording = PROJECT / f"examples/recordings/bookshop-{name}.jsonl.gz"
    lines = gzip.decompress(recording.read_bytes()).splitlines()

    assert {key for line in lines for key in json.loads(line)} <= set(code_spans(page))


def test_severities() -> None:
    """The severities of categories are those that SARIF and Code Quality have."""
    shown = {
        Category(name): Severity[code_spans(severity)[0].upper()]
        for severity, _, categories in rows(section("docs/formats.md", "SARIF and Code Quality"))
        if "`" in severity
        for name in code_spans(categories)
    }

    assert shown == SEVERITIES
