"""The way to registries: logins, tokens, redirects, and an end to all patience.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec
from attrs import evolve, field, frozen

from driftcheck.errors import ClusterError
from driftcheck.sources._fetch import Refusal
from driftcheck.sources._parallel import within
from driftcheck.sources._pools import explained, keep_addresses_quiet

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

logger = logging.getLogger(__name__)

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ACCEPT = ", ".join(
    (
        INDEX,
        "application/vnd.docker.distribution.manifest.list.v2+json",
        MANIFEST,
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_GET = "GET"
_HOSTS = {"docker.io": "registry-1.docker.io"}
_ON_THIS_MACHINE = re.compile(r"(?:localhost|127\.[0-9.]+|\[::1\])(?::[0-9]+)?")
_LARGEST = 8 * 1024**2
"""Bytes of an answer; the specification asks for 4 MiB of a manifest at least."""
_PIECE = 64 * 1024
_ATTEMPTS = 4
_REDIRECTS = 3
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_OK, _UNAUTHORIZED, _DENIED, _TOO_MANY = 200, 401, 403, 429
_NO_LOGIN = ": no login for it is known that it takes"
_NOT_TOLD = ": it sends us on to somebody who wants a login, which nobody but itself is told"
_MOVED = (301, 302, 303, 307, 308)

_T = TypeVar("_T")


@frozen
class Login:
    """How to log in to a registry.

    Args:
        user: The user's name.
        password: The password, which is never printed.
    """

    user: str
    password: str = field(repr=False)


FindLogins = Callable[[str], tuple[Login, ...]]
"""Finds the logins for a registry's host, the likeliest first."""


class _Token(msgspec.Struct):
    token: str = ""
    access_token: str = ""


@frozen
class Question:
    """What a registry is asked, or told.

    Args:
        path: Where, below the repository; or where the registry itself has said, in full.
        method: How.
        body: What is told.
        media_type: What that is.
    """

    path: str
    method: str = _GET
    body: bytes = field(default=b"", repr=False)
    media_type: str = ""

    @property
    def leave(self) -> str:
        """What leave it takes: whoever writes something reads as well."""
        return "pull" if self.method == _GET else "pull,push"


@frozen
class RegistryAnswer:
    """What came back.

    Args:
        status: The HTTP status.
        headers: The HTTP headers; names in any case.
        body: The body.
        is_own: Whether it is of whom was asked, and not of whom that sent us on to.
        address: Where it is from.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    is_own: bool = True
    address: str = ""

    @property
    def wants_login(self) -> bool:
        """Whether no login was told, or a wrong one."""
        return self.status in (_UNAUTHORIZED, _DENIED)

    def refusal(self, registry: str, what: str) -> Refusal:
        """The same as a reason why something can't be had."""
        login = (_NO_LOGIN if self.is_own else _NOT_TOLD) if self.wants_login else ""
        return Refusal(self.status, f"{registry} answers {self.status} for {what}{login}")


class RegistryConnections:
    """Connections to any registries, until a time limit.

    Args:
        logins: Where logins come from; used only for a registry that wants one.
        timeout: Seconds for everything that is asked, from the first question on.
        pause: Seconds before the first retry.
    """

    def __init__(self, logins: Iterable[FindLogins], *, timeout: float, pause: float) -> None:
        self._logins = tuple(logins)
        self._timeout = timeout
        self._pause = pause
        self._pools: dict[str | None, PoolManager] = {}
        self._authorizations: dict[tuple[str, str, str], str] = {}
        self._away: dict[str, Refusal] = {}

    @cached_property
    def _deadline(self) -> float:
        return monotonic() + self._timeout

    def ask(self, registry: str, repository: str, question: Question) -> RegistryAnswer | Refusal:
        """Ask a registry something of a repository.

        Returns:
            What it answers, whatever that is; why not, where it can't be reached, which is then
            not tried again.
        """
        from urllib3.exceptions import HTTPError, ProtocolError

        if registry in self._away:
            return self._away[registry]
        try:
            return self._ask(registry, repository, question)
        except HTTPError as error:
            refusal = Refusal(None, explained(error, registry)[0])
            if not isinstance(error, ProtocolError):
                self._away[registry] = refusal
            return refusal

    def _ask(self, registry: str, repository: str, question: Question) -> RegistryAnswer:
        """Ask, again where the registry is busy, and with each login where it wants one.

        What a login is told to follows from the registry's own answer, and from no other.
        """
        scope = (registry, repository, question.leave)
        asked = evolve(question, path=self._address(registry, repository, question.path))
        answer = self._patiently(asked, self._authorizations.get(scope))
        if answer.status != _UNAUTHORIZED or not answer.is_own:
            return answer
        challenge = answer.headers.get("WWW-Authenticate", "")
        for authorization in self._authorizations_for(*scope, challenge):
            answer = self._patiently(asked, authorization)
            if not answer.wants_login:
                self._authorizations[scope] = authorization
                break
        return answer

    @staticmethod
    def _address(registry: str, repository: str, path: str) -> str:
        """Where it is; what a registry has named itself, in full, stays as it is."""
        return path if "://" in path else f"{_origin(registry)}/v2/{repository}/{path}"

    def _authorizations_for(
        self, registry: str, repository: str, leave: str, challenge: str
    ) -> Iterator[str]:
        """What may be said to a registry that refused: each login, and at last that of nobody.

        https://distribution.github.io/distribution/spec/auth/token/
        """
        from urllib3 import make_headers

        scheme, _, rest = challenge.partition(" ")
        logins = self._in_time(
            lambda: dict.fromkeys(login for find in self._logins for login in find(registry))
        )
        basics = [
            make_headers(basic_auth=f"{login.user}:{login.password}")["authorization"]
            for login in logins
        ]
        if scheme.lower() == "basic":
            yield from basics
        if scheme.lower() == "bearer":
            wanted = dict(_CHALLENGE.findall(rest))
            of_us = f"repository:{repository}:{leave}"
            tokens = (self._token(registry, of_us, wanted, it) for it in (*basics, None))
            yield from (f"Bearer {token}" for token in tokens if token)

    def _token(
        self, registry: str, scope: str, wanted: Mapping[str, str], basic: str | None
    ) -> str:
        """A token for a repository; empty where there is none to be had."""
        realm = wanted.get("realm", "")
        if not _may_be_told(realm, registry):
            return ""
        asked = {"scope": scope}
        if "service" in wanted:
            asked["service"] = wanted["service"]
        found = self._patiently(Question(_with_query(realm, asked)), basic)
        try:
            token = msgspec.json.decode(found.body, type=_Token)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return ""
        return token.token or token.access_token if found.status == _OK else ""

    def _patiently(self, asked: Question, authorization: str | None) -> RegistryAnswer:
        for attempt in range(_ATTEMPTS):
            answer = self._follow(asked, authorization)
            pause = self._pause * 2**attempt + _retry_after(answer)
            if answer.status != _TOO_MANY or monotonic() + pause > self._deadline:
                break
            sleep(pause)
        return answer

    def _follow(self, asked: Question, authorization: str | None) -> RegistryAnswer:
        """Follow to where a registry keeps its blobs; the login, and what is told, stay behind."""
        first = urlsplit(asked.path).netloc
        there = asked
        for _ in range(_REDIRECTS):
            answer = evolve(
                self._send(there, authorization), is_own=there == asked, address=there.path
            )
            target = joined(there.path, answer.headers.get("Location", ""))
            is_moved = answer.status in _MOVED and asked.method == _GET
            if not is_moved or not _may_be_told(target, first):
                break
            there, authorization = evolve(asked, path=target), None
        return answer

    def _send(self, asked: Question, authorization: str | None) -> RegistryAnswer:
        headers = {"Accept": _ACCEPT, "User-Agent": "driftcheck"}
        if asked.media_type:
            headers["Content-Type"] = asked.media_type
        if authorization:
            headers["Authorization"] = authorization
        answer = self._in_time(lambda: self._exchange(asked, headers))
        address = urlsplit(asked.path)._replace(query="").geturl()
        logger.debug("%s %s: %d", asked.method, address, answer.status)
        return answer

    def _in_time(self, function: Callable[[], _T]) -> _T:
        """What a function returns that may hang, before the time limit is over."""
        from urllib3.exceptions import TimeoutError as TookTooLong

        try:
            return within(function, deadline=self._deadline)
        except ClusterError:
            raise TookTooLong from None

    def _exchange(self, asked: Question, headers: Mapping[str, str]) -> RegistryAnswer:
        """One request and its answer, which is given up in its middle where time is over."""
        from urllib3 import Timeout

        left = max(self._deadline - monotonic(), 0.001)
        response = self._pool(asked.path).request(
            asked.method,
            asked.path,
            body=asked.body or None,
            headers=headers,
            timeout=Timeout(connect=min(10.0, left), read=min(30.0, left)),
            redirect=False,
            preload_content=False,
        )
        try:
            body = b"".join(self._pieces(response))
        finally:
            response.close()
        return RegistryAnswer(response.status, response.headers, body)

    def _pieces(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        """A body as it comes, until it is too large, or the time limit is over."""
        from urllib3.exceptions import TimeoutError as TookTooLong

        length = 0
        while length <= _LARGEST and (piece := response.read1(_PIECE)):
            if monotonic() > self._deadline:
                raise TookTooLong
            length += len(piece)
            yield piece

    def _pool(self, url: str) -> PoolManager:
        """The connections for an address: through the proxy that the environment names, or none.

        https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies
        """
        from urllib3 import PoolManager

        address = urlsplit(url)
        proxy = None if proxy_bypass(address.netloc) else getproxies().get(address.scheme)
        keep_addresses_quiet()
        if proxy not in self._pools:
            self._pools[proxy] = _proxied(proxy) if proxy else PoolManager(retries=False)
        return self._pools[proxy]


def _proxied(proxy: str) -> PoolManager:
    """The connections through a proxy, with the login that its address may hold."""
    from urllib3 import make_headers, proxy_from_url

    address = urlsplit(proxy)
    login = f"{unquote(address.username or '')}:{unquote(address.password or '')}"
    headers = make_headers(proxy_basic_auth=login) if address.username else None
    return proxy_from_url(proxy, retries=False, proxy_headers=headers)


def _origin(registry: str) -> str:
    """Where a registry is; like Docker, one on this machine is asked without TLS."""
    scheme = "http" if _ON_THIS_MACHINE.fullmatch(registry) else "https"
    return f"{scheme}://{_HOSTS.get(registry, registry)}"


def _with_query(url: str, asked: Mapping[str, str]) -> str:
    """An address with parameters of ours, in the place of any of the same names."""
    address = urlsplit(url)
    others = [
        item for item in parse_qsl(address.query, keep_blank_values=True) if item[0] not in asked
    ]
    return address._replace(query=urlencode([*others, *asked.items()])).geturl()


def joined(url: str, target: str) -> str:
    """Where a redirect leads; nowhere if that makes no sense."""
    try:
        return urljoin(url, target)
    except ValueError:
        return ""


def _may_be_told(url: str, registry: str) -> bool:
    """Whether a registry may send us there: over TLS, or on this machine if it is there itself."""
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    is_here = _ON_THIS_MACHINE.fullmatch(registry) and _ON_THIS_MACHINE.fullmatch(address.netloc)
    return address.scheme == "https" or bool(is_here)


def _retry_after(answer: RegistryAnswer) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0
