"""OCI registries: what a digest is the digest of, proven by hashing what comes back.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
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

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_ACCEPT = ", ".join((*_INDEXES, *_MANIFESTS))
_HOSTS = {"docker.io": "registry-1.docker.io"}
_ON_THIS_MACHINE = re.compile(r"(?:localhost|127\.[0-9.]+|\[::1\])(?::[0-9]+)?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
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


@frozen
class Login:
    """How to log in to a registry.

    Args:
        user: The user's name.
        password: The password, which is never printed.
    """

    user: str
    password: str = field(repr=False)


_T = TypeVar("_T")

FindLogins = Callable[[str], tuple[Login, ...]]
"""Finds the logins for a registry's host, the likeliest first."""


class Platform(msgspec.Struct):
    """What an image is for."""

    os: str = ""
    architecture: str = ""
    variant: str = ""

    def __str__(self) -> str:
        """Operating system and architecture, as a node says it: `linux/amd64`."""
        return f"{self.os}/{self.architecture}"


class Descriptor(msgspec.Struct, rename="camel"):
    """https://github.com/opencontainers/image-spec/blob/main/descriptor.md."""

    digest: str
    media_type: str = ""
    platform: Platform | None = None


class Manifest(msgspec.Struct, rename="camel"):
    """An index, which has manifests, or the manifest of one image, which has a config."""

    manifests: list[Descriptor] = []
    config: Descriptor | None = None


class RootFS(msgspec.Struct):
    """The layers of an image, by what they unpack to."""

    diff_ids: list[str] = []


class ImageConfig(msgspec.Struct):
    """https://github.com/opencontainers/image-spec/blob/main/config.md."""

    rootfs: RootFS = msgspec.field(default_factory=RootFS)


class _Token(msgspec.Struct):
    token: str = ""
    access_token: str = ""


@frozen
class _Answer:
    """What came back.

    Args:
        status: The HTTP status.
        headers: The HTTP headers; names in any case.
        body: The body.
        is_own: Whether it is of whom was asked, and not of whom that sent us on to.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    is_own: bool = True

    @property
    def wants_login(self) -> bool:
        """Whether no login was told, or a wrong one."""
        return self.status in (_UNAUTHORIZED, _DENIED)


class Registries:
    """Any registries, read with GETs alone, until a time limit.

    Args:
        logins: Where logins come from; used only for a registry that wants one.
        timeout: Seconds for everything that is asked, from the first question on.
        pause: Seconds before the first retry.
    """

    def __init__(self, logins: Iterable[FindLogins], *, timeout: float, pause: float = 0.5) -> None:
        self._logins = tuple(logins)
        self._timeout = timeout
        self._pause = pause
        self._pools: dict[str | None, PoolManager] = {}
        self._authorizations: dict[tuple[str, str], str] = {}
        self._known: dict[str, bytes | Refusal] = {}
        self._tags: dict[str, str | Refusal] = {}
        self._away: dict[str, Refusal] = {}

    @cached_property
    def _deadline(self) -> float:
        return monotonic() + self._timeout

    def tag(self, registry: str, repository: str, tag: str) -> str | Refusal:
        """The digest that a tag points to now, or why it can't be had; asked for once."""
        name = f"{registry}/{repository}:{tag}"
        if name not in self._tags:
            self._tags[name] = self._tag(registry, f"{repository}/manifests/{tag}", name)
        return self._tags[name]

    def _tag(self, registry: str, path: str, name: str) -> str | Refusal:
        """The digest of what a tag names; the registry may say it, and must then say the truth."""
        answer = self._answer(registry, path)
        if isinstance(answer, Refusal):
            return answer
        digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
        said = answer.headers.get("Docker-Content-Digest", digest)
        if not _is_of(answer.body, said):
            return Refusal(None, f"{registry} sends something else than it says for {name}")
        manifest = _decoded(answer.body, Manifest, name)
        if isinstance(manifest, Manifest) and not (manifest.manifests or manifest.config):
            return Refusal(None, f"what {name} names is not an image")
        return manifest if isinstance(manifest, Refusal) else digest

    def manifest(self, registry: str, repository: str, digest: str) -> Manifest | Refusal:
        """The index or manifest of a digest, or why it can't be had."""
        found = self._verified(registry, f"{repository}/manifests/{digest}", digest)
        return _decoded(found, Manifest, digest)

    def config(self, registry: str, repository: str, digest: str) -> ImageConfig | Refusal:
        """The config of a digest, or why it can't be had."""
        found = self._verified(registry, f"{repository}/blobs/{digest}", digest)
        return _decoded(found, ImageConfig, digest)

    def _verified(self, registry: str, path: str, digest: str) -> bytes | Refusal:
        """What a digest names, asked for once: it never changes."""
        if digest not in self._known:
            self._known[digest] = self._fetched(registry, path, digest)
        return self._known[digest]

    def _fetched(self, registry: str, path: str, digest: str) -> bytes | Refusal:
        """What a digest names; an answer that does not have it is a lie, whoever tells it."""
        if not _DIGEST.fullmatch(digest):
            return Refusal(None, f"{registry} names an image by what is not a digest")
        answer = self._answer(registry, path)
        if isinstance(answer, Refusal):
            return answer
        if not _is_of(answer.body, digest):
            return Refusal(None, f"{registry} sends something else than {digest}")
        return answer.body

    def _answer(self, registry: str, path: str) -> _Answer | Refusal:
        """What a registry answers; one that can't be reached is not asked again."""
        from urllib3.exceptions import HTTPError, ProtocolError

        if registry in self._away:
            return self._away[registry]
        try:
            answer = self._get(registry, path)
        except HTTPError as error:
            refusal = Refusal(None, explained(error, registry)[0])
            if not isinstance(error, ProtocolError):
                self._away[registry] = refusal
            return refusal
        if answer.status != _OK:
            login = (_NO_LOGIN if answer.is_own else _NOT_TOLD) if answer.wants_login else ""
            return Refusal(answer.status, f"{registry} answers {answer.status} for {path}{login}")
        return answer

    def _get(self, registry: str, path: str) -> _Answer:
        """Ask, again where the registry is busy, and with each login where it wants one.

        What a login is told to follows from the registry's own answer, and from no other.
        """
        repository = path.rpartition("/")[0].rpartition("/")[0]
        scope = (registry, repository)
        url = f"{_origin(registry)}/v2/{path}"
        answer = self._patiently(url, self._authorizations.get(scope))
        if answer.status != _UNAUTHORIZED or not answer.is_own:
            return answer
        challenge = answer.headers.get("WWW-Authenticate", "")
        for authorization in self._authorizations_for(registry, repository, challenge):
            answer = self._patiently(url, authorization)
            if not answer.wants_login:
                self._authorizations[scope] = authorization
                break
        return answer

    def _authorizations_for(self, registry: str, repository: str, challenge: str) -> Iterator[str]:
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
            tokens = (self._token(registry, repository, wanted, it) for it in (*basics, None))
            yield from (f"Bearer {token}" for token in tokens if token)

    def _token(
        self, registry: str, repository: str, wanted: Mapping[str, str], basic: str | None
    ) -> str:
        """A token for reading a repository; empty where there is none to be had."""
        realm = wanted.get("realm", "")
        if not _may_be_told(realm, registry):
            return ""
        asked = {"scope": f"repository:{repository}:pull"}
        if "service" in wanted:
            asked["service"] = wanted["service"]
        found = self._patiently(_with_query(realm, asked), basic)
        try:
            token = msgspec.json.decode(found.body, type=_Token)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return ""
        return token.token or token.access_token if found.status == _OK else ""

    def _patiently(self, url: str, authorization: str | None) -> _Answer:
        for attempt in range(_ATTEMPTS):
            answer = self._follow(url, authorization)
            pause = self._pause * 2**attempt + _retry_after(answer)
            if answer.status != _TOO_MANY or monotonic() + pause > self._deadline:
                break
            sleep(pause)
        return answer

    def _follow(self, url: str, authorization: str | None) -> _Answer:
        """Follow to where a registry keeps its blobs; the login stays behind."""
        asked, first = url, urlsplit(url).netloc
        for _ in range(_REDIRECTS):
            answer = evolve(self._send(url, authorization), is_own=url == asked)
            target = _joined(url, answer.headers.get("Location", ""))
            if answer.status not in _MOVED or not _may_be_told(target, first):
                break
            url, authorization = target, None
        return answer

    def _send(self, url: str, authorization: str | None) -> _Answer:
        headers = {"Accept": _ACCEPT, "User-Agent": "driftcheck"}
        if authorization:
            headers["Authorization"] = authorization
        answer = self._in_time(lambda: self._exchange(url, headers))
        logger.debug("GET %s: %d", urlsplit(url)._replace(query="").geturl(), answer.status)
        return answer

    def _in_time(self, function: Callable[[], _T]) -> _T:
        """What a function returns that may hang, before the time limit is over."""
        from urllib3.exceptions import TimeoutError as TookTooLong

        try:
            return within(function, deadline=self._deadline)
        except ClusterError:
            raise TookTooLong from None

    def _exchange(self, url: str, headers: Mapping[str, str]) -> _Answer:
        """One request and its answer, which is given up in its middle where time is over."""
        from urllib3 import Timeout

        left = max(self._deadline - monotonic(), 0.001)
        response = self._pool(url).request(
            "GET",
            url,
            headers=headers,
            timeout=Timeout(connect=min(10.0, left), read=min(30.0, left)),
            redirect=False,
            preload_content=False,
        )
        try:
            body = b"".join(self._pieces(response))
        finally:
            response.close()
        return _Answer(response.status, response.headers, body)

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


def _is_of(body: bytes, digest: str) -> bool:
    """Whether a digest is one, and that of a body."""
    algorithm, _, digits = digest.partition(":")
    return bool(_DIGEST.fullmatch(digest)) and hashlib.new(algorithm, body).hexdigest() == digits


def _decoded(found: bytes | Refusal, kind: type[_T], name: str) -> _T | Refusal:
    if isinstance(found, Refusal):
        return found
    try:
        return msgspec.json.decode(found, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refusal(None, f"what {name} names is not an image")


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


def _joined(url: str, target: str) -> str:
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


def _retry_after(answer: _Answer) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0
