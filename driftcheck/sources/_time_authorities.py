"""Time-stamping authorities: a question of RFC 3161 is sent, and the answer comes back.

https://www.rfc-editor.org/rfc/rfc3161#section-3.4
"""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic
from urllib.parse import urlsplit

from driftcheck.errors import ClusterError, ProofError, UsageError
from driftcheck.sources._parallel import within
from driftcheck.sources._pools import connection_pool, explained
from driftcheck.sources._proxies import choose_proxy
from driftcheck.sources._tls import tls_context

_LARGEST = 1024**2
_OK = 200
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
    "User-Agent": "driftcheck",
}


def time_authority(url: str, *, timeout: float) -> Callable[[bytes], bytes]:
    """An authority that says what time it is; its answer proves itself, whatever the way to it.

    Args:
        url: Where it is.
        timeout: Seconds for its answer.

    Returns:
        Sends it a question, and gives its answer.

    Raises:
        UsageError: This is no address of one.
    """
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise UsageError(
            "this is no address of a time-stamping authority",
            hint="write http://HOST/PATH or https://HOST/PATH",
        )
    name = address.netloc.rpartition("@")[2]

    def ask(question: bytes) -> bytes:
        try:
            return within(
                lambda: _asked(url, name, question, timeout), deadline=monotonic() + timeout
            )
        except ClusterError:
            raise ProofError(
                f"no time stamp: {name} did not answer in time", hint="allow more with --timeout"
            ) from None

    return ask


def _asked(url: str, name: str, question: bytes, timeout: float) -> bytes:
    from urllib3 import Timeout
    from urllib3.exceptions import HTTPError

    proxy = choose_proxy(url, None, os.environ)
    with connection_pool(url, proxy, tls_context(None, None)) as pool:
        try:
            response = pool.request(
                "POST",
                url,
                body=question,
                headers=_HEADERS,
                timeout=Timeout(timeout),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            status, answer = response.status, response.read(_LARGEST)
            response.close()
        except HTTPError as error:
            message, hint = explained(error, name)
            raise ProofError(f"no time stamp: {message}", hint=hint) from None
    if status != _OK:
        raise ProofError(
            f"no time stamp: {name} answers {status}", hint="is this the authority's address?"
        )
    return bytes(answer)
