"""OCI registries: what a digest is the digest of, proven by hashing what comes back.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec
from attrs import field, frozen

from driftcheck.sources._fetch import Refusal

if TYPE_CHECKING:
    from urllib3 import PoolManager

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
_LARGEST = 8 * 1024**2
"""Bytes of an answer; the specification asks for 4 MiB of a manifest at least."""
_ATTEMPTS = 4
_REDIRECTS = 3
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_OK, _UNAUTHORIZED, _TOO_MANY = 200, 401, 429
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

FindLogin = Callable[[str], Login | None]
"""Finds the login for a registry's host; None where there is none."""


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
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Registries:
    """Any registries, read with GETs alone, until a time limit.

    Args:
        find_login: Where logins come from; asked only by a registry that wants one.
        timeout: Seconds for everything that is asked.
        pause: Seconds before the first retry.
    """

    def __init__(self, find_login: FindLogin, *, timeout: float, pause: float = 0.5) -> None:
        self._find_login = find_login
        self._deadline = monotonic() + timeout
        self._pause = pause
        self._pools: dict[str | None, PoolManager] = {}
        self._authorizations: dict[tuple[str, str], str] = {}
        self._known: dict[str, bytes | Refusal] = {}

    def tag(self, registry: str, repository: str, tag: str) -> str | Refusal:
        """The digest that a tag points to now, or why it can't be had; asked for once."""
        key = f"{registry}/{repository}:{tag}"
        if key not in self._known:
            self._known[key] = self._body(registry, f"{repository}/manifests/{tag}")
        found = self._known[key]
        if isinstance(found, Refusal):
            return found
        return f"sha256:{hashlib.sha256(found).hexdigest()}"

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
        algorithm, _, digits = digest.partition(":")
        body = self._body(registry, path)
        if isinstance(body, bytes) and hashlib.new(algorithm, body).hexdigest() != digits:
            return Refusal(None, f"{registry} sends something else than {digest}")
        return body

    def _body(self, registry: str, path: str) -> bytes | Refusal:
        from urllib3.exceptions import HTTPError

        try:
            answer = self._get(registry, path)
        except HTTPError as error:
            return Refusal(None, f"{registry} cannot be asked: {type(error).__name__}")
        if answer.status != _OK:
            return Refusal(answer.status, f"{registry} answers {answer.status} for {path}")
        return answer.body

    def _get(self, registry: str, path: str) -> _Answer:
        """Ask, again where the registry is busy, and once more where it wants a login."""
        repository = path.rpartition("/")[0].rpartition("/")[0]
        scope = (registry, repository)
        url = f"{_origin(registry)}/v2/{path}"
        answer = self._patiently(url, self._authorizations.get(scope))
        if answer.status == _UNAUTHORIZED:
            authorization = self._authorized(registry, repository, answer)
            if authorization:
                self._authorizations[scope] = authorization
                answer = self._patiently(url, authorization)
        return answer

    def _authorized(self, registry: str, repository: str, answer: _Answer) -> str | None:
        """What to say to a registry that refused.

        https://distribution.github.io/distribution/spec/auth/token/
        """
        from urllib3 import make_headers

        scheme, _, rest = answer.headers.get("WWW-Authenticate", "").partition(" ")
        login = self._find_login(registry)
        basic = (
            make_headers(basic_auth=f"{login.user}:{login.password}")["authorization"]
            if login
            else None
        )
        if scheme.lower() == "basic":
            return basic
        challenge = dict(_CHALLENGE.findall(rest))
        realm = challenge.pop("realm", "")
        if scheme.lower() != "bearer" or not _may_be_told(realm, registry):
            return None
        scope = {"scope": f"repository:{repository}:pull", **challenge}
        found = self._patiently(f"{realm}?{urlencode(scope)}", basic)
        try:
            token = msgspec.json.decode(found.body, type=_Token)
        except msgspec.DecodeError:
            return None
        bearer = token.token or token.access_token
        return f"Bearer {bearer}" if found.status == _OK and bearer else None

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
        for _ in range(_REDIRECTS):
            answer = self._send(url, authorization)
            target = answer.headers.get("Location", "")
            if answer.status not in _MOVED or not target.startswith("https://"):
                break
            url, authorization = target, None
        return answer

    def _send(self, url: str, authorization: str | None) -> _Answer:
        from urllib3 import Timeout
        from urllib3.exceptions import ReadTimeoutError

        left = max(self._deadline - monotonic(), 0.001)
        headers = {"Accept": _ACCEPT, "User-Agent": "driftcheck"}
        if authorization:
            headers["Authorization"] = authorization
        pool = self._pool(url)
        response = pool.request(
            "GET",
            url,
            headers=headers,
            timeout=Timeout(connect=min(10.0, left), read=min(30.0, left)),
            redirect=False,
            preload_content=False,
        )
        logger.debug("GET %s: %d", urlsplit(url)._replace(query="").geturl(), response.status)
        try:
            body = response.read(_LARGEST + 1)
        finally:
            response.release_conn()
        if monotonic() > self._deadline:
            raise ReadTimeoutError(pool, url, "the time limit is over")  # type: ignore[arg-type]
        return _Answer(response.status, response.headers, body)

    def _pool(self, url: str) -> PoolManager:
        """The connections for an address: through the proxy that the environment names, or none.

        https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies
        """
        from urllib3 import PoolManager, proxy_from_url

        address = urlsplit(url)
        proxy = None if proxy_bypass(address.netloc) else getproxies().get(address.scheme)
        if proxy not in self._pools:
            self._pools[proxy] = (
                proxy_from_url(proxy, retries=False) if proxy else PoolManager(retries=False)
            )
        return self._pools[proxy]


def _decoded(found: bytes | Refusal, kind: type[_T], digest: str) -> _T | Refusal:
    if isinstance(found, Refusal):
        return found
    try:
        return msgspec.json.decode(found, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refusal(None, f"what {digest} names is not an image")


def _origin(registry: str) -> str:
    """Where a registry is; like Docker, one on this machine is asked without TLS."""
    scheme = "http" if _ON_THIS_MACHINE.fullmatch(registry) else "https"
    return f"{scheme}://{_HOSTS.get(registry, registry)}"


def _may_be_told(realm: str, registry: str) -> bool:
    """Whether a login may be sent there: over TLS, or on this machine for one that is there."""
    address = urlsplit(realm)
    is_here = _ON_THIS_MACHINE.fullmatch(registry) and _ON_THIS_MACHINE.fullmatch(address.netloc)
    return address.scheme == "https" or bool(is_here)


def _retry_after(answer: _Answer) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0
