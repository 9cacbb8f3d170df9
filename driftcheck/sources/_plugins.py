"""Credential plugins: programs that a kubeconfig names to get a token or a certificate.

The client goes on without credentials where a plugin fails, runs it before every request
of a token's last five minutes, never renews certificates, and lets it read from standard
input; so plugins are run here: once for all who need the same, since they may ask a person.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any, Literal

import msgspec
from attrs import field, frozen

from driftcheck.errors import KubeconfigError
from driftcheck.sources._kubeconfig import ClusterSettings, PluginSettings
from driftcheck.sources._lives import Life
from driftcheck.sources._programs import MOST_SAID, TooMuchSaidError, run_program
from driftcheck.sources._tls import Certificate, authority_of

_PATIENCE = 60.0
"""Seconds for a plugin that nobody sits at; a person who logs in may take longer."""

_STABLE = "client.authentication.k8s.io/v1"
_MODES = ("Never", "IfAvailable", "Always")
_CLUSTER_CONFIG = "client.authentication.k8s.io/exec"
_RUN_IT = "run it by itself to see what it says"


class _Status(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None

    def __repr__(self) -> str:
        return "<_Status>"


class _ExecCredential(msgspec.Struct, rename="camel"):
    api_version: str
    kind: Literal["ExecCredential"]
    status: _Status


@frozen
class PluginCredentials:
    """What a plugin gave: a token, a certificate with its key, or both."""

    token: str | None = field(repr=False)
    certificate: Certificate | None
    life: Life


_one_at_a_time = Lock()
_latest: dict[tuple[tuple[str, ...], frozenset[tuple[str, str]]], PluginCredentials] = {}
"""What programs gave last, by all that they were given: arguments and environment."""


def plugin_credentials(
    plugin: PluginSettings, cluster: ClusterSettings, *, deadline: float
) -> PluginCredentials:
    """What a credential plugin gives; it is run where nothing is left of what it gave before.

    Args:
        plugin: The `exec` of a kubeconfig's user.
        cluster: The cluster's settings, which some plugins ask for.
        deadline: When to give up, by the monotonic clock.

    Returns:
        The credentials.

    Raises:
        KubeconfigError: The plugin cannot be run, fails, or gives no credentials.
    """
    refuse_vague(plugin)
    is_interactive = _is_interactive(plugin)
    command = (plugin.command or "", *(plugin.args or ()))
    environment = _environment(plugin, cluster, is_interactive=is_interactive)
    given = command, frozenset(environment.items())
    with _one_at_a_time:
        if given not in _latest or _latest[given].life.is_over:
            left = max(deadline - monotonic(), 0.0)
            patience = left if is_interactive else min(left, _PATIENCE)
            output = _output(plugin, command, environment, is_interactive, patience)
            _latest[given] = _credentials(command[0], plugin.api_version, output)
        return _latest[given]


def refuse_vague(plugin: PluginSettings) -> None:
    """Stop at a plugin that does not say what to run and how, used or not.

    `validateAuthInfo` in client-go/tools/clientcmd/validation.go, and the defaults of
    client-go/tools/clientcmd/api/v1/defaults.go.
    """
    wanted = {
        "command": plugin.command,
        "apiVersion": plugin.api_version,
        "env[].name": all(variable.name for variable in plugin.env or ()),
        "interactiveMode": plugin.interactive_mode or plugin.api_version != _STABLE,
    }
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        raise KubeconfigError(
            f"the kubeconfig's exec entry has no {missing[0]}",
            hint="complete the entry, or log in again with the tool that wrote it",
        )
    if plugin.interactive_mode not in (None, "", *_MODES):
        raise KubeconfigError(
            "the kubeconfig's exec entry has an unknown interactiveMode",
            hint=f"write one of {', '.join(_MODES)}",
        )


def _output(
    plugin: PluginSettings,
    command: Sequence[str],
    environment: Mapping[str, str],
    is_interactive: bool,
    patience: float,
) -> bytes:
    """What a plugin writes, if it ends in time and well."""
    name = f"the credential plugin {command[0]}"
    try:
        ended = run_program(
            command, patience=patience, environment=environment, is_interactive=is_interactive
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its settings cannot be handed over"
        raise KubeconfigError(
            f"cannot run {name}: {reason}", hint=(plugin.install_hint or "").strip()
        ) from None
    except subprocess.TimeoutExpired:
        raise KubeconfigError(
            f"{name} gave nothing within {patience:.0f} s",
            hint="run it by hand, to see what it waits for; or allow more with --timeout",
        ) from None
    except TooMuchSaidError:
        raise KubeconfigError(
            f"{name} wrote more than {MOST_SAID // 2**20} MiB", hint=_RUN_IT
        ) from None
    if ended.status:
        raise _failure(command[0], ended.status, ended.complaint)
    return ended.output


def _is_interactive(plugin: PluginSettings) -> bool:
    mode = plugin.interactive_mode or "IfAvailable"
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    if mode == "Always" and not is_terminal:
        raise KubeconfigError(
            f"the credential plugin {plugin.command} wants to ask questions"
            " (interactiveMode: Always), and there is no terminal",
            hint="log in from a terminal first, or use a context with other credentials",
        )
    return mode != "Never" and is_terminal


def _environment(
    plugin: PluginSettings, cluster: ClusterSettings, *, is_interactive: bool
) -> dict[str, str]:
    """What a plugin finds in its environment; a variable without a value is empty, as in Go."""
    specification: dict[str, Any] = {"interactive": is_interactive}
    if plugin.provide_cluster_info:
        specification["cluster"] = _cluster_info(cluster)
    request = {
        "apiVersion": plugin.api_version,
        "kind": "ExecCredential",
        "spec": specification,
    }
    wanted = {variable.name or "": variable.value or "" for variable in plugin.env or ()}
    return {**os.environ, **wanted, "KUBERNETES_EXEC_INFO": json.dumps(request)}


def _cluster_info(cluster: ClusterSettings) -> dict[str, Any]:
    info = {
        "server": cluster.server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": _authority(cluster),
        "proxy-url": cluster.proxy_url,
        "disable-compression": cluster.disable_compression,
    }
    for extension in cluster.extensions or ():
        if extension.get("name") == _CLUSTER_CONFIG:
            info["config"] = extension.get("extension")
    return {key: value for key, value in info.items() if value not in (None, "", False)}


def _authority(cluster: ClusterSettings) -> str | None:
    authority = authority_of(cluster)
    return b64encode(authority).decode() if authority else None


def _failure(command: str, status: int, complaint: bytes) -> KubeconfigError:
    last_words = complaint.decode(errors="replace").strip().rpartition("\n")[2][:300]
    said = f": {last_words}" if last_words else ""
    return KubeconfigError(
        f"the credential plugin {command} ended with status {status}{said}",
        hint="run it by hand; most plugins fail when a login has expired",
    )


def _credentials(command: str, version: str | None, output: bytes) -> PluginCredentials:
    try:
        answer = msgspec.json.decode(output, type=_ExecCredential)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The parser's own message would quote what the plugin wrote.
        raise KubeconfigError(
            f"the credential plugin {command} wrote something that is no ExecCredential",
            hint=_RUN_IT,
        ) from None
    if answer.api_version != version:
        raise KubeconfigError(
            f"the credential plugin {command} speaks {answer.api_version}, not {version}",
            hint="upgrade the plugin, or name its version in the kubeconfig's exec entry",
        )
    given = answer.status
    chain, key = given.client_certificate_data, given.client_key_data
    if not (given.token or chain) or bool(chain) != bool(key):
        raise KubeconfigError(
            f"the credential plugin {command} gave no credentials, or half of them", hint=_RUN_IT
        )
    return PluginCredentials(
        token=given.token,
        certificate=Certificate(chain.encode(), key.encode()) if chain and key else None,
        life=Life(given.expiration_timestamp),
    )
