"""Polite GETs to one API server: bounded, patient where the server asks for it, and quiet."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from attrs import field, frozen

from driftcheck.errors import ClusterError
from driftcheck.sources._kubeconfig import Access, no_kubeconfig, read_access
from driftcheck.sources._parallel import SEATS, within
from driftcheck.sources._pools import (
    PROXY_LOGIN,
    explained,
    in_cluster_access,
    no_proxy_login,
    wants_proxy_login,
)
from driftcheck.sources._session import Session, open_session

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse
    from urllib3.exceptions import HTTPError

logger = logging.getLogger(__name__)

TIME_LIMIT = 300.0
"""Seconds for everything that is asked over one connection."""

_CONNECT_TIMEOUT = 10.0
_READ_TIMEOUT = 60.0
_PAUSE = 0.25
"""Seconds before the first retry; each later one waits twice as long."""

_PIECE = 256 * 1024
_LARGEST = 512 * 1024**2
"""Bytes of an answer, unpacked; a page of objects as large as etcd takes them has about as many."""
_UNAUTHORIZED = 401
_ATTEMPTS = {429: 5, 500: 3, 502: 5, 503: 5, 504: 5}
"""How often a request is made that ends with this status; with any other, once."""


@frozen
class Answer:
    """What the server said.

    Args:
        status: The HTTP status.
        headers: The HTTP headers; names in any case.
        body: The body, whole and unpacked.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Connection:
    """GETs to one API server, as one user, until a time limit; threads may share it.

    Args:
        access: A kubeconfig's context, or what a pod has in its place.
        timeout: Seconds for everything that is asked, the credentials included.
        pause: Seconds before the first retry.

    Raises:
        KubeconfigError: There are no usable credentials.
    """

    def __init__(
        self, access: Access, *, timeout: float = TIME_LIMIT, pause: float = _PAUSE
    ) -> None:
        self._access = access
        self._timeout = timeout
        self._pause = pause
        self._lock = Lock()
        self._seats = BoundedSemaphore(SEATS)
        self.deadline = monotonic() + timeout
        self._session = open_session(access, deadline=self.deadline)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def context(self) -> str:
        """The kubeconfig's context."""
        return self._access.context

    @property
    def user(self) -> str:
        """Who asks, for people to read."""
        return self._session.user

    @property
    def server(self) -> str:
        """Who is asked, for people to read."""
        return self._session.origin

    @property
    def is_over(self) -> bool:
        """Whether the time limit is over."""
        return monotonic() >= self.deadline

    def close(self) -> None:
        """Close the connections that are not in use, and ask nothing more."""
        self.deadline = monotonic()
        self._session.pool.clear()

    def get(
        self, path: str, query: Mapping[str, str] | None = None, accept: str = "application/json"
    ) -> Answer:
        """Ask for a path, again where the server is busy or the connection breaks off.

        Retries honour `Retry-After`, which API Priority and Fairness sends.
        https://kubernetes.io/docs/concepts/cluster-administration/flow-control/

        Args:
            path: A path of the Kubernetes API.
            query: The query's parameters.
            accept: The Accept header.

        Returns:
            The server's answer, whatever its status, unless that is 401.

        Raises:
            ClusterError: The server cannot be reached, refuses the credentials, or the time
                limit is over.
            KubeconfigError: The credentials expired, and there are no new ones.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        attempt = 1
        while True:
            outcome = self._ask(target, accept)
            pause = self._pause_before_retry(outcome, attempt)
            if pause is None:
                return self._conclude(outcome)
            sleep(pause)
            attempt += 1

    def pause(self, attempt: int) -> float:
        """How long to wait after a failed attempt: twice as long each time, with jitter.

        Args:
            attempt: How many attempts have failed.

        Returns:
            Seconds.
        """
        jitter = random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        return float(self._pause * 2 ** (attempt - 1) * jitter)

    def _ask(self, target: str, accept: str) -> Answer | HTTPError:
        session = self._current_session()
        outcome = self._send(session, target, accept)
        if isinstance(outcome, Answer) and outcome.status == _UNAUTHORIZED:
            renewed = self._renewed(session)
            return outcome if renewed is session else self._send(renewed, target, accept)
        return outcome

    def _send(self, session: Session, target: str, accept: str) -> Answer | HTTPError:
        from urllib3 import HTTPHeaderDict
        from urllib3.exceptions import HTTPError

        headers = HTTPHeaderDict(
            {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "driftcheck"}
        )
        headers.extend(session.headers)
        started = monotonic()
        try:
            with self._seats:
                answer = within(
                    lambda: self._exchange(session, target, headers), deadline=self.deadline
                )
        except HTTPError as error:
            logger.debug("GET %s: %s", target, type(error).__name__)
            return error
        took = (monotonic() - started) * 1000
        logger.debug("GET %s: %d, %.0f ms, %d bytes", target, answer.status, took, len(answer.body))
        if answer.status == _UNAUTHORIZED:
            session.life.end()
        return answer

    def _exchange(self, session: Session, target: str, headers: Mapping[str, str]) -> Answer:
        """One request and its answer, which is given up in its middle where time is over."""
        from urllib3 import Timeout

        left = self._time_left()
        response = session.pool.request(
            "GET",
            session.server + target,
            headers=headers,
            timeout=Timeout(connect=min(_CONNECT_TIMEOUT, left), read=min(_READ_TIMEOUT, left)),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            body = self._body(response, f"{session.origin}: {target}")
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return Answer(response.status, response.headers, body)

    def _body(self, response: BaseHTTPResponse, what: str) -> bytes:
        from urllib3.exceptions import TimeoutError as TookTooLong

        body = bytearray()
        while piece := response.read1(_PIECE):
            body += piece
            if self.is_over:
                raise TookTooLong
            if len(body) > _LARGEST:
                raise ClusterError(f"{what}: the answer is larger than {_LARGEST // 2**20} MiB")
        return bytes(body)

    def _time_left(self) -> float:
        if self.is_over:
            raise self._time_is_over()
        return self.deadline - monotonic()

    def _time_is_over(self) -> ClusterError:
        return ClusterError(
            f"the time limit of {self._timeout:g} s is over", hint="allow more with --timeout"
        )

    def _current_session(self) -> Session:
        session = self._session
        return self._renewed(session) if session.life.is_over else session

    def _renewed(self, used: Session) -> Session:
        """A newer session than the one used, if that has had its time; one thread opens it."""
        with self._lock:
            if self._session is used and not used.life.has_just_begun:
                self._session = open_session(self._access, deadline=self.deadline)
            return self._session

    def _pause_before_retry(self, outcome: Answer | HTTPError, attempt: int) -> float | None:
        if attempt >= _attempts(outcome):
            return None
        pause = self.pause(attempt)
        if isinstance(outcome, Answer):
            pause += _retry_after(outcome)
        return pause if monotonic() + pause < self.deadline else None

    def _conclude(self, outcome: Answer | HTTPError) -> Answer:
        if not isinstance(outcome, Answer):
            if self.is_over:
                raise self._time_is_over() from outcome
            message, hint = explained(outcome, self._session.origin)
            raise ClusterError(message, hint=hint) from outcome
        if outcome.status == _UNAUTHORIZED:
            raise ClusterError(
                f"{self._session.origin} refused the credentials of {self.user}",
                hint="log in again, or choose another context",
            )
        if outcome.status == PROXY_LOGIN:
            message, hint = no_proxy_login(self._session.origin)
            raise ClusterError(message, hint=hint)
        return outcome


def connect(
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    timeout: float = TIME_LIMIT,
    pause: float = _PAUSE,
) -> Connection:
    """Open a connection the way kubectl would choose it.

    Args:
        context: The kubeconfig's context; None for the current one.
        kubeconfig: A kubeconfig's path; None for `$KUBECONFIG`, the default file, or the
            service account of the pod this runs in.
        timeout: Seconds for everything that is asked, the credentials included.
        pause: Seconds before the first retry.

    Returns:
        A connection; nothing has been asked yet.

    Raises:
        KubeconfigError: There is no usable kubeconfig, context or credential.
    """
    access = read_access(kubeconfig, context) or (None if context else in_cluster_access())
    if access is None:
        raise no_kubeconfig(kubeconfig)
    return Connection(access, timeout=timeout, pause=pause)


def _attempts(outcome: Answer | HTTPError) -> int:
    from urllib3 import exceptions

    if isinstance(outcome, Answer):
        return _ATTEMPTS.get(outcome.status, 1)
    if isinstance(outcome, exceptions.SSLError) or wants_proxy_login(outcome):
        return 1
    is_away = isinstance(outcome, exceptions.NewConnectionError | exceptions.TimeoutError)
    return 2 if is_away else 4


def _retry_after(answer: Answer) -> float:
    """The seconds that a server asks for; one that makes no sense asks for none."""
    from urllib3 import Retry
    from urllib3.exceptions import InvalidHeader

    value = answer.headers.get("Retry-After")
    try:
        return float(Retry().parse_retry_after(value)) if value else 0.0
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0
