"""A first policy for environments that differ already: what explains today's findings.

What many findings have in common is a map; Secrets that differ are held to differ; the rest is
waived for a while, just as it is. Reasons are left for a person to fill in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from string import ascii_lowercase, digits
from typing import Any

from attrs import frozen

from driftcheck.model import (
    Category,
    Change,
    Field,
    Finding,
    ObjectReference,
    Result,
    canonical_bytes,
    counted,
    parse_path,
    without_hash,
)
from driftcheck.policy._effects import exchanged

FOR_HOW_LONG = timedelta(days=30)
"""How long the waivers of a first policy last."""

HARMLESS = (Category.CONFIG, Category.SECRET, Category.STORAGE, Category.RESOURCES)
"""What whole objects are about that can hold nothing dangerous."""

_WORD = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]")
_LETTER = re.compile(r"[A-Za-z]")
_SHORTEST = 2
_FEWEST = 2
"""How many findings a map must explain to be one."""

_HASH_TO_ANY = {ord(character): "?" for character in ascii_lowercase + digits}
_TOO_MUCH = re.compile(r"[^a-z0-9]+")


@frozen
class Proposal:
    """A policy that explains findings once its reasons are filled in.

    Args:
        rules: The rules, as a policy's file holds them.
        said: What explains how many of the findings, in sentences.
    """

    rules: tuple[dict[str, Any], ...]
    said: tuple[str, ...]


@frozen
class _Pair:
    """A text of the baseline's and what stands for it elsewhere, and the findings that say so."""

    before: str
    after: str
    findings: tuple[Finding, ...]


def propose(result: Result, *, today: date) -> Proposal:
    """Find rules that explain every finding of a result that nobody expects yet.

    Args:
        result: What a comparison gave.
        today: The day, in UTC, from which waivers last.

    Returns:
        The rules, with reasons that are still to be given.
    """
    open_ones = [item for item in result.findings if not item.expected and not item.violates]
    pairs = list(_pairs(result, open_ones))
    rules: list[dict[str, Any]] = []
    said: list[str] = []
    explained: set[int] = set()
    for before, after in _maps(pairs):
        found = [pair for pair in pairs if exchanged(pair.before, {before: after}) == pair.after]
        findings = [item for pair in found for item in pair.findings if id(item) not in explained]
        explained |= {id(item) for item in findings}
        rules.append(_map_rule(before, after, findings))
        said.append(f"`{before}` to `{after}` explains {len(findings)} of {len(open_ones)}")
    rest = [item for item in open_ones if id(item) not in explained]
    secrets = [item for item in rest if _is_own_secret(item, result)]
    waived = [item for item in rest if not _is_own_secret(item, result)]
    rules += _secret_rules(secrets)
    rules += _waivers(waived, today + FOR_HOW_LONG)
    if secrets:
        said.append(f"{counted(len(secrets), 'Secret value')} held to differ")
    if waived:
        said.append(f"{len(waived)} of {len(open_ones)} waived until {today + FOR_HOW_LONG}")
    said += _hashes_left_out(rest)
    return Proposal(tuple(_with_own_ids(rules)), tuple(said))


def _pairs(result: Result, findings: Iterable[Finding]) -> Iterator[_Pair]:
    """The texts that stand for one another, also where they are items known by their values."""
    names = [environment.name for environment in result.environments]
    added: dict[tuple[ObjectReference, str], list[Finding]] = defaultdict(list)
    findings = list(findings)
    for item in findings:
        if item.change is Change.ADDED and _is_member(item):
            added[item.object, _parent(item)].append(item)
    for item in findings:
        values = [item.values.get(name) for name in names]
        if item.change is Change.CHANGED and _is_pair(values):
            yield _Pair(str(values[0]), str(values[1]), (item,))
        elif item.change is Change.REMOVED and _is_member(item):
            for other in added[item.object, _parent(item)]:
                texts = [values[0], next(iter(other.values.values()))]
                if len(other.values) == len(names) - 1 and _is_pair(texts):
                    yield _Pair(str(texts[0]), str(texts[1]), (item, other))


def _is_pair(values: list[Any]) -> bool:
    """Whether all are texts, and the others agree against the baseline."""
    return all(isinstance(value, str) for value in values) and len(set(values[1:])) == 1


def _is_member(finding: Finding) -> bool:
    return finding.path.endswith("]") and "[=" in finding.path


def _parent(finding: Finding) -> str:
    return finding.path.rpartition("[=")[0]


def _maps(pairs: list[_Pair]) -> Iterator[tuple[str, str]]:
    """The maps that explain most, one after the other, none against another."""
    left = list(pairs)
    chosen: dict[str, str] = {}
    while True:
        votes: dict[tuple[str, str], int] = defaultdict(int)
        for pair in left:
            for candidate in _candidates(pair):
                if candidate[0] not in chosen and candidate[1] not in chosen.values():
                    votes[candidate] += len(pair.findings)
        best = max(votes, key=lambda item: (votes[item], len(item[0]), item), default=None)
        if best is None or votes[best] < _FEWEST:
            return
        chosen[best[0]] = best[1]
        left = [pair for pair in left if exchanged(pair.before, dict([best])) != pair.after]
        yield best


def _candidates(pair: _Pair) -> set[tuple[str, str]]:
    """What may have become what: the words that differ, with more and more of what follows."""
    before, after = _WORD.findall(pair.before), _WORD.findall(pair.after)
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    found = set()
    for further in range(end + 1):
        cut = end - further
        old = "".join(before[start : len(before) - cut])
        new = "".join(after[start : len(after) - cut])
        if _says_something(old) and _says_something(new) and old != new:
            exchanges = {old: new}
            if exchanged(pair.before, exchanges) == pair.after:
                found.add((old, new))
    return found


def _common(left: list[str], right: list[str]) -> int:
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _says_something(text: str) -> bool:
    """Whether a text is more than a number or a sign, which stands for something everywhere."""
    return len(text) >= _SHORTEST and _LETTER.search(text) is not None


def _map_rule(before: str, after: str, findings: list[Finding]) -> dict[str, Any]:
    kinds = {item.object.kind for item in findings}
    match = {"match": {"kind": kinds.pop()}} if len(kinds) == 1 else {}
    return {
        "id": _slug(before, "to", after),
        **match,
        "path": _one_or_many(sorted({item.path for item in findings})),
        "effect": "map",
        "map": {before: after},
        "reason": "TODO: say what these are, and why they differ",
    }


def _one_or_many(paths: list[str]) -> str | list[str]:
    return paths[0] if len(paths) == 1 else paths


def _glob(reference: ObjectReference) -> str:
    """The name, with a hash of the content in it left open: the next content has another."""
    stem = without_hash(reference).name
    return stem + reference.name[len(stem) :].translate(_HASH_TO_ANY)


def _hashes_left_out(findings: Iterable[Finding]) -> Iterator[str]:
    """Which names are written without their hash, and how."""
    for reference in dict.fromkeys(item.object for item in findings if item.path):
        if _glob(reference) != reference.name:
            yield f"{reference} is written {_glob(reference)}: its hash changes with its content"


def _is_own_secret(finding: Finding, result: Result) -> bool:
    """Whether a Secret's values differ, each environment having its own."""
    values = list(finding.values.values())
    return (
        finding.category is Category.SECRET
        and bool(finding.path)
        and len({canonical_bytes(value) for value in values}) == len(result.environments)
    )


def _secret_rules(findings: Iterable[Finding]) -> Iterator[dict[str, Any]]:
    by_object: dict[ObjectReference, list[str]] = defaultdict(list)
    for item in findings:
        by_object[item.object].append(item.path)
    for reference, paths in by_object.items():
        yield {
            "id": _slug(without_hash(reference).name, "own"),
            "match": {"kind": reference.kind, "name": _glob(reference)},
            "path": _one_or_many(sorted(paths)),
            "effect": "differ",
            "reason": "TODO: say why each environment has its own",
        }


def _waivers(findings: Iterable[Finding], expires: date) -> Iterator[dict[str, Any]]:
    """A waiver for each thing that happened: the same change of many objects is one."""
    clusters: dict[tuple[Any, ...], list[Finding]] = defaultdict(list)
    for item in findings:
        kind = item.object.group_kind
        clusters[kind, item.path, canonical_bytes(dict(item.values))].append(item)
    for found in clusters.values():
        first = found[0]
        match: dict[str, str] = {"kind": first.object.kind}
        if first.object.group:
            match = {"group": first.object.group, **match}
        if len(found) == 1:
            match["name"] = _glob(first.object) if first.path else first.object.name
        named = [without_hash(first.object).name] if len(found) == 1 else []
        yield {
            "id": _slug(first.object.kind, *named, _last(first.path)),
            "match": match,
            **({"path": first.path} if first.path else {}),
            "effect": "waive",
            "expires": expires.isoformat(),
            **_told(first),
            "reason": "TODO: say why this may be so until then",
        }


def _told(finding: Finding) -> dict[str, Any]:
    """Just what is waived, as far as it can be told; what a whole object holds can't be."""
    if not finding.path:
        harmless = {} if finding.category in HARMLESS else {"dangerous": True}
        return {"values": dict(finding.values), **harmless}
    return {} if finding.category is Category.SECRET else {"values": dict(finding.values)}


def _last(path: str) -> str:
    """The last thing that a path names."""
    steps = parse_path(path)
    if steps and isinstance(steps[-1], Field):
        return steps[-1].name
    return path.rpartition(".")[2]


def _slug(*parts: str) -> str:
    text = "-".join(part for part in parts if part)
    return _TOO_MUCH.sub("-", text.lower()).strip("-")[:60].rstrip("-") or "rule"


def _with_own_ids(rules: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rules, those that would bear the same id numbered."""
    taken: set[str] = set()
    for rule in rules:
        name, number = rule["id"], 1
        while name in taken:
            number += 1
            name = f"{rule['id']}-{number}"
        taken.add(name)
        yield {**rule, "id": name}
