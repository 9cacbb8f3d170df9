"""Credential plugins: programs that a kubeconfig names to get a token or a certificate.

The client goes on without credentials where a plugin fails, runs it before every request
of a token's last five minutes, never renews certificates, and lets it read from standard
input; so plugins are run here.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import field, frozen

from driftcheck.errors import KubeconfigError

_PATIENCE = 60.0
"""Seconds for a plugin that nobody sits at; a person who logs in may take longer."""

_CLUSTER_CONFIG = "client.authentication.k8s.io/exec"
_CLUSTER_FIELDS = (
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority-data",
    "proxy-url",
    "disable-compression",
)


@frozen
class PluginCredentials:
    """What a plugin gave: a token, a certificate with its key, or both."""

    token: str | None = field(repr=False)
    certificate: str | None = field(repr=False)
    key: str | None = field(repr=False)
    expires: datetime | None

    @property
    def settings(self) -> dict[str, str]:
        """The same as a kubeconfig's user would have it."""
        given = {
            "token": self.token,
            "client-certificate-data": _base64(self.certificate),
            "client-key-data": _base64(self.key),
        }
        return {key: value for key, value in given.items() if value}


def run_plugin(plugin: Mapping[str, Any], cluster: Mapping[str, Any]) -> PluginCredentials:
    """Run a credential plugin.

    Args:
        plugin: The `exec` of a kubeconfig's user.
        cluster: The cluster's settings, which some plugins ask for.

    Returns:
        The credentials.

    Raises:
        KubeconfigError: The plugin cannot be run, fails, or gives no credentials.
    """
    command = plugin.get("command")
    if not command or not plugin.get("apiVersion"):
        raise KubeconfigError("the kubeconfig's exec entry names no command, or no apiVersion")
    is_interactive = _is_interactive(plugin)
    try:
        finished = subprocess.run(  # noqa: S603 - running it is what the kubeconfig asks for
            [command, *(plugin.get("args") or ())],
            check=False,
            env=_environment(plugin, cluster, is_interactive=is_interactive),
            stdin=None if is_interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if is_interactive else subprocess.PIPE,
            timeout=None if is_interactive else _PATIENCE,
        )
    except OSError as error:
        hint = plugin.get("installHint") or ""
        raise KubeconfigError(
            f"cannot run the credential plugin {command}: {error.strerror}", hint=hint.strip()
        ) from error
    except subprocess.TimeoutExpired:
        raise KubeconfigError(
            f"the credential plugin {command} gave nothing within {_PATIENCE:.0f} s"
        ) from None
    if finished.returncode:
        raise _failure(command, finished.returncode, finished.stderr or b"")
    return _credentials(command, plugin["apiVersion"], finished.stdout)


def _is_interactive(plugin: Mapping[str, Any]) -> bool:
    mode = plugin.get("interactiveMode", "IfAvailable")
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    if mode == "Always" and not is_terminal:
        raise KubeconfigError(
            f"the credential plugin {plugin['command']} wants to ask questions"
            " (interactiveMode: Always), and there is no terminal",
            hint="log in from a terminal first, or use a context with other credentials",
        )
    return mode != "Never" and is_terminal


def _environment(
    plugin: Mapping[str, Any], cluster: Mapping[str, Any], *, is_interactive: bool
) -> dict[str, str]:
    specification: dict[str, Any] = {"interactive": is_interactive}
    if plugin.get("provideClusterInfo"):
        specification["cluster"] = _cluster_info(cluster)
    request = {
        "apiVersion": plugin["apiVersion"],
        "kind": "ExecCredential",
        "spec": specification,
    }
    wanted = {item["name"]: str(item["value"]) for item in plugin.get("env") or ()}
    return {**os.environ, **wanted, "KUBERNETES_EXEC_INFO": json.dumps(request)}


def _cluster_info(cluster: Mapping[str, Any]) -> dict[str, Any]:
    info = {key: cluster[key] for key in _CLUSTER_FIELDS if key in cluster}
    authority = cluster.get("certificate-authority")
    if authority and "certificate-authority-data" not in info:
        info["certificate-authority-data"] = b64encode(Path(authority).read_bytes()).decode()
    for extension in cluster.get("extensions") or ():
        if extension.get("name") == _CLUSTER_CONFIG:
            info["config"] = extension.get("extension")
    return info


def _failure(command: str, status: int, complaint: bytes) -> KubeconfigError:
    last_words = complaint.decode(errors="replace").strip().rpartition("\n")[2][:300]
    said = f": {last_words}" if last_words else ""
    return KubeconfigError(
        f"the credential plugin {command} ended with status {status}{said}",
        hint="run it by hand; most plugins fail when a login has expired",
    )


def _credentials(command: str, version: str, output: bytes) -> PluginCredentials:
    try:
        answer = json.loads(output)
        status = answer["status"]
        if answer["apiVersion"] != version:
            raise KubeconfigError(
                f"the credential plugin {command} speaks {answer['apiVersion']}, not {version}"
            )
        expires = status.get("expirationTimestamp")
        credentials = PluginCredentials(
            token=status.get("token"),
            certificate=status.get("clientCertificateData"),
            key=status.get("clientKeyData"),
            expires=datetime.fromisoformat(expires) if expires else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        # The parser's own message would quote what the plugin wrote.
        raise KubeconfigError(
            f"the credential plugin {command} wrote something that is no ExecCredential"
        ) from None
    if not credentials.token and not (credentials.certificate and credentials.key):
        raise KubeconfigError(f"the credential plugin {command} gave no credentials")
    return credentials


def _base64(text: str | None) -> str | None:
    return b64encode(text.encode()).decode() if text else None
