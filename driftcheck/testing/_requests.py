"""What was asked: a request as a value, and what it means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

import attrs

DISCOVERY = "APIGroupDiscoveryList"
METADATA_LIST = "PartialObjectMetadataList"
METADATA = "PartialObjectMetadata"
PLAIN = ""

_API_PATH = re.compile(
    r"(?P<api>/api/[^/]+|/apis/[^/]+/[^/]+)"
    r"(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<resource>[^/]+)"
    r"(?:/(?P<name>[^/]+)(?P<subresource>/.+)?)?"
)


@attrs.frozen
class Place:
    """Where objects of one resource live: API version, plural name, namespace if any."""

    api: str
    """``/api/v1``, or ``/apis/GROUP/VERSION``."""
    resource: str
    namespace: str | None = None

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api.split("/")[2] if self.api.startswith("/apis/") else ""


@attrs.frozen
class Target:
    """The list, or the single object, that a path names."""

    place: Place
    name: str = ""
    subresource: str = ""

    @classmethod
    def parse(cls, path: str) -> Target | None:
        """Read a request's path; None where it names no resource."""
        match = _API_PATH.fullmatch(path)
        if match is None:
            return None
        place = Place(match["api"], match["resource"], match["namespace"])
        return cls(place, match["name"] or "", match["subresource"] or "")

    @property
    def verb(self) -> str:
        """The verb that a Role would have to grant."""
        return "get" if self.name else "list"


@attrs.frozen
class Request:
    """One request as it was asked."""

    method: str
    path: str
    query: str = ""
    user: str | None = None
    """Whose token was sent; None for no token, or one that nobody has."""
    accept: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """The query, by name; of a name given twice, the last value."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def target(self) -> Target | None:
        """What the path names; None where it names no resource."""
        return Target.parse(self.path)

    @property
    def is_metadata_only(self) -> bool:
        """Whether this asks for a list of metadata alone."""
        return choose_form(self.accept, (METADATA_LIST, PLAIN)) == METADATA_LIST


def choose_form(accept: str, offers: Sequence[str]) -> str | None:
    """Choose the form of an answer as an API server does.

    Args:
        accept: The Accept header.
        offers: The forms that can be served, `PLAIN` being JSON as it is stored.

    Returns:
        The first form the client asks for that is offered; None where there is none.
    """
    for media_range in _by_preference(accept):
        media_type, *rest = (part.strip() for part in media_range.split(";"))
        form = dict(part.partition("=")[::2] for part in rest).get("as", PLAIN)
        if media_type in ("application/json", "application/*", "*/*") and form in offers:
            return form
    return None


def _by_preference(accept: str) -> list[str]:
    return sorted((accept.strip() or "*/*").split(","), key=_quality, reverse=True)


def _quality(media_range: str) -> float:
    match = re.search(r";\s*q=([\d.]+)", media_range)
    return float(match[1]) if match else 1.0
