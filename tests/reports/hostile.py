"""A result full of names and values that mean to do harm."""

from __future__ import annotations

import re
import unicodedata

from attrs import evolve

from driftcheck import Result
from driftcheck.model import (
    Change,
    ComparedObject,
    Expectation,
    Finding,
    ObjectReference,
    PolicyUsed,
    Writer,
)
from tests.builders import compare, config_map

ATTACKS = (
    "</script><script>alert(1)</script>",
    "]]><x/>",
    "::error::gotcha",
    "\u00a0 ::warning::gotcha",
    "##[error]gotcha",
    "##vso[task.setvariable variable=a]gotcha",
    "##teamcity[buildStatus status='SUCCESS']",
    "a line\n::error::gotcha\n  ::add-mask::x\r\n##[group]",
    "section_start:1:gotcha\r\x1b[0K",
    "\x1b[2J\x1b]0;title\x07",
    "\u202egpj.exe\u202c\u200f",
    "\x00\x08\x7f\x9f",
    "\ufffe\uffff\ufeff",
    "\U000e0001\U0010ffff",
    "a|b`c`*d*<e>&f;\"g\"'h'",
    "line\r\nbreak\ttab\u2028\u2029",
    '=HYPERLINK("http://evil","x")',
    "[click](https://evil.example) {0} {{1}}",
    "@everyone ![x](https://evil.example/x.png)",
    "../../etc/passwd",
    "%s %(name)s ${IFS} $(reboot)",
    "",
)
LONGEST = 1_000_000
STEERING = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_COMMAND = re.compile(r"\s*::|.*##\w*\[")


def acting(text: str) -> list[str]:
    """The lines of a text that hide something, steer a terminal, or that a CI server obeys."""
    lines = re.split(r"\r?\n", text)
    return [
        line
        for line in lines
        if _COMMAND.match(line) or STEERING & {unicodedata.category(one) for one in line}
    ]


def hostile(attacks: tuple[str, ...] = ATTACKS) -> Result:
    """A result in which each attack stands wherever a text may stand."""
    base = compare([config_map(a="1")], [config_map(a="2")])
    environments = tuple(
        evolve(item, name=f"{attack}{number}", place=attack, context=attack)
        for number, (item, attack) in enumerate(
            zip(base.environments, (attacks[0], attacks[-2]), strict=True)
        )
    )
    names = [environment.name for environment in environments]
    findings = tuple(finding(attack, names, base.findings[0]) for attack in attacks)
    return evolve(
        base,
        environments=environments,
        findings=findings,
        reasons=attacks,
        gaps=attacks,
        warnings=attacks,
        accepted=attacks,
        policy=PolicyUsed(attacks[0], f"sha256:{'0' * 64}"),
        objects=tuple(ComparedObject(item.object, tuple(names)) for item in findings),
    )


def finding(attack: str, names: list[str], base: Finding) -> Finding:
    rule = Expectation(attack, attack, attack)
    return evolve(
        base,
        object=ObjectReference(attack, attack, attack),
        path=attack,
        change=Change.CHANGED,
        values={names[0]: attack, names[1]: {attack: [attack, None, -1.5]}},
        note=attack,
        expected=rule if attack.startswith("]]>") else None,
        violates=rule,
        written_by={names[0]: (Writer(attack, attack, attack, attack),)},
    )


HOSTILE = hostile()
