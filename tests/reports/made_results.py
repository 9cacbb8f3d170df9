"""Results for reports: with everything that a policy adds, hostile, and large."""

from __future__ import annotations

from functools import cache
from typing import Any

from attrs import evolve

from driftcheck.model import (
    Category,
    Change,
    ComparedObject,
    Effect,
    Expectation,
    Finding,
    Gate,
    ObjectReference,
    Result,
    RuleHits,
    RuleState,
    Writer,
)
from tests.builders import compare, config_map

HOSTILE = {
    "a tag": "</script><img src=x onerror=alert(1)>",
    "the end of a part": "</details></summary><details open>",
    "a command": "::error::owned",
    "an old command": "##[error]owned ##vso[task.complete]",
    "a command on a line": "x\n::add-mask::x\r\n  ::stop-commands::x",
    "an escape": "\x1b[31mred\x1b[2J\x9b31m",
    "the other direction": "abc\u202e cba\u2066",
    "nothing": "a\x00b",
    "half a character": "a\ud800b",
    "pipes": "a|b\\\\|c\\|d|",
    "backticks": "```` `a` ``b`` `",
    "one backtick": "`",
    "a mention": "@everyone @@team a@b.example",
    "a link": "[x](javascript:x) <https://x.example> http://x.example www.x.example ![i](x)",
    "an issue": "#123 GH-1 ##4",
    "a heading": "# x\n---\n* x\n1. x\n> x",
    "a fence": "x\n```\n<b>x</b>\n~~~\n    x",
    "entities": "&lt;b&gt; &#64;x &copy;",
    "spaces": "  ",
    "nothing at all": "",
    "wide": "環境" * 40,
    "long": "x" * 1_000_000,
    "long and of many lines": "x\n" * 500_000,
}


def finding(name: str = "web", **fields: Any) -> Finding:
    """A finding between the environments of `result`."""
    known = {
        "object": ObjectReference("apps", "Deployment", name),
        "change": Change.CHANGED,
        "path": "spec.replicas",
        "values": {"objects": 2, "objects (2)": 4},
        "category": Category.SCALING,
    }
    return Finding(**(known | fields))


def result(*findings: Finding, **fields: Any) -> Result:
    """A result that has these findings."""
    return evolve(_compared(), findings=findings, **fields)


@cache
def _compared() -> Result:
    return compare([config_map(a="1")], [config_map(a="2")])


def judged() -> Result:
    """A result with all that a policy and a gate add to it."""
    expected = Expectation("hosts", "each environment has its own host")
    return result(
        finding("db", category=Category.SECRET, path="data.password", change=Change.UNCHANGED,
                values={"objects": "(secret 1)", "objects (2)": "(secret 1)"},
                violates=Expectation("own-database", "never the other's")),
        finding("web", category=Category.IMAGE, path="spec.image"),
        finding("web", category=Category.NETWORK, path="spec.host", expected=expected),
        finding("api", category=Category.NETWORK, path="spec.host", expected=expected),
        finding("web"),
        rules=(
            RuleHits("default", 3),
            RuleHits("hosts", 2, RuleState.USED, Effect.ANY, "each environment has its own host"),
            RuleHits("hotfix", 0, RuleState.EXPIRED, Effect.WAIVE, "on Monday", "team-shop",
                     "2026-11-01", "remove it"),
            RuleHits("soon", 1, RuleState.EXPIRING, Effect.WAIVE, "next", "team", "2026-12-01"),
            RuleHits("buckets", 0, RuleState.UNUSED, Effect.MATCHES, "own buckets"),
            RuleHits("all", 0, RuleState.DANGEROUS, Effect.ANY, "too wide"),
            RuleHits("more", 0, RuleState.FAILED, Effect.RANGE, "carries the load"),
        ),
        gate=Gate(frozenset({Category.IMAGE, Category.SECURITY})),
        gaps=("Secret may not be read in objects",),
        warnings=("rule hotfix expired on 2026-11-01",),
        reasons=("4 differences that no rule expects", "Secret may not be read in objects"),
    )  # fmt: skip


def hostile(evil: str) -> Result:
    """A result that has a text wherever a text from outside can stand."""
    rule = Expectation(evil, evil, evil)
    reference = ObjectReference(evil, evil, evil)
    writer = Writer(evil, evil, evil, evil)
    found = result()
    first, second = (
        evolve(environment, name=f"{evil}{place}", namespace=evil, context=evil, place=evil)
        for place, environment in enumerate(found.environments)
    )
    names = (first.name, second.name)

    def about(**fields: Any) -> Finding:
        values = {first.name: f"{evil}\n1", second.name: f"{evil}\n2"}
        known = {"object": reference, "path": evil, "values": values, "note": evil}
        return finding(**(known | fields))

    return evolve(
        found,
        environments=(first, second),
        findings=(
            about(written_by={first.name: (writer,), second.name: (writer,)}),
            about(path=f"data.{evil}", values={first.name: evil, second.name: "x"}),
            about(path=f"data.x{evil}", values={second.name: {evil: [evil]}}, violates=rule),
            about(path="", change=Change.ADDED, values={second.name: {"name": evil}}),
            about(expected=rule, category=Category.PLATFORM),
            about(change=Change.UNCHANGED, values=dict.fromkeys(names, evil), violates=rule),
        ),
        rules=(
            RuleHits(evil, 1),
            RuleHits(f"{evil}2", 1, RuleState.EXPIRED, Effect.ANY, evil, evil, evil, evil),
        ),
        reasons=(evil,),
        gaps=(evil, f"{evil} again"),
        warnings=(evil,),
        objects=(ComparedObject(ObjectReference("", evil, "same"), names),),
        gate=Gate(frozenset({Category.IMAGE})),
    )


def large(count: int) -> Result:
    """A result with many findings, every tenth of which happened to many objects."""
    categories = list(Category)
    return result(
        *sorted(
            (
                finding(
                    f"web-{number}",
                    path=f"spec.fields[{number if number % 10 else 0}]",
                    values={"objects": number % 10, "objects (2)": f"value {number % 10}"},
                    category=categories[number % len(categories)],
                )
                for number in range(count)
            ),
            key=Finding.sort_key,
        )
    )
