"""What the query of a list asks for: which objects, how many, and from where on."""

from __future__ import annotations

import base64
import re
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import msgspec

from driftcheck.testing._requests import Place

JSON = dict[str, Any]
Choice = Callable[[JSON], bool]

INCONSISTENT = -1
"""The revision of a token that continues a list which is no longer kept."""

_REQUIREMENT = re.compile(r"(?P<key>[\w./-]+)\s*(?P<operator>==|=|!=)\s*(?P<value>[\w.:-]*)")
_FIELDS = ("metadata.name", "metadata.namespace")


class QueryError(ValueError):
    """A query that makes no sense to this server."""


class TokenError(QueryError):
    """A continue token that no API server made."""


@attrs.frozen
class Token:
    """A continue token, in the API server's own form."""

    revision: int
    key: str
    """The last object the client has seen; see `key_of`."""

    def encode(self) -> str:
        """The token as a client sees it."""
        value = {"v": "meta.k8s.io/v1", "rv": self.revision, "start": f"/{self.key}\0"}
        return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str) -> Token:
        """Read a token that a client sent.

        Raises:
            TokenError: It is not a token.
        """
        try:
            value = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return cls(int(value["rv"]), value["start"].strip("/\0"))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise TokenError(f"{text} is not a continue token") from error


def key_of(found: JSON, place: Place) -> str:
    """What tells an object from the others of its list.

    Args:
        found: The object.
        place: Where the list is.

    Returns:
        Its name, after its namespace in a list of all namespaces.
    """
    metadata = found["metadata"]
    name, namespace = metadata["name"], metadata.get("namespace")
    return f"{namespace}/{name}" if namespace and place.namespace is None else name


@attrs.frozen
class ListQuery:
    """What a client wants of a list."""

    choices: tuple[Choice, ...]
    """What every wanted object passes."""
    limit: int
    """How many at most; 0 for all."""
    token: Token | None
    """Where an earlier page ended."""
    exact_revision: str | None
    """The one resourceVersion that will do."""

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> ListQuery:
        """Read a request's query.

        Raises:
            QueryError: It asks for what this server does not know: a selector that is more than
                equality, an unknown field, a limit that is no number.
            TokenError: The continue token is not one.
        """
        text = parameters.get("continue", "")
        is_exact = parameters.get("resourceVersionMatch") == "Exact"
        return cls(
            choices=_choices(parameters),
            limit=_limit(parameters.get("limit") or "0"),
            token=Token.decode(text) if text else None,
            exact_revision=parameters.get("resourceVersion") if is_exact else None,
        )

    def wants(self, found: JSON) -> bool:
        """Tell whether an object is chosen, whatever the page."""
        return all(choice(found) for choice in self.choices)

    def first_unseen(self, keys: Sequence[str]) -> int:
        """Where a list goes on after the last object seen, even if that is no longer there."""
        if self.token is None:
            return 0
        if self.token.key in keys:
            return keys.index(self.token.key) + 1
        return bisect(keys, self.token.key)


def _limit(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise QueryError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error


def _choices(parameters: Mapping[str, str]) -> tuple[Choice, ...]:
    return (
        *map(_by_label, _requirements(parameters.get("labelSelector", ""))),
        *map(_by_field, _requirements(parameters.get("fieldSelector", ""))),
    )


def _requirements(selector: str) -> list[tuple[str, bool, str]]:
    return [_requirement(part.strip()) for part in selector.split(",") if part.strip()]


def _requirement(part: str) -> tuple[str, bool, str]:
    match = _REQUIREMENT.fullmatch(part)
    if match is None:
        raise QueryError(f"unable to parse requirement: {part}")
    return match["key"], match["operator"] != "!=", match["value"]


def _by_label(requirement: tuple[str, bool, str]) -> Choice:
    key, is_equal, value = requirement
    return lambda found: (_labels(found).get(key) == value) is is_equal


def _by_field(requirement: tuple[str, bool, str]) -> Choice:
    field, is_equal, value = requirement
    if field not in _FIELDS:
        raise QueryError(f"field label not supported: {field}")
    key = field.removeprefix("metadata.")
    return lambda found: (found["metadata"].get(key) == value) is is_equal


def _labels(found: JSON) -> JSON:
    return found["metadata"].get("labels") or {}
