"""The kubeconfig that points a client at a playback server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

JSON = dict[str, Any]

_TOKEN_PATH = re.compile(r"/token/(?P<token>[^/]+)(?P<path>/.*)")

CURRENT_CONTEXT = "playback"
UNKNOWN = "unknown"


def write_kubeconfig(path: Path, url: str, tokens: Mapping[str, str]) -> None:
    """Write a kubeconfig that only this user can read.

    Args:
        path: A file that does not exist yet.
        url: Where the server listens.
        tokens: Every user's bearer token, the administrator's first.
    """
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(yaml.safe_dump(_kubeconfig(url, tokens), sort_keys=False), encoding="utf-8")


def write_contexts(path: Path, addresses: Mapping[str, tuple[str, str]]) -> None:
    """Write a kubeconfig with a context for the administrator of each of several servers.

    Args:
        path: A file that does not exist yet.
        addresses: By the context's name, where the server listens and the bearer token; the
            first is the current one.
    """
    path.touch(mode=0o600, exist_ok=False)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": next(iter(addresses)),
        "clusters": [
            _cluster(name, f"{url}/token/{token}") for name, (url, token) in addresses.items()
        ],
        "users": [
            {"name": name, "user": {"token": token}} for name, (_, token) in addresses.items()
        ],
        "contexts": [_context(name, name) for name in addresses],
    }
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def split_token(path: str) -> tuple[str, str]:
    """Take the token out of a path.

    Kubectl sends no bearer token over plain HTTP, so every server address in the kubeconfig
    bears one in its path as well.

    Args:
        path: A request's whole path.

    Returns:
        The token, empty where the path bears none, and the path that an API server knows.
    """
    match = _TOKEN_PATH.fullmatch(path)
    return (match["token"], match["path"]) if match else ("", path)


def _kubeconfig(url: str, tokens: Mapping[str, str]) -> JSON:
    admin, *_ = tokens
    users = {**tokens, UNKNOWN: "nobody-has-this-token"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CURRENT_CONTEXT,
        "clusters": [_cluster(user, f"{url}/token/{token}") for user, token in users.items()],
        "users": [{"name": user, "user": {"token": token}} for user, token in users.items()],
        "contexts": [_context(CURRENT_CONTEXT if user == admin else user, user) for user in users],
    }


def _cluster(name: str, server: str) -> JSON:
    return {"name": name, "cluster": {"server": server}}


def _context(name: str, user: str) -> JSON:
    return {"name": name, "context": {"cluster": user, "user": user}}
