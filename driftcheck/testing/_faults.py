"""What can go wrong on the way: faults as values, each saying when it strikes and what it does."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

import attrs
import msgspec

from driftcheck.testing import _statuses as statuses
from driftcheck.testing._answers import NO_SUCH_PAGE, Answer, inconsistent_token, refusal
from driftcheck.testing._queries import TokenError
from driftcheck.testing._recording import Recording
from driftcheck.testing._requests import Request

JSON = dict[str, Any]

_TEXT = "text/plain; charset=utf-8"


@attrs.frozen
class Reply:
    """An answer and how it goes over the wire."""

    answer: Answer
    delay: float = 0.0
    """Seconds to wait before the first byte."""
    kept: float | None = 1.0
    """The share of the body sent before the connection drops; None for not even a header."""


Proceed = Callable[[Request], Reply]
"""What happens to a request further in, where the true answer is."""


@attrs.frozen
class Strike:
    """One request that a fault strikes."""

    request: Request
    turn: int
    """How many requests concerned the fault before this one."""
    proceed: Proceed
    """What would happen to a request without the fault."""

    def go_on(self) -> Reply:
        """What would happen to this request without the fault."""
        return self.proceed(self.request)

    def instead(self, answer: Answer) -> Reply:
        """Say something else, and never come to the true answer."""
        return Reply(answer)


@attrs.frozen(kw_only=True)
class When:
    """Which requests a fault strikes; whatever is left out matches every request."""

    path: str = "*"
    """A glob over the path, without the query."""
    resource: str | None = None
    """A glob over the plural name in the path, such as ``secrets``."""
    metadata_only: bool | None = None
    """Whether the request asks for a list of metadata alone."""
    after: int = 0
    """How many matching requests go unharmed first."""
    times: int | None = None
    """How many are struck then; None for all."""

    def matches(self, request: Request) -> bool:
        """Tell whether a request is of this sort, whatever came before."""
        return (
            fnmatchcase(request.path, self.path)
            and self._matches_resource(request)
            and self.metadata_only in (None, request.is_metadata_only)
        )

    def strikes(self, turn: int) -> bool:
        """Tell whether the matching request of this number, counted from 0, is struck."""
        return turn >= self.after and (self.times is None or turn < self.after + self.times)

    def _matches_resource(self, request: Request) -> bool:
        if self.resource is None:
            return True
        target = request.target
        return target is not None and fnmatchcase(target.place.resource, self.resource)


@attrs.frozen
class Fault:
    """Something that goes wrong. Subclass it to make other things go wrong."""

    when: When = When()

    def concerns(self, request: Request) -> bool:
        """Tell whether the fault could strike a request, whatever came before."""
        return self.when.matches(request)

    def respond(self, strike: Strike) -> Reply:
        """Say what happens to a request that the fault strikes."""
        return strike.go_on()


@attrs.frozen
class Slow(Fault):
    """The answer takes a while."""

    seconds: float = 0.1

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = strike.go_on()
        return attrs.evolve(reply, delay=reply.delay + self.seconds)


@attrs.frozen
class Throttled(Fault):
    """429 Too Many Requests, with Retry-After."""

    retry_after: int = 1
    """Seconds, as the header gives them."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        body = b"Too many requests, please try again later.\n"
        return strike.instead(Answer(429, body, _TEXT, (("Retry-After", str(self.retry_after)),)))


@attrs.frozen
class Failing(Fault):
    """500 Internal Server Error, or another of its like."""

    status: int = 500
    message: str = "Internal error occurred: etcdserver: request timed out"

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        return strike.instead(refusal(statuses.internal_error(self.status, self.message)))


@attrs.frozen
class Dropped(Fault):
    """The connection is closed without an answer."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        return attrs.evolve(strike.go_on(), kept=None)


@attrs.frozen
class Truncated(Fault):
    """The connection is closed in the middle of the body."""

    kept: float = 0.5
    """The share of the body that arrives, from 0 to less than 1."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        return attrs.evolve(strike.go_on(), kept=self.kept)


@attrs.frozen
class InvalidJSON(Fault):
    """A body that arrives whole, and is not JSON."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        reply = strike.go_on()
        half = reply.answer.body[: len(reply.answer.body) // 2]
        return attrs.evolve(reply, answer=attrs.evolve(reply.answer, body=half))


@attrs.frozen
class Forbidden(Fault):
    """403: whoever asks may not read this resource."""

    def concerns(self, request: Request) -> bool:
        """See `Fault.concerns`."""
        return bool(request.user and request.target) and self.when.matches(request)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        user, target = strike.request.user, strike.request.target
        if user is None or target is None:
            return strike.go_on()
        return strike.instead(refusal(statuses.forbidden(user, target)))


@attrs.frozen
class ExpiredContinue(Fault):
    """410 in the middle of paging: the list must be started again."""

    def concerns(self, request: Request) -> bool:
        """See `Fault.concerns`."""
        return bool(request.parameters.get("continue")) and self.when.matches(request)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        return strike.instead(refusal(statuses.expired()))


@attrs.frozen
class InconsistentContinue(ExpiredContinue):
    """410 in the middle of paging, with a token that would stitch two moments together."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        try:
            token = inconsistent_token(strike.request)
        except TokenError:
            return strike.go_on()
        gone = statuses.expired(statuses.INCONSISTENT_CONTINUE, token=token)
        return strike.instead(refusal(gone))


@attrs.frozen
class StaleDiscovery(Fault):
    """An API group whose server cannot be reached: discovery calls it stale, or ends with 503."""

    group: str = "*"
    """A glob over the group's name."""

    def concerns(self, request: Request) -> bool:
        """See `Fault.concerns`."""
        discovers = request.path == "/apis" or self._is_stale_version(request.path)
        return discovers and self.when.matches(request)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        if self._is_stale_version(strike.request.path):
            return strike.instead(Answer(503, b"service unavailable\n", _TEXT))
        return _edited(strike.go_on(), self._mark_stale)

    def _is_stale_version(self, path: str) -> bool:
        match = re.fullmatch(r"/apis/([^/]+)/[^/]+", path)
        return match is not None and fnmatchcase(match[1], self.group)

    def _mark_stale(self, body: JSON) -> None:
        for group in body.get("items", ()):
            if fnmatchcase(group["metadata"].get("name", ""), self.group):
                for version in group["versions"]:
                    version["freshness"] = "Stale"


@attrs.frozen
class Unserved(Fault):
    """A version of an API group that this server does not have, as an older or a newer one."""

    group: str = attrs.field(kw_only=True)
    version: str = attrs.field(kw_only=True)

    def concerns(self, request: Request) -> bool:
        """See `Fault.concerns`."""
        asked = request.path == "/apis" or self._is_inside(request.path)
        return asked and self.when.matches(request)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        if self._is_inside(strike.request.path):
            return strike.instead(NO_SUCH_PAGE)
        return _edited(strike.go_on(), self._take_away)

    def _is_inside(self, path: str) -> bool:
        return f"{path}/".startswith(f"/apis/{self.group}/{self.version}/")

    def _take_away(self, body: JSON) -> None:
        for group in body.get("items") or body.get("groups") or ():
            if self.group in (group.get("name"), group.get("metadata", {}).get("name")):
                kept = [item for item in group["versions"] if item["version"] != self.version]
                group["versions"] = kept


@attrs.frozen
class MetadataOnlyIgnored(Fault):
    """A server that sends full objects where metadata alone was asked for."""

    def concerns(self, request: Request) -> bool:
        """See `Fault.concerns`."""
        return request.is_metadata_only and self.when.matches(request)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        return strike.proceed(attrs.evolve(strike.request, accept="application/json"))


@attrs.frozen
class Churning(Fault):
    """Objects that are written between any two looks: each look sees other resourceVersions."""

    def concerns(self, request: Request) -> bool:
        """See `Fault.concerns`."""
        target = request.target
        return target is not None and not target.name and self.when.matches(request)

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        return _edited(strike.go_on(), lambda body: _write_again(body, strike.turn + 1))


@attrs.frozen
class Replaced(Fault):
    """The environment changes once: with the first request struck, another recording is played."""

    by: Recording = attrs.field(kw_only=True)


class Faults:
    """The faults in force, with how often each was concerned; threads may share it.

    Args:
        faults: The faults; of several that strike one request, the first is the outermost.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        self._turns = [0] * len(self.faults)
        self._lock = threading.Lock()

    def striking(self, request: Request) -> list[tuple[Fault, int]]:
        """Count a request, and tell which faults strike it.

        Args:
            request: The request.

        Returns:
            Each fault with its turn.
        """
        with self._lock:
            return [
                (fault, turn) for fault, turn in self._count(request) if fault.when.strikes(turn)
            ]

    def _count(self, request: Request) -> Iterable[tuple[Fault, int]]:
        for index, fault in enumerate(self.faults):
            if fault.concerns(request):
                yield fault, self._turns[index]
                self._turns[index] += 1


def replacement(striking: Iterable[tuple[Fault, int]]) -> Recording | None:
    """The recording to play from now on; None to go on with the old one."""
    for fault, turn in striking:
        if isinstance(fault, Replaced) and turn == fault.when.after:
            return fault.by
    return None


def respond(
    striking: Iterable[tuple[Fault, int]], request: Request, answer: Callable[[Request], Answer]
) -> Reply:
    """Answer a request, with everything that goes wrong on the way.

    Args:
        striking: The faults that strike it, the outermost first, each with its turn.
        request: The request.
        answer: What the server would say.

    Returns:
        The answer and how it goes over the wire.
    """
    proceed: Proceed = lambda asked: Reply(answer(asked))  # noqa: E731
    for fault, turn in reversed(list(striking)):
        proceed = _struck(fault, turn, proceed)
    return proceed(request)


def _struck(fault: Fault, turn: int, proceed: Proceed) -> Proceed:
    return lambda request: fault.respond(Strike(request, turn, proceed))


def _edited(reply: Reply, edit: Callable[[JSON], None]) -> Reply:
    if reply.answer.status != 200:  # noqa: PLR2004
        return reply
    body = msgspec.json.decode(reply.answer.body)
    edit(body)
    return attrs.evolve(reply, answer=attrs.evolve(reply.answer, body=msgspec.json.encode(body)))


def _write_again(body: JSON, times: int) -> None:
    for found in body["items"]:
        metadata = found["metadata"]
        metadata["resourceVersion"] = str(int(metadata.get("resourceVersion") or 0) + times)
