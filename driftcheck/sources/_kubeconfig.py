"""Which cluster, and as whom: what kubeconfig files say, by kubectl's own rules.

The client's own reader takes the last `current-context` where kubectl takes the first,
fails on an empty file, reads `$KUBECONFIG` when it is imported, ignores impersonation,
takes any text for true, and lets an empty string count; so the files are read here.
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import msgspec
from attrs import field, frozen
from msgspec.structs import replace

from driftcheck.codec import yaml_documents
from driftcheck.errors import KubeconfigError, ManifestError
from driftcheck.sources._reading import read_settings

_DEFAULT = "~/.kube/config"
_PATHS = ("certificate_authority", "client_certificate", "client_key", "token_file")


class _Confidential(msgspec.Struct, frozen=True):
    """What may hold credentials, and is never shown."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class ClusterSettings(_Confidential, frozen=True, rename="kebab"):
    """Where to go; nothing, like an empty string, is as good as absent."""

    server: str | None = None
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool | None = None
    certificate_authority: str | None = None
    certificate_authority_data: bytes | None = None
    proxy_url: str | None = None
    disable_compression: bool | None = None
    extensions: list[dict[str, Any]] | None = None


class PluginVariable(_Confidential, frozen=True):
    """An environment variable of a credential plugin."""

    name: str | None = None
    value: str | None = None


class PluginSettings(_Confidential, frozen=True, rename="camel"):
    """The `exec` of a user."""

    api_version: str | None = None
    command: str | None = None
    args: list[str] | None = None
    env: list[PluginVariable] | None = None
    install_hint: str | None = None
    provide_cluster_info: bool | None = None
    interactive_mode: str | None = None


class ProviderSettings(_Confidential, frozen=True):
    """The `auth-provider` of a user."""

    name: str | None = None
    config: dict[str, str | None] | None = None


class UserSettings(_Confidential, frozen=True, rename="kebab"):
    """As whom; nothing, like an empty string, is as good as absent."""

    client_certificate: str | None = None
    client_certificate_data: bytes | None = None
    client_key: str | None = None
    client_key_data: bytes | None = None
    token: str | None = None
    token_file: str | None = msgspec.field(default=None, name="tokenFile")
    username: str | None = None
    password: str | None = None
    auth_provider: ProviderSettings | None = None
    exec: PluginSettings | None = None
    as_: str | None = msgspec.field(default=None, name="as")
    as_uid: str | None = None
    as_groups: list[str] | None = None
    as_user_extra: dict[str, list[str]] | None = None
    extensions: list[dict[str, Any]] | None = None


class _Context(msgspec.Struct, frozen=True):
    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None
    extensions: list[dict[str, Any]] | None = None


Settings = TypeVar("Settings", _Context, ClusterSettings, UserSettings)


class _Entry(_Confidential, frozen=True):
    name: str | None = None
    context: _Context | None = None
    cluster: ClusterSettings | None = None
    user: UserSettings | None = None


class _File(_Confidential, frozen=True, rename="kebab"):
    api_version: Literal["v1", ""] | None = msgspec.field(default=None, name="apiVersion")
    kind: Literal["Config", ""] | None = None
    preferences: dict[str, Any] | None = None
    extensions: list[dict[str, Any]] | None = None
    current_context: str | None = None
    contexts: list[_Entry | None] | None = None
    clusters: list[_Entry | None] | None = None
    users: list[_Entry | None] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing, like a file that has yet to be filled."""
        return not (self.current_context or self.contexts or self.clusters or self.users)

    def entries(self, what: str) -> list[_Entry]:
        """The contexts, clusters or users."""
        return [entry or _Entry() for entry in getattr(self, f"{what}s") or ()]


@frozen
class Access:
    """One context of a kubeconfig, complete: where to go, and as whom.

    Args:
        context: The context's name.
        who: Who asks, for people to read.
        cluster: The cluster's settings; paths in it are absolute.
        user: The user's settings; paths in it are absolute.
    """

    context: str
    who: str
    cluster: ClusterSettings = field(repr=False)
    user: UserSettings = field(repr=False)


def read_access(kubeconfig: str | None, context: str | None) -> Access | None:
    """Read the kubeconfig files, and choose a context.

    Args:
        kubeconfig: A path given by hand; None for `$KUBECONFIG`, as it is now, or the default.
        context: The context's name; None for the current one.

    Returns:
        The context; None where there is no kubeconfig at all, or nothing in it.

    Raises:
        KubeconfigError: A file is broken, or the context, its cluster or user is not in it.
    """
    paths = [path for path in kubeconfig_files(kubeconfig) if _is_there(path)]
    if kubeconfig is not None and not paths:
        raise KubeconfigError(f"no kubeconfig at {kubeconfig}", hint="check the path")
    files = [(path, _read(path)) for path in paths]
    if all(file.is_empty for _, file in files):
        return None
    name = context or next((file.current_context for _, file in files if file.current_context), "")
    if not name:
        raise KubeconfigError(
            f"no current context in {_listed(paths)}",
            hint="name one with --context, or choose one: kubectl config use-context NAME",
        )
    chosen = _named("context", name, files, _Context)
    user = _named("user", chosen.user, files, UserSettings) if chosen.user else UserSettings()
    return Access(
        name,
        f"the user {chosen.user or ''!r} of the context {name!r}",
        _named("cluster", chosen.cluster or "", files, ClusterSettings),
        user,
    )


def known_contexts(kubeconfig: str | None) -> list[str]:
    """The names of the contexts that can be chosen.

    Args:
        kubeconfig: See `read_access`.

    Raises:
        KubeconfigError: A file is broken.
    """
    files = [_read(path) for path in kubeconfig_files(kubeconfig) if _is_there(path)]
    return [entry.name for file in files for entry in file.entries("context") if entry.name]


def kubeconfig_files(kubeconfig: str | None) -> list[Path]:
    """Where kubeconfig files are looked for, be they there or not.

    Args:
        kubeconfig: A path given by hand; None for `$KUBECONFIG`, as it is now, or the default.

    Returns:
        Their paths, the one that counts first at the front.
    """
    listed = os.environ.get("KUBECONFIG")
    names = listed.split(os.pathsep) if listed else [_DEFAULT]
    return list(_expanded(names if kubeconfig is None else [kubeconfig]))


def no_kubeconfig(kubeconfig: str | None) -> KubeconfigError:
    """What to say where there is none, or nothing in it."""
    empty = [path for path in kubeconfig_files(kubeconfig) if _is_there(path)]
    named = os.environ.get("KUBECONFIG")
    if empty:
        message = f"there is nothing in {_listed(empty)}"
    elif named:
        message = f"KUBECONFIG names {named}, which is not there"
    else:
        message = "no kubeconfig found"
    return KubeconfigError(message, hint="set KUBECONFIG, or name a file with --kubeconfig")


def impersonation(user: UserSettings) -> list[tuple[str, str]]:
    """The headers that make the server act as someone else, as the kubeconfig asks.

    https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/

    Args:
        user: The user's settings.

    Returns:
        Names and values; a name may come several times.

    Raises:
        KubeconfigError: There is more to impersonate, and nobody to be.
    """
    if (user.as_uid or user.as_groups or user.as_user_extra) and not user.as_:
        raise KubeconfigError(
            "the kubeconfig's user impersonates groups, and no user",
            hint="name one (`as:`) beside as-groups",
        )
    headers = [("Impersonate-User", user.as_), ("Impersonate-Uid", user.as_uid)]
    headers += [("Impersonate-Group", group) for group in user.as_groups or ()]
    for key, values in (user.as_user_extra or {}).items():
        headers += [(f"Impersonate-Extra-{quote(key.lower(), safe='')}", value) for value in values]
    return [(name, value) for name, value in headers if value]


def _expanded(names: Iterable[str]) -> Iterator[Path]:
    """Paths with their home folder; without a home there is nothing in it."""
    for name in filter(None, names):
        try:
            yield Path(name).expanduser()
        except RuntimeError:
            continue


def _read(path: Path) -> _File:
    try:
        documents = yaml_documents(read_settings(path), source=str(path))
        file = msgspec.convert(documents[0] if documents else {}, _File)
    except OSError as error:
        raise KubeconfigError(
            f"cannot read {path}: {error.strerror}",
            hint="check the file's mode, or name another with --kubeconfig",
        ) from error
    except ManifestError as error:
        raise KubeconfigError(str(error), hint=error.hint) from None
    except msgspec.ValidationError as error:
        raise KubeconfigError(
            f"{path} is not a kubeconfig: {error}", hint="kubectl config view shows one"
        ) from error
    if len(documents) > 1:
        raise KubeconfigError(
            f"{path} holds several documents", hint="kubectl reads the first alone: split the file"
        )
    _refuse_doubles(path, file)
    return file


def _is_there(path: Path) -> bool:
    """Whether there is something to read, allowed or not."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def _refuse_doubles(path: Path, file: _File) -> None:
    """Which of two entries of one name is meant, nobody can know: kubectl refuses them as well."""
    for what in ("context", "cluster", "user"):
        names = [entry.name for entry in file.entries(what)]
        for name in names:
            if names.count(name) > 1:
                raise KubeconfigError(
                    f"{path} has several {what}s named {name!r}", hint="leave one of them"
                )


def _named(
    what: str, name: str, files: Iterable[tuple[Path, _File]], kind: type[Settings]
) -> Settings:
    entries = [(path, entry) for path, file in files for entry in file.entries(what)]
    for path, entry in entries:
        if entry.name == name:
            return _absolute(getattr(entry, what) or kind(), path.absolute().parent)
    known = sorted(entry.name or "" for _, entry in entries)
    raise KubeconfigError(
        f"the kubeconfig has no {what} named {name!r}",
        hint=f"it has: {', '.join(known)}" if known else "it has none at all",
    )


def _absolute(settings: Settings, folder: Path) -> Settings:
    """Relative paths in a kubeconfig are relative to the file they stand in."""
    paths = {key: getattr(settings, key, None) for key in _PATHS}
    located: dict[str, Any] = {key: str(folder / path) for key, path in paths.items() if path}
    plugin = getattr(settings, "exec", None)
    if isinstance(plugin, PluginSettings) and os.sep in (plugin.command or ""):
        located["exec"] = replace(plugin, command=str(folder / str(plugin.command)))
    return replace(settings, **located)


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(map(str, paths))
