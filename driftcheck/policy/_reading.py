"""A policy's file becomes a Policy, or an error that says where and what is wrong.

https://yaml.org/spec/1.2.2/ as kubectl reads it; the keys are in `docs/policy.md`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

from driftcheck.codec import Lines, yaml_documents
from driftcheck.errors import ManifestError, PolicyError, UsageError
from driftcheck.model import (
    Check,
    Effect,
    ManagerClass,
    PathPattern,
    Witness,
    parse_pattern,
    parse_selector,
)
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
from driftcheck.policy._places import Place, every
from driftcheck.policy._rules import (
    EVERYTHING,
    Condition,
    Glob,
    LabelGlob,
    Match,
    Named,
    Policy,
    Rule,
    Unseen,
)
from driftcheck.policy._sides import EVERY_SIDE

if TYPE_CHECKING:
    import regex

VERSION = 1
POLICY_KEYS = ("$schema", "version", "environments", "managers", "rules", "unseen")
MANAGERS_KEYS = (*(word.value for word in ManagerClass), "dangerous")
MATCH_KEYS = ("check", "group", "kind", "name", "labels", "witness")
UNSEEN_KEYS = ("id", "match", "reason", "owner", "expires")
KIND_KEYS = ("group", "kind")
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

OF_WITNESSES = (Effect.ANY, Effect.WAIVE)
"""What a rule may say of an object that was written between two looks."""
OF_AUDITS = (Effect.ANY, Effect.WAIVE)
"""The effects that a rule about an audit may have: it has one side."""
NOT_OF_AUDITS = ("values", "dangerous")
"""The keys that say nothing to an audit."""
NEED_A_PATH = (Effect.DIFFER, Effect.RANGE, Effect.ONE_OF, Effect.MATCHES)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PLACEHOLDER = re.compile(r"\W*(todo|fixme|tbd|xxx)\b.*|\W*", re.IGNORECASE | re.DOTALL)
_RELATION = re.compile(rf"\s*({'|'.join(RELATIONS)})\s*")
_GZIPPED = b"\x1f\x8b"
_Item = TypeVar("_Item", Rule, Unseen)


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
    read = _policy(Place(documents[0], (), source, Lines(text)), source)
    return evolve(read, digest=_sha256(data))


def policy_from(content: Mapping[str, Any]) -> Policy:
    """Read a policy from what its file would hold.

    Raises:
        PolicyError: It is not one.
    """
    written = json.dumps(content, sort_keys=True, default=str).encode()
    return evolve(_policy(Place(content, (), "", None), ""), digest=_sha256(written))


def _sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _policy(place: Place, source: str) -> Policy:
    entries = place.map()
    read = place.known_map(
        POLICY_KEYS,
        {
            "version": lambda: _check_version(place, entries),
            "rules": lambda: _items(entries.get("rules"), _rule),
            "unseen": lambda: _items(entries.get("unseen"), _unseen),
            "aliases": lambda: _aliases(entries.get("environments")),
            "managers": lambda: _managers(entries["managers"]) if "managers" in entries else (),
            "ids": lambda: _check_ids(entries),
        },
    )
    return Policy(read["rules"], read["aliases"], source, read["managers"], read["unseen"])


def _managers(place: Place) -> tuple[Named, ...]:
    entries = place.map()
    may_hide = "dangerous" in entries and entries["dangerous"].boolean()
    readings = {
        item.path: partial(_named, item, ManagerClass(class_), may_hide=may_hide)
        for class_, names in entries.items()
        if class_ in MANAGERS_KEYS[:-1]
        for item in (names.list() if isinstance(names.value, list) else [names])
    }
    return tuple(place.known_map(MANAGERS_KEYS, readings).values())


def _named(place: Place, class_: ManagerClass, *, may_hide: bool) -> Named:
    named = Named(Glob(place.string("a manager's name, or a glob")), class_)
    if named.hands and not may_hide:
        raise place.error(
            f"takes {', '.join(named.hands)} out of the hands",
            hint="write `dangerous: true` beside it under `managers`, if that is meant",
        )
    return named


def _items(place: Place | None, read: Callable[[Place], _Item]) -> tuple[_Item, ...]:
    """Each item of a list, as it is read; none where there is no list."""
    items = place.list() if place else []
    return tuple(every({item.steps: partial(read, item) for item in items}).values())


def _aliases(place: Place | None) -> dict[str, tuple[str, ...]]:
    """What sides are called."""
    aliases = place.map() if place else {}
    return every({name: partial(_names, item) for name, item in aliases.items()})


def _check_ids(entries: Mapping[str, Place]) -> None:
    """Let no two rules bear the same id, whatever they are."""
    lists = [entries[key] for key in ("rules", "unseen") if key in entries]
    items = [item for place in lists if isinstance(place.value, list) for item in place.list()]
    first: dict[str, str] = {}
    for item in items:
        found = item.value.get("id") if isinstance(item.value, Mapping) else None
        if isinstance(found, str) and first.setdefault(found, item.path) != item.path:
            raise item.map()["id"].error(f"{found!r} is the id of {first[found]} already")


def _check_version(place: Place, entries: Mapping[str, Place]) -> None:
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


def _names(place: Place) -> tuple[str, ...]:
    """One environment's name, or several."""
    if isinstance(place.value, str):
        return (place.string(),)
    return tuple(item.string() for item in place.list())


def _rule(place: Place) -> Rule:
    entries = place.map()
    read = place.known_map(
        RULE_KEYS,
        {
            "id": lambda: _id(_needed(place, entries, "id")),
            "match": lambda: _match(entries["match"]) if "match" in entries else Match(),
            "paths": lambda: _paths(entries["path"]) if "path" in entries else (),
            "demand": lambda: _demand(place, entries),
            "reason": lambda: _reason(_needed(place, entries, "reason")),
            "expires": lambda: _expires(place, entries),
            "owner": lambda: _owner(entries),
            "dangerous": lambda: "dangerous" in entries and entries["dangerous"].boolean(),
        },
    )
    return Rule(**read, line=place.line)


def _unseen(place: Place) -> Unseen:
    entries = place.map()
    read = place.known_map(
        UNSEEN_KEYS,
        {
            "id": lambda: _id(_needed(place, entries, "id")),
            "match": lambda: _kinds(_needed(place, entries, "match")),
            "reason": lambda: _reason(_needed(place, entries, "reason")),
            "expires": lambda: entries["expires"].day() if "expires" in entries else None,
            "owner": lambda: _owner(entries),
        },
    )
    return Unseen(**read, line=place.line)


def _kinds(place: Place) -> Match:
    """Which kinds; what would accept that nothing at all is seen is refused."""
    entries = place.map()
    place.known_map(KIND_KEYS, {"kind": lambda: _needed(place, entries, "kind")})
    match = _match(place)
    if match.kind == EVERYTHING and match.group == EVERYTHING:
        raise place.error(
            "accepts every gap that there may be", hint="name the kind, or the group of all kinds"
        )
    return match


def _owner(entries: Mapping[str, Place]) -> str | None:
    return entries["owner"].string() if "owner" in entries else None


def _demand(place: Place, entries: Mapping[str, Place]) -> Demand:
    effect = _effect(_needed(place, entries, "effect"))
    _check_audit(entries, effect)
    _check_arguments(entries, effect)
    _check_witness(entries, effect)
    if effect in NEED_A_PATH and "path" not in entries:
        raise place.inside("path", None).error(
            f"missing: {effect.value} speaks of single values", hint="say which"
        )
    return _DEMANDS[effect](place, entries)


def _check_audit(entries: Mapping[str, Place], effect: Effect) -> None:
    """Refuse what can't be said of an audit, which has one side."""
    match = entries["match"].value if "match" in entries else None
    if not isinstance(match, Mapping) or "check" not in match:
        return
    if "witness" in match:
        raise entries["match"].error(
            "a check is of one look, and a witness of two", hint="make two rules of it"
        )
    if effect not in OF_AUDITS:
        raise entries["effect"].error(
            f"{effect.value} compares environments, and a rule with match.check speaks to an audit",
            hint="expect what the check finds with any, or waive it until a day",
        )
    for key in NOT_OF_AUDITS:
        if key in entries:
            raise entries[key].error("says nothing to an audit", hint="leave it out")


def _needed(place: Place, entries: Mapping[str, Place], key: str) -> Place:
    if key not in entries:
        raise place.inside(key, None).error("missing", hint=f"every rule needs: {key}")
    return entries[key]


def _id(place: Place) -> str:
    wanted = "letters, digits, dots, hyphens and underscores"
    text = place.string(wanted)
    if not _ID.fullmatch(text):
        raise place.expected(wanted)
    return text


def _effect(place: Place) -> Effect:
    known = [effect.value for effect in Effect if effect in _DEMANDS]
    if place.value not in known:
        raise place.expected(f"one of {', '.join(known)}")
    return Effect(place.value)


def _check_arguments(entries: Mapping[str, Place], effect: Effect) -> None:
    for key, of in ARGUMENTS.items():
        if key in entries and of is not effect:
            raise entries[key].error(
                f"goes with effect: {of.value}, and this rule's is {effect.value}"
            )


def _check_witness(entries: Mapping[str, Place], effect: Effect) -> None:
    """Refuse what can't be said of an object of which nothing shows but that it was written."""
    match = entries["match"].value if "match" in entries else None
    if not isinstance(match, Mapping) or "witness" not in match:
        return
    if effect not in OF_WITNESSES:
        raise entries["effect"].error(
            f"{effect.value} speaks of values, and a witness has none",
            hint="write effect: any, or waive",
        )
    for key in ("path", "values"):
        if key in entries:
            raise entries[key].error(
                "a witness is of a whole object", hint=f"leave out {key}, or match.witness"
            )


def _reason(place: Place) -> str:
    text = place.string("a reason")
    if _PLACEHOLDER.fullmatch(text):
        raise place.error(f"{text!r} is a placeholder", hint="say why this may be so")
    return text


def _expires(place: Place, entries: Mapping[str, Place]) -> date | None:
    effect = entries["effect"].value if "effect" in entries else None
    if "expires" in entries:
        if effect == Effect.EQUAL.value:
            raise entries["expires"].error("an expectation that things are equal does not end")
        return entries["expires"].day()
    if effect == Effect.WAIVE.value:
        raise place.inside("expires", None).error(
            "missing: a waiver has an end", hint="write expires: YEAR-MONTH-DAY"
        )
    return None


def _match(place: Place) -> Match:
    entries = place.map()
    if isinstance(entries.get("kind", place).value, str) and "group" not in entries:
        entries |= _kind_and_group(entries["kind"])
    read: dict[str, Callable[[], Any]] = {
        key: partial(_glob, entries[key]) for key in ("group", "kind", "name") if key in entries
    }
    if "labels" in entries:
        read["labels"] = partial(_labels, entries["labels"])
    if "witness" in entries:
        read["witness"] = partial(_witness, entries["witness"])
    if "check" in entries:
        read["check"] = partial(_check, entries["check"])
    return Match(**place.known_map(MATCH_KEYS, read))


def _witness(place: Place) -> Glob:
    """A glob for the witnesses that are findings."""
    glob = _glob(place)
    known = [word.value for word in Witness if not word.is_quiet]
    if not any(map(glob.matches, known)):
        raise place.expected(f"one of {', '.join(known)}")
    return glob


def _check(place: Place) -> Check:
    known = [check.value for check in Check]
    if place.value not in known:
        close = get_close_matches(str(place.value), known, n=1)
        meant = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
        raise place.error("no such check", hint=meant)
    return Check(place.value)


def _kind_and_group(place: Place) -> dict[str, Place]:
    """A kind that comes with its group, as `Deployment.apps`."""
    kind, dot, group = place.string("a kind or a glob").partition(".")
    return {"kind": evolve(place, value=kind), "group": evolve(place, value=group)} if dot else {}


def _glob(place: Place) -> Glob:
    """A glob; the core group's is empty."""
    if place.steps[-1] == "group" and place.value == "":
        return Glob("")
    return Glob(place.string("a name or a glob"))


def _labels(place: Place) -> tuple[Condition, ...]:
    return tuple(
        condition
        for part in re.split(r",(?![^(]*\))", place.string("a label selector"))
        for condition in _condition(part.strip(), place)
    )


def _condition(part: str, place: Place) -> tuple[Condition, ...]:
    key, equals, value = part.partition("=")
    if equals and "*" in value and not key.endswith("!"):
        return (LabelGlob(key.strip(), Glob(value.lstrip("=").strip())),)
    try:
        return parse_selector(part)
    except UsageError as error:
        raise place.error(str(error), hint=error.hint) from None


def _paths(place: Place) -> tuple[PathPattern, ...]:
    """One path, or several."""
    places = place.list() if isinstance(place.value, list) and place.value else [place]
    return tuple(_path(item) for item in places)


def _path(place: Place) -> PathPattern:
    text = place.string("a path")
    try:
        return parse_pattern(text)
    except UsageError as error:
        raise place.error(str(error), hint=error.hint) from None


def _mapped(place: Place, entries: Mapping[str, Place]) -> Demand:
    exchanges = _needed_argument(place, entries, "map").map()
    if all(isinstance(item.value, Mapping) for item in exchanges.values()) and exchanges:
        return Mapped({}, {side: _exchanges(item) for side, item in exchanges.items()})
    return Mapped(_exchanges(entries["map"]), {})


def _exchanges(place: Place) -> dict[str, str]:
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


def _range(place: Place, entries: Mapping[str, Place]) -> Demand:
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


def _one_of(place: Place, entries: Mapping[str, Place]) -> Demand:
    item = _needed_argument(place, entries, "one_of")
    by_side = {EVERY_SIDE: item} if isinstance(item.value, list) else item.map()
    allowed = {side: tuple(of.value for of in items.list()) for side, items in by_side.items()}
    if not allowed or not all(allowed.values()):
        raise item.expected("the allowed values, by side")
    return OneOf(allowed)


def _matches(place: Place, entries: Mapping[str, Place]) -> Demand:
    item = _needed_argument(place, entries, "matches")
    by_side = {EVERY_SIDE: item} if isinstance(item.value, str) else item.map()
    if not by_side:
        raise item.expected("patterns, by side")
    return Matches({side: _expression(text) for side, text in by_side.items()})


def _expression(place: Place) -> regex.Pattern[str]:
    import regex

    text = place.string("a regular expression")
    try:
        return regex.compile(text)
    except regex.error as error:
        raise place.error(f"{text!r} is no regular expression: {error}") from None
    except RecursionError:
        raise place.error("a regular expression with too many brackets in one another") from None


def _waive(_place: Place, entries: Mapping[str, Place]) -> Demand:
    if "values" not in entries:
        return Waive(None)
    values = {side: item.value for side, item in entries["values"].map().items()}
    if not values:
        raise entries["values"].expected("what is waived, by side")
    return Waive(values)


def _needed_argument(place: Place, entries: Mapping[str, Place], key: str) -> Place:
    if key not in entries:
        raise place.inside(key, None).error("missing", hint=f"effect: {key} needs it")
    return entries[key]


_DEMANDS: Mapping[Effect, Callable[[Place, Mapping[str, Place]], Demand]] = {
    Effect.ANY: lambda _place, _entries: Any_(),
    Effect.EQUAL: lambda _place, _entries: Equal(),
    Effect.DIFFER: lambda _place, _entries: Differ(),
    Effect.MAP: _mapped,
    Effect.RANGE: _range,
    Effect.ONE_OF: _one_of,
    Effect.MATCHES: _matches,
    Effect.WAIVE: _waive,
}
