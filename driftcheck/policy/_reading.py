"""A policy's file becomes a Policy, or an error that says where and what is wrong.

https://yaml.org/spec/1.2.2/ as kubectl reads it; the keys are in `docs/policy.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from driftcheck.codec import Lines, yaml_documents
from driftcheck.errors import ManifestError, PolicyError, UsageError
from driftcheck.model import Effect, ManagerClass, PathPattern, parse_pattern, parse_selector
from driftcheck.policy._effects import (
    RELATIONS,
    Amount,
    Any_,
    Demand,
    Differ,
    Equal,
    Mapped,
    Matches,
    OneOf,
    Range,
    Waive,
)
from driftcheck.policy._rules import Condition, Glob, LabelGlob, Match, Named, Policy, Rule
from driftcheck.policy._sides import EVERY_SIDE

if TYPE_CHECKING:
    import regex

VERSION = 1
POLICY_KEYS = ("$schema", "version", "environments", "managers", "rules")
MANAGERS_KEYS = (*(word.value for word in ManagerClass), "dangerous")
MATCH_KEYS = ("group", "kind", "name", "labels")
RULE_KEYS = (
    *("id", "match", "path", "effect", "reason", "expires", "owner", "dangerous"),
    *("values", "map", "range", "one_of", "matches"),
)
ARGUMENTS = {
    "values": Effect.WAIVE,
    "map": Effect.MAP,
    "range": Effect.RANGE,
    "one_of": Effect.ONE_OF,
    "matches": Effect.MATCHES,
}
"""Which keys of a rule go with which effect only."""

NEED_A_PATH = (Effect.DIFFER, Effect.RANGE, Effect.ONE_OF, Effect.MATCHES)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PLACEHOLDER = re.compile(r"\W*(todo|fixme|tbd|xxx)\b.*|\W*", re.IGNORECASE | re.DOTALL)
_RELATION = re.compile(rf"\s*({'|'.join(RELATIONS)})\s*")
_LONGEST_SHOWN = 60
_GZIPPED = b"\x1f\x8b"


def read_policy(data: bytes, *, source: str) -> Policy:
    """Read a policy.

    Args:
        data: YAML or JSON, one document.
        source: The file's name, for messages.

    Returns:
        The policy.

    Raises:
        PolicyError: It is not one; the message says where: `rules[2].expires: … (FILE:14)`.
    """
    if data.startswith(_GZIPPED):
        raise PolicyError(f"{source}: gzipped, and no policy", hint="name a policy's file")
    try:
        documents = yaml_documents(data, source=source)
    except ManifestError as error:
        raise PolicyError(str(error), hint=error.hint) from None
    if len(documents) != 1:
        said = "several documents" if documents else "nothing"
        raise PolicyError(
            f"{source}: holds {said}, and a policy is one document",
            hint="begin with `version: 1`, and let `rules:` follow",
        )
    if isinstance(documents[0], dict) and "driftcheck." in str(documents[0].get("schema")):
        raise PolicyError(
            f"{source}: a {documents[0]['schema']}, and no policy", hint="name a policy's file"
        )
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    return _policy(_Place(documents[0], (), source, Lines(text)), source)


def policy_from(content: Mapping[str, Any]) -> Policy:
    """Read a policy from what its file would hold.

    Raises:
        PolicyError: It is not one.
    """
    return _policy(_Place(content, (), "", None), "")


@frozen
class _Place:
    """A place in the file that is being read.

    Args:
        value: What stands there.
        steps: Keys and positions, from the file's beginning.
        source: The file's name; empty where there is none.
        lines: The file's lines; None where there is no file.
    """

    value: Any
    steps: tuple[str | int, ...]
    source: str
    lines: Lines | None

    @property
    def line(self) -> int:
        """Its line; 0 where there is no file."""
        return 0 if self.lines is None else self.lines.of(self.steps)

    def error(self, said: str, *, hint: str = "") -> PolicyError:
        """What is wrong here, and where here is."""
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        where = f" ({self.source}:{self.line})" if self.source else ""
        return PolicyError(f"{path.lstrip('.') or 'the policy'}: {said}{where}", hint=hint)

    def expected(self, wanted: str) -> PolicyError:
        """What should stand here, and what does."""
        got = json.dumps(self.value, ensure_ascii=False, default=str)
        if len(got) > _LONGEST_SHOWN:
            got = f"{got[:_LONGEST_SHOWN]}…"
        meant = "YAML reads y, no and the like so: put it in quotes" if self._is_word else ""
        return self.error(f"expected {wanted}, got {got}", hint=meant)

    @property
    def _is_word(self) -> bool:
        """Whether a word stands here that YAML takes for a truth value."""
        return isinstance(self.value, bool)

    def inside(self, step: str | int, value: Any) -> _Place:
        return _Place(value, (*self.steps, step), self.source, self.lines)

    def map(self, known: Collection[str] | None = None) -> dict[str, _Place]:
        """The entries of a map; where keys are given, no others may be there."""
        if not isinstance(self.value, Mapping) or not all(isinstance(k, str) for k in self.value):
            raise self.expected("a map")
        places = {key: self.inside(key, value) for key, value in self.value.items()}
        for key, place in places.items():
            if known is not None and key not in known:
                close = get_close_matches(key, known, n=1)
                meant = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
                raise place.error("no such key", hint=meant)
        return places

    def list(self) -> list[_Place]:
        """The items of a list."""
        if not isinstance(self.value, list | tuple):
            raise self.expected("a list")
        return [self.inside(position, item) for position, item in enumerate(self.value)]

    def string(self, wanted: str = "a text") -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.expected(wanted)
        return self.value

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.expected("true or false")
        return self.value

    def day(self) -> date:
        if isinstance(self.value, date) and not isinstance(self.value, datetime):
            return self.value
        if not isinstance(self.value, str) or not _DAY.fullmatch(self.value):
            raise self.expected("a date")
        try:
            return date.fromisoformat(self.value)
        except ValueError:
            raise self.expected("a date") from None


def _policy(place: _Place, source: str) -> Policy:
    entries = place.map(POLICY_KEYS)
    _check_version(place, entries)
    rules = [_rule(item) for item in entries["rules"].list()] if "rules" in entries else []
    first: dict[str, int] = {}
    for position, rule in enumerate(rules):
        if rule.id in first:
            item = entries["rules"].list()[position].map()["id"]
            raise item.error(f"{rule.id!r} is the id of rules[{first[rule.id]}] already")
        first[rule.id] = position
    aliases = entries["environments"].map() if "environments" in entries else {}
    return Policy(
        rules=tuple(rules),
        aliases={name: _names(item) for name, item in aliases.items()},
        source=source,
        managers=_managers(entries["managers"]) if "managers" in entries else (),
    )


def _managers(place: _Place) -> tuple[Named, ...]:
    entries = place.map(MANAGERS_KEYS)
    may_hide = "dangerous" in entries and entries.pop("dangerous").boolean()
    found: list[Named] = []
    for class_, names in entries.items():
        for item in names.list() if isinstance(names.value, list) else [names]:
            named = Named(Glob(item.string("a manager's name, or a glob")), ManagerClass(class_))
            if named.hands and not may_hide:
                raise item.error(
                    f"takes {', '.join(named.hands)} out of the hands",
                    hint="write `dangerous: true` beside it under `managers`, if that is meant",
                )
            found.append(named)
    return tuple(found)


def _check_version(place: _Place, entries: Mapping[str, _Place]) -> None:
    version = entries.get("version", place.inside("version", None))
    if version.value is None:
        raise version.error("missing", hint=f"begin the policy with `version: {VERSION}`")
    if isinstance(version.value, bool) or not isinstance(version.value, int):
        raise version.expected("1")
    if version.value > VERSION:
        raise version.error(
            f"{version.value} is newer than this driftcheck reads", hint="update driftcheck"
        )
    if version.value < VERSION:
        raise version.expected("1")


def _names(place: _Place) -> tuple[str, ...]:
    """One environment's name, or several."""
    if isinstance(place.value, str):
        return (place.string(),)
    return tuple(item.string() for item in place.list())


def _rule(place: _Place) -> Rule:
    entries = place.map(RULE_KEYS)
    effect = _effect(_needed(place, entries, "effect"))
    _check_arguments(entries, effect)
    if effect in NEED_A_PATH and "path" not in entries:
        raise place.inside("path", None).error(
            f"missing: {effect.value} speaks of single values", hint="say which"
        )
    return Rule(
        id=_id(_needed(place, entries, "id")),
        match=_match(entries["match"]) if "match" in entries else Match(),
        paths=_paths(entries["path"]) if "path" in entries else (),
        demand=_DEMANDS[effect](place, entries),
        reason=_reason(_needed(place, entries, "reason")),
        expires=_expires(place, entries, effect),
        owner=entries["owner"].string() if "owner" in entries else None,
        dangerous="dangerous" in entries and entries["dangerous"].boolean(),
        line=place.line,
    )


def _needed(place: _Place, entries: Mapping[str, _Place], key: str) -> _Place:
    if key not in entries:
        raise place.inside(key, None).error("missing", hint=f"every rule needs: {key}")
    return entries[key]


def _id(place: _Place) -> str:
    wanted = "letters, digits, dots, hyphens and underscores"
    text = place.string(wanted)
    if not _ID.fullmatch(text):
        raise place.expected(wanted)
    return text


def _effect(place: _Place) -> Effect:
    known = [effect.value for effect in Effect]
    if place.value not in known:
        raise place.expected(f"one of {', '.join(known)}")
    return Effect(place.value)


def _check_arguments(entries: Mapping[str, _Place], effect: Effect) -> None:
    for key, of in ARGUMENTS.items():
        if key in entries and of is not effect:
            raise entries[key].error(
                f"goes with effect: {of.value}, and this rule's is {effect.value}"
            )


def _reason(place: _Place) -> str:
    text = place.string("a reason")
    if _PLACEHOLDER.fullmatch(text):
        raise place.error(f"{text!r} is a placeholder", hint="say why this may be so")
    return text


def _expires(place: _Place, entries: Mapping[str, _Place], effect: Effect) -> date | None:
    if "expires" in entries:
        if effect is Effect.EQUAL:
            raise entries["expires"].error("an expectation that things are equal does not end")
        return entries["expires"].day()
    if effect is Effect.WAIVE:
        raise place.inside("expires", None).error(
            "missing: a waiver has an end", hint="write expires: YEAR-MONTH-DAY"
        )
    return None


def _match(place: _Place) -> Match:
    entries = place.map(MATCH_KEYS)
    if "kind" in entries and "group" not in entries:
        entries |= _kind_and_group(entries["kind"])
    globs = {key: _glob(entries[key]) for key in ("group", "kind", "name") if key in entries}
    labels = _labels(entries["labels"]) if "labels" in entries else ()
    return Match(**globs, labels=labels)


def _kind_and_group(place: _Place) -> dict[str, _Place]:
    """A kind that comes with its group, as `Deployment.apps`."""
    kind, dot, group = place.string("a kind or a glob").partition(".")
    return {"kind": evolve(place, value=kind), "group": evolve(place, value=group)} if dot else {}


def _glob(place: _Place) -> Glob:
    """A glob; the core group's is empty."""
    if place.steps[-1] == "group" and place.value == "":
        return Glob("")
    return Glob(place.string("a name or a glob"))


def _labels(place: _Place) -> tuple[Condition, ...]:
    return tuple(
        condition
        for part in re.split(r",(?![^(]*\))", place.string("a label selector"))
        for condition in _condition(part.strip(), place)
    )


def _condition(part: str, place: _Place) -> tuple[Condition, ...]:
    key, equals, value = part.partition("=")
    if equals and "*" in value and not key.endswith("!"):
        return (LabelGlob(key.strip(), Glob(value.lstrip("=").strip())),)
    try:
        return parse_selector(part)
    except UsageError as error:
        raise place.error(str(error), hint=error.hint) from None


def _paths(place: _Place) -> tuple[PathPattern, ...]:
    """One path, or several."""
    places = place.list() if isinstance(place.value, list) and place.value else [place]
    return tuple(_path(item) for item in places)


def _path(place: _Place) -> PathPattern:
    text = place.string("a path")
    try:
        return parse_pattern(text)
    except UsageError as error:
        raise place.error(str(error), hint=error.hint) from None


def _mapped(place: _Place, entries: Mapping[str, _Place]) -> Demand:
    exchanges = _needed_argument(place, entries, "map").map()
    if all(isinstance(item.value, Mapping) for item in exchanges.values()) and exchanges:
        return Mapped({}, {side: _exchanges(item) for side, item in exchanges.items()})
    return Mapped(_exchanges(entries["map"]), {})


def _exchanges(place: _Place) -> dict[str, str]:
    """What becomes what: one thing for each, and no two the same."""
    found: dict[str, str] = {}
    for key, item in place.map().items():
        value = item.string()
        if not key:
            raise item.error("what is mapped must not be empty")
        for other, taken in found.items():
            if taken == value:
                raise item.error(f"{other!r} and {key!r} both become {value!r}, so it is no map")
        found[key] = value
    if not found:
        raise place.expected("what becomes what")
    return found


def _range(place: _Place, entries: Mapping[str, _Place]) -> Demand:
    item = _needed_argument(place, entries, "range")
    first, *rest = _RELATION.split(item.string("a comparison").strip())
    operands = [first, *rest[1::2]]
    if not rest or not all(operands):
        raise item.expected("a comparison such as production >= staging, or production <= 10")
    read = tuple(_operand(text) for text in operands)
    if not any(isinstance(operand, str) for operand in read):
        raise item.expected("a comparison that names a side")
    return Range(read, tuple(rest[0::2]))


def _operand(text: str) -> str | Amount:
    """A bound where it is a quantity, else a side."""
    return Amount.read(text) or text


def _one_of(place: _Place, entries: Mapping[str, _Place]) -> Demand:
    item = _needed_argument(place, entries, "one_of")
    by_side = {EVERY_SIDE: item} if isinstance(item.value, list) else item.map()
    allowed = {side: tuple(of.value for of in items.list()) for side, items in by_side.items()}
    if not allowed or not all(allowed.values()):
        raise item.expected("the allowed values, by side")
    return OneOf(allowed)


def _matches(place: _Place, entries: Mapping[str, _Place]) -> Demand:
    item = _needed_argument(place, entries, "matches")
    by_side = {EVERY_SIDE: item} if isinstance(item.value, str) else item.map()
    if not by_side:
        raise item.expected("patterns, by side")
    return Matches({side: _expression(text) for side, text in by_side.items()})


def _expression(place: _Place) -> regex.Pattern[str]:
    import regex

    text = place.string("a regular expression")
    try:
        return regex.compile(text)
    except regex.error as error:
        raise place.error(f"{text!r} is no regular expression: {error}") from None
    except RecursionError:
        raise place.error("a regular expression with too many brackets in one another") from None


def _waive(_place: _Place, entries: Mapping[str, _Place]) -> Demand:
    if "values" not in entries:
        return Waive(None)
    values = {side: item.value for side, item in entries["values"].map().items()}
    if not values:
        raise entries["values"].expected("what is waived, by side")
    return Waive(values)


def _needed_argument(place: _Place, entries: Mapping[str, _Place], key: str) -> _Place:
    if key not in entries:
        raise place.inside(key, None).error("missing", hint=f"effect: {key} needs it")
    return entries[key]


_DEMANDS: Mapping[Effect, Callable[[_Place, Mapping[str, _Place]], Demand]] = {
    Effect.ANY: lambda _place, _entries: Any_(),
    Effect.EQUAL: lambda _place, _entries: Equal(),
    Effect.DIFFER: lambda _place, _entries: Differ(),
    Effect.MAP: _mapped,
    Effect.RANGE: _range,
    Effect.ONE_OF: _one_of,
    Effect.MATCHES: _matches,
    Effect.WAIVE: _waive,
}
