"""Logins to registries, from where Docker and its like keep them.

https://docs.docker.com/reference/cli/docker/login/#credential-stores
"""

from __future__ import annotations

import base64
import binascii
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from driftcheck.errors import UsageError
from driftcheck.sources._registry import FindLogin, Login

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


def docker_logins(environ: Mapping[str, str]) -> FindLogin:
    """The logins of the Docker config file, by default `~/.docker/config.json`.

    Args:
        environ: The environment variables; `$DOCKER_CONFIG` names another folder.

    Returns:
        Finds the login for a registry.

    Raises:
        UsageError: The file is not readable.
    """
    folder = environ.get("DOCKER_CONFIG")
    file = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    try:
        config = msgspec.json.decode(file.read_bytes(), type=_Config)
    except FileNotFoundError:
        return lambda _: None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        raise UsageError(
            f"{file} is not a readable Docker config file",
            hint="log in again, or name another folder in $DOCKER_CONFIG",
        ) from None
    return lambda registry: _login(config, registry)


def logins_in(config: bytes) -> FindLogin:
    """The logins of a Docker config in a pull Secret; none where it is not one.

    Credential helpers of a cluster are no programs of this machine, and are not run.
    """
    try:
        found = msgspec.json.decode(config, type=_Config)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return lambda _: None
    written = _Config(auths=found.auths)
    return lambda registry: _login(written, registry)


def first_of(finders: Iterable[FindLogin]) -> FindLogin:
    """Finds the login that the first of several knows."""
    finders = tuple(finders)

    def find(registry: str) -> Login | None:
        return next((login for finder in finders if (login := finder(registry))), None)

    return find


def _login(config: _Config, registry: str) -> Login | None:
    names = _DOCKER_HUB if registry in _DOCKER_HUB else (registry, f"https://{registry}")
    for name in names:
        helper = config.cred_helpers.get(name) or config.creds_store
        found = _helped(helper, name) if helper else None
        if found or name in config.auths:
            return found or _written(config.auths[name])
    return None


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
        ended = subprocess.run(  # noqa: S603 - the helper that the user set up
            [program, "get"],
            input=name.encode(),
            capture_output=True,
            check=False,
            timeout=_HELPER_SECONDS,
        )
        found = msgspec.json.decode(ended.stdout, type=_Helped)
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError):
        return None
    return Login(found.username, found.secret) if ended.returncode == 0 and found.secret else None
