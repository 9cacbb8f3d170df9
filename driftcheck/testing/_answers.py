"""From a request to its answer: a pure function of a recording."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import msgspec

from driftcheck.testing import _statuses as statuses
from driftcheck.testing._queries import (
    INCONSISTENT,
    ListQuery,
    QueryError,
    Token,
    TokenError,
    key_of,
)
from driftcheck.testing._recording import Collection, Recording
from driftcheck.testing._requests import (
    DISCOVERY,
    METADATA,
    METADATA_LIST,
    PLAIN,
    Place,
    Request,
    Target,
    choose_form,
)

JSON = dict[str, Any]

_META_V1 = "meta.k8s.io/v1"


@attrs.frozen
class Answer:
    """What the server says, before it goes over the wire."""

    status: int
    body: bytes
    type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


NO_SUCH_PAGE = Answer(404, b"404 page not found\n", "text/plain; charset=utf-8")


@attrs.frozen
class Answers:
    """Every answer that a recording can give."""

    recording: Recording
    aggregated: bool = True
    """Whether the server knows aggregated discovery."""

    def answer(self, request: Request) -> Answer:
        """Answer a request by its meaning.

        Args:
            request: Any request; only GETs are answered with more than a refusal.

        Returns:
            The answer.
        """
        if request.user is None:
            return self._refuse(401, statuses.unauthorized())
        if request.method != "GET" or request.parameters.get("watch") in ("1", "true"):
            return refusal(statuses.method_not_allowed())
        if request.target and self._is_denied(request.user, request.target):
            return refusal(statuses.forbidden(request.user, request.target))
        return self._look_up(request)

    def _look_up(self, request: Request) -> Answer:
        target = request.target
        collection = self.recording.collection(target.place) if target else None
        if collection is None or target is None or target.subresource:
            return self._document(request)
        if target.name:
            return _show(request, target, collection)
        return self._list(request, target.place, collection)

    def _is_denied(self, user: str, target: Target) -> bool:
        return (user, target.place.api, target.place.resource) in self.recording.denials

    def _document(self, request: Request) -> Answer:
        path = request.path.rstrip("/")
        forms = (DISCOVERY, PLAIN) if self.aggregated else (PLAIN,)
        offers = [form for form in forms if (path, form) in self.recording.documents]
        if not offers:
            return self._missing(request)
        form = choose_form(request.accept, offers)
        if form is None:
            return refusal(statuses.not_acceptable())
        document = self.recording.documents[path, form]
        return Answer(200, document.body, document.type)

    def _missing(self, request: Request) -> Answer:
        served = {resource.api for resource in self.recording.resources}
        if request.target and request.target.place.api in served:
            return refusal(statuses.no_such_resource())
        return NO_SUCH_PAGE

    def _list(self, request: Request, place: Place, collection: Collection) -> Answer:
        form = choose_form(request.accept, (METADATA_LIST, PLAIN))
        if form is None:
            return refusal(statuses.not_acceptable())
        try:
            query = ListQuery.parse(request.parameters)
        except TokenError:
            return self._refuse(400, statuses.bad_request(statuses.BAD_CONTINUE))
        except QueryError as error:
            return refusal(statuses.bad_request(str(error)))
        if query.exact_revision not in (None, collection.metadata.get("resourceVersion")):
            return self._refuse(410, statuses.expired(statuses.TOO_OLD))
        if query.token and query.token.revision not in (collection.revision, INCONSISTENT):
            return refusal(statuses.expired())
        return _page(place, collection, form, query)

    def _refuse(self, code: int, otherwise: JSON) -> Answer:
        recorded = self.recording.failures.get(code)
        return Answer(code, recorded) if recorded else refusal(otherwise)


def refusal(body: JSON) -> Answer:
    """Answer with a Status."""
    return Answer(body["code"], msgspec.json.encode(body))


def inconsistent_token(request: Request) -> str:
    """The token that continues a list whose snapshot is no longer kept.

    Args:
        request: A request for a later page.

    Returns:
        A token for the rest of the list as it is now.

    Raises:
        TokenError: The request's own token is not one.
    """
    return Token(INCONSISTENT, Token.decode(request.parameters["continue"]).key).encode()


def _show(request: Request, target: Target, collection: Collection) -> Answer:
    form = choose_form(request.accept, (METADATA, PLAIN))
    found = collection.find(target.name)
    if form is None:
        return refusal(statuses.not_acceptable())
    if found is None:
        return refusal(statuses.not_found(target))
    return _ok(_metadata_of(found) if form == METADATA else found)


def _page(place: Place, collection: Collection, form: str, query: ListQuery) -> Answer:
    keys = [key_of(found, place) for found in collection.objects]
    unseen = collection.objects[query.first_unseen(keys) :]
    wanted = [found for found in unseen if query.wants(found)]
    page = wanted[: query.limit] if query.limit > 0 else wanted
    metadata = dict(collection.metadata)
    if len(page) < len(wanted):
        metadata["continue"] = Token(collection.revision, key_of(page[-1], place)).encode()
    if len(page) < len(wanted) and not query.choices:
        metadata["remainingItemCount"] = len(wanted) - len(page)
    if form == METADATA_LIST:
        return _ok(_metadata_list(metadata, page))
    head = {"kind": f"{collection.kind}List", "apiVersion": collection.api_version}
    return _ok({**head, "metadata": metadata, "items": page})


def _metadata_list(metadata: JSON, page: Iterable[JSON]) -> JSON:
    return {
        "kind": METADATA_LIST,
        "apiVersion": _META_V1,
        "metadata": {key: value for key, value in metadata.items() if value},
        "items": [_metadata_of(found) for found in page],
    }


def _metadata_of(found: JSON) -> JSON:
    return {"kind": METADATA, "apiVersion": _META_V1, "metadata": found["metadata"]}


def _ok(body: JSON) -> Answer:
    return Answer(200, msgspec.json.encode(body))
