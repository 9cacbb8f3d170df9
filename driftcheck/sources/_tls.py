"""Certificates as a kubeconfig has them, and no key of anybody left on a disk.

Python's TLS reads certificates of clients from files alone, so the client writes keys into
files, where they stay if the process is killed. Here it reads them from pipes.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from attrs import field, frozen

from driftcheck.errors import KubeconfigError
from driftcheck.sources._kubeconfig import ClusterSettings, UserSettings
from driftcheck.sources._reading import read_settings


@frozen
class Certificate:
    """A client's certificate and its key, both PEM."""

    chain: bytes = field(repr=False)
    key: bytes = field(repr=False)


def authority_of(cluster: ClusterSettings) -> bytes | None:
    """Whom a cluster's settings trust, PEM; None where they name nobody."""
    return _given(
        "certificate-authority", cluster.certificate_authority_data, cluster.certificate_authority
    )


def certificate_of(user: UserSettings) -> Certificate | None:
    """The certificate of a user; None where there is none.

    Raises:
        KubeconfigError: There is a certificate without a key, or one of them can't be read.
    """
    chain = _given("client-certificate", user.client_certificate_data, user.client_certificate)
    key = _given("client-key", user.client_key_data, user.client_key)
    if chain and not key:
        raise KubeconfigError(
            "the kubeconfig's user has a client-certificate and no client-key",
            hint="add client-key or client-key-data",
        )
    return Certificate(chain, key) if chain and key else None


def tls_context(
    authority: bytes | None, certificate: Certificate | None, *, verified: bool = True
) -> ssl.SSLContext:
    """How to speak TLS.

    Certificates are verified as Go verifies them: each authority that is named is trusted as
    it is, be it a root or not, and old authorities need no newer extensions.

    Args:
        authority: Whom to trust, PEM; None for whom this machine trusts.
        certificate: Who asks.
        verified: Whether the server must prove who it is.

    Returns:
        The settings for TLS.

    Raises:
        KubeconfigError: What should be a certificate or its key is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif authority is None:
        context.load_default_certs()
    else:
        _trust(context, authority)
    if certificate:
        _present(context, certificate)
    return context


def _given(what: str, data: bytes | None, file: str | None) -> bytes | None:
    if data and file:
        raise KubeconfigError(
            f"the kubeconfig has both {what} and {what}-data", hint="leave one of them out"
        )
    if not file:
        return data
    try:
        return read_settings(Path(file))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise KubeconfigError(
            f"the {what} {file} can't be read: {reason}", hint="check its path and its mode"
        ) from None


def _trust(context: ssl.SSLContext, authority: bytes) -> None:
    try:
        context.load_verify_locations(cadata=authority.decode("ascii", errors="ignore"))
    except (ssl.SSLError, ValueError):
        raise KubeconfigError(
            "the certificate-authority holds no certificate",
            hint="name one in PEM, which begins with -----BEGIN CERTIFICATE-----",
        ) from None


def _present(context: ssl.SSLContext, certificate: Certificate) -> None:
    try:
        with _pipe(certificate.chain) as chain, _pipe(certificate.key) as key:
            context.load_cert_chain(chain, key, password="")
    except (OSError, ValueError):
        raise KubeconfigError(
            "the client certificate cannot be used: it or its key is not PEM, or they are no pair",
            hint="log in again, or ask for a new pair in PEM",
        ) from None


@contextmanager
def _pipe(data: bytes) -> Iterator[Path]:
    """A path that reads as some bytes, once."""
    reading, writing = os.pipe()
    Thread(target=_fill, args=(writing, data), daemon=True).start()
    try:
        yield Path(f"/dev/fd/{reading}")
    finally:
        os.close(reading)


def _fill(writing: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(writing, "wb") as pipe:
        pipe.write(data)
