"""Logins to registries, from where Docker and its like keep them.

https://docs.docker.com/reference/cli/docker/login/#credential-stores
"""

from __future__ import annotations

import base64
import binascii
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from driftcheck.errors import UsageError
from driftcheck.sources._programs import run_program
from driftcheck.sources._reading import read_settings
from driftcheck.sources._registry_wire import FindLogins, Login

_DOCKER_HUB = ("docker.io", "index.docker.io", "https://index.docker.io/v1/")
_HELPER_SECONDS = 20


class _Auth(msgspec.Struct):
    auth: str = ""
    username: str = ""
    password: str = ""


class _Config(msgspec.Struct, rename="camel"):
    auths: dict[str, _Auth] = {}
    cred_helpers: dict[str, str] = {}
    creds_store: str = ""


class _Helped(msgspec.Struct, rename="pascal"):
    username: str = ""
    secret: str = ""


def docker_logins(environ: Mapping[str, str]) -> FindLogins:
    """The logins of the Docker config file, by default `~/.docker/config.json`.

    Args:
        environ: The environment variables; `$DOCKER_CONFIG` names another folder.

    Returns:
        Finds the logins for a registry.

    Raises:
        UsageError: The file is not readable.
    """
    try:
        file = Path(environ.get("DOCKER_CONFIG") or "~/.docker").expanduser() / "config.json"
    except RuntimeError:
        # There is no home folder, and so nothing in it.
        return lambda _: ()
    try:
        config = msgspec.json.decode(read_settings(file), type=_Config)
    except FileNotFoundError:
        return lambda _: ()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        raise UsageError(
            f"{file} is not a readable Docker config file",
            hint="log in again, or name another folder in $DOCKER_CONFIG",
        ) from None
    return lambda registry: tuple(_logins(config, registry))


def logins_in(config: bytes) -> FindLogins:
    """The logins of a pull Secret, as it has them now or as it had them once; or none.

    Credential helpers of a cluster are no programs of this machine, and are not run.
    https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
    """
    try:
        auths = msgspec.json.decode(config, type=_Config).auths
        auths = auths or msgspec.json.decode(config, type=dict[str, _Auth])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return lambda _: ()
    written = _Config(auths=auths)
    return lambda registry: tuple(_logins(written, registry))


def _logins(config: _Config, registry: str) -> Iterator[Login]:
    """What helpers know of a registry, and then what is written there of it, or of a part."""
    names = _DOCKER_HUB if registry in _DOCKER_HUB else (registry, f"https://{registry}")
    for name in names:
        helper = config.cred_helpers.get(name) or config.creds_store
        if helper and (login := _helped(helper, name)):
            yield login
    for key, auth in config.auths.items():
        if any(_is_for(key, name) for name in names) and (login := _written(auth)):
            yield login


def _is_for(key: str, name: str) -> bool:
    """Whether a key stands for a registry; in pull Secrets it may be a glob, part by part.

    https://kubernetes.io/docs/concepts/containers/images/#config-json
    """
    globs, parts = (_host(text).split(".") for text in (key, name))
    return len(globs) == len(parts) and all(map(fnmatchcase, parts, globs))


def _host(key: str) -> str:
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0]


def _written(auth: _Auth) -> Login | None:
    if auth.username:
        return Login(auth.username, auth.password)
    try:
        user, _, password = base64.b64decode(auth.auth).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Login(user, password) if user else None


def _helped(helper: str, name: str) -> Login | None:
    """https://github.com/docker/docker-credential-helpers#development."""
    program = shutil.which(f"docker-credential-{helper}")
    if program is None:
        return None
    try:
        ended = run_program([program, "get"], told=name.encode(), patience=_HELPER_SECONDS)
        found = msgspec.json.decode(ended.output, type=_Helped)
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return Login(found.username, found.secret) if ended.status == 0 and found.secret else None
