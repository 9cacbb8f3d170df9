"""Logins by OpenID Connect, as kubectl's `auth-provider` named `oidc` keeps them.

The client asks for a client-secret, verifies no issuer without an authority of its own,
waits for ever, and lets the errors of its libraries through.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#option-1-oidc-authenticator
https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokens
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from time import monotonic, time
from typing import TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec
from attrs import field, frozen

from driftcheck.errors import ClusterError, KubeconfigError
from driftcheck.sources._kubeconfig import ProviderSettings
from driftcheck.sources._parallel import within
from driftcheck.sources._pools import connection_pool, explained
from driftcheck.sources._proxies import choose_proxy, is_loopback
from driftcheck.sources._reading import read_settings
from driftcheck.sources._tls import tls_context

_DISCOVERY = "/.well-known/openid-configuration"
_SECONDS = 30.0
"""How long an issuer is waited for at most."""

_LARGEST = 1024**2
"""Bytes of an answer that are read; tokens have some thousands."""

_OK = 200
_LOG_IN = "log in again"


class _Configuration(msgspec.Struct):
    token_endpoint: str


class _Tokens(msgspec.Struct):
    id_token: str = ""
    refresh_token: str = ""

    def __repr__(self) -> str:
        return "<_Tokens>"


class _Failure(msgspec.Struct):
    error: str = ""


class _Claims(msgspec.Struct):
    exp: float | None = None


_one_at_a_time = Lock()
_latest: dict[str, _Tokens] = {}
"""What came of refresh tokens, of which an issuer may take each only once."""

_Answer = TypeVar("_Answer", bound=msgspec.Struct)


def id_token(provider: ProviderSettings, *, deadline: float) -> str:
    """The token of a login, renewed where it has expired; the kubeconfig stays as it is.

    Args:
        provider: The user's `auth-provider`.
        deadline: When to give up, by the monotonic clock.

    Returns:
        The ID token.

    Raises:
        KubeconfigError: The login has ended, or its issuer can't be asked.
    """
    settings = {key: value for key, value in (provider.config or {}).items() if value}
    with _one_at_a_time:
        return _lasting(settings.get("id-token", "")) or _renewed(settings, deadline)


def _renewed(settings: Mapping[str, str], deadline: float) -> str:
    """A new ID token; a refresh token that was exchanged for another is not used again."""
    missing = [
        key for key in ("refresh-token", "idp-issuer-url", "client-id") if key not in settings
    ]
    if missing:
        raise KubeconfigError(
            f"the login has ended, and without {missing[0]} it can't be renewed",
            hint=_LOG_IN,
        )
    first = settings["refresh-token"]
    known = _latest.get(first, _Tokens(refresh_token=first))
    if lasting := _lasting(known.id_token):
        return lasting
    latest = {**settings, "refresh-token": known.refresh_token}
    renewal = _Renewal(latest, min(deadline, monotonic() + _SECONDS))
    try:
        found = within(renewal.tokens, deadline=renewal.deadline)
    except ClusterError:
        raise KubeconfigError(
            f"{renewal.issuer}, which renews the login, did not answer in time",
            hint="is the VPN up? else allow more with --timeout",
        ) from None
    _latest[first] = _Tokens(found.id_token, found.refresh_token or known.refresh_token)
    return found.id_token


@frozen
class _Renewal:
    """A login that is renewed at its issuer."""

    settings: Mapping[str, str] = field(repr=False)
    deadline: float

    @property
    def issuer(self) -> str:
        """The issuer, for people to read."""
        return _origin(self.settings["idp-issuer-url"])

    def tokens(self) -> _Tokens:
        """A new ID token, and the next refresh token where there is another."""
        issuer = self.settings["idp-issuer-url"].rstrip("/")
        known = self._decoded(self._ask("GET", issuer + _DISCOVERY), _Configuration)
        status, body = self._renew(known.token_endpoint)
        if status != _OK:
            self._refuse_ended(body)
            raise self._odd(f"HTTP status {status}")
        found = self._decoded((status, body), _Tokens)
        if not found.id_token:
            raise KubeconfigError(
                f"{self.issuer} renews the login without an id_token", hint=_LOG_IN
            )
        return found

    def _renew(self, endpoint: str) -> tuple[int, bytes]:
        """Exchange the refresh token; a public client has no secret, and says its name alone."""
        client, secret = self.settings["client-id"], self.settings.get("client-secret")
        grant = {"grant_type": "refresh_token", "refresh_token": self.settings["refresh-token"]}
        if not secret:
            return self._ask("POST", endpoint, {**grant, "client_id": client})
        login = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
        basic = f"Basic {base64.b64encode(login).decode()}"
        status, body = self._ask("POST", endpoint, grant, basic)
        if status == _OK or _failure(body).error != "invalid_client":
            return status, body
        return self._ask("POST", endpoint, {**grant, "client_id": client, "client_secret": secret})

    def _ask(
        self, method: str, url: str, form: Mapping[str, str] | None = None, basic: str = ""
    ) -> tuple[int, bytes]:
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        address = urlsplit(url)
        if address.scheme != "https" and not is_loopback(address.hostname or ""):
            raise KubeconfigError(
                f"the login would go to {_origin(url)} in clear",
                hint="an issuer's address begins with https://",
            )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        left = max(self.deadline - monotonic(), 0.001)
        proxy = choose_proxy(url, None, os.environ)
        with connection_pool(url, proxy, tls_context(self._authority(), None)) as pool:
            try:
                response = pool.request(
                    method,
                    url,
                    headers=headers | ({"Authorization": basic} if basic else {}),
                    body=urlencode(form) if form else None,
                    timeout=Timeout(left),
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
                found = response.status, response.read(_LARGEST)
                response.close()
            except HTTPError as error:
                message, hint = explained(error, _origin(url))
                raise KubeconfigError(f"the login can't be renewed: {message}", hint=hint) from None
            return found

    def _authority(self) -> bytes | None:
        data = self.settings.get("idp-certificate-authority-data")
        file = self.settings.get("idp-certificate-authority")
        try:
            return base64.b64decode(data) if data else read_settings(Path(file)) if file else None
        except (OSError, ValueError):
            raise KubeconfigError(
                "the login's idp-certificate-authority can't be read",
                hint="check its path and its mode",
            ) from None

    def _decoded(self, answer: tuple[int, bytes], kind: type[_Answer]) -> _Answer:
        status, body = answer
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._odd(f"HTTP status {status}, and not the JSON that was asked for") from None

    def _odd(self, said: str) -> KubeconfigError:
        return KubeconfigError(
            f"{self.issuer} can't renew the login: {said}",
            hint="check idp-issuer-url, or log in again",
        )

    def _refuse_ended(self, body: bytes) -> None:
        said = _failure(body).error
        if said:
            raise KubeconfigError(f"the login has ended: {said}", hint=_LOG_IN)


def _failure(body: bytes) -> _Failure:
    """https://www.rfc-editor.org/rfc/rfc6749#section-5.2; what describes it may quote anything."""
    try:
        found = msgspec.json.decode(body, type=_Failure)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Failure()
    return found if found.error.isascii() and found.error.isprintable() else _Failure()


def _lasting(token: str) -> str:
    """The token, unless it says of itself that its time is over; one that says nothing is tried."""
    try:
        _, payload, _ = token.split(".")
        decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        expires = msgspec.json.decode(decoded, type=_Claims).exp
    except (ValueError, msgspec.DecodeError):
        return ""
    return token if expires is None or expires > time() else ""


def _origin(url: str) -> str:
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}"
