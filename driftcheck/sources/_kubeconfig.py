"""Which cluster, and as whom: what kubeconfig files say, by kubectl's own rules.

The client's own reader takes the last `current-context` where kubectl takes the first,
fails on an empty file, reads `$KUBECONFIG` when it is imported, and ignores
impersonation and `interactiveMode`; so the files are read here, and the client is
handed one cluster and one user.
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import yaml
from attrs import field, frozen

from driftcheck.errors import KubeconfigError

Settings = Mapping[str, Any]

_DEFAULT = Path("~/.kube/config")
_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Entry(msgspec.Struct):
    name: str
    context: dict[str, Any] | None = None
    cluster: dict[str, Any] | None = None
    user: dict[str, Any] | None = None


class _File(msgspec.Struct, rename="kebab"):
    current_context: str | None = None
    contexts: list[_Entry] | None = None
    clusters: list[_Entry] | None = None
    users: list[_Entry] | None = None

    def entries(self, what: str) -> list[_Entry]:
        """The contexts, clusters or users."""
        return getattr(self, f"{what}s") or []


class _Impersonation(msgspec.Struct):
    user: str | None = msgspec.field(default=None, name="as")
    uid: str | None = msgspec.field(default=None, name="as-uid")
    groups: list[str] | None = msgspec.field(default=None, name="as-groups")
    extra: dict[str, list[str]] | None = msgspec.field(default=None, name="as-user-extra")


@frozen
class Access:
    """One context of a kubeconfig, complete: where to go, and as whom.

    Args:
        context: The context's name.
        user_name: The name of the context's user; empty where it names none.
        cluster: The cluster's settings; paths in it are absolute.
        user: The user's settings; paths in it are absolute.
    """

    context: str
    user_name: str
    cluster: Settings = field(repr=False)
    user: Settings = field(repr=False)


def read_access(kubeconfig: str | None, context: str | None) -> Access | None:
    """Read the kubeconfig files, and choose a context.

    Args:
        kubeconfig: A path given by hand; None for `$KUBECONFIG`, as it is now, or the default.
        context: The context's name; None for the current one.

    Returns:
        The context; None where there is no kubeconfig at all.

    Raises:
        KubeconfigError: A file is broken, or the context, its cluster or user is not in it.
    """
    paths = list(_locate(kubeconfig))
    if not paths:
        return None
    files = [(path, _read(path)) for path in paths]
    name = context or next((file.current_context for _, file in files if file.current_context), "")
    if not name:
        raise KubeconfigError(
            f"no current context in {_listed(paths)}",
            hint="name one with --context, or choose one: kubectl config use-context NAME",
        )
    chosen = _named("context", name, files)
    user_name = chosen.get("user") or ""
    user = _named("user", user_name, files) if user_name else {}
    return Access(name, user_name, _named("cluster", chosen.get("cluster") or "", files), user)


def no_kubeconfig() -> KubeconfigError:
    """What to say where there is none."""
    named = os.environ.get("KUBECONFIG")
    return KubeconfigError(
        f"KUBECONFIG names {named}, which is not there" if named else "no kubeconfig found",
        hint="set KUBECONFIG, or name a file with --kubeconfig",
    )


def impersonation(user: Settings) -> list[tuple[str, str]]:
    """The headers that make the server act as someone else, as the kubeconfig asks.

    https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/

    Args:
        user: The user's settings.

    Returns:
        Names and values; a name may come several times.

    Raises:
        KubeconfigError: The settings are not what they should be.
    """
    try:
        whom = msgspec.convert(user, _Impersonation)
    except msgspec.ValidationError as error:
        raise KubeconfigError(f"the kubeconfig's user: {error}") from error
    headers = [("Impersonate-User", whom.user), ("Impersonate-Uid", whom.uid)]
    headers += [("Impersonate-Group", group) for group in whom.groups or ()]
    for key, values in (whom.extra or {}).items():
        headers += [(f"Impersonate-Extra-{quote(key.lower(), safe='')}", value) for value in values]
    return [(name, value) for name, value in headers if value]


def _locate(kubeconfig: str | None) -> Iterable[Path]:
    if kubeconfig is not None:
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise KubeconfigError(f"no kubeconfig at {kubeconfig}", hint="check the path")
        return [path]
    listed = os.environ.get("KUBECONFIG")
    names = listed.split(os.pathsep) if listed else [str(_DEFAULT)]
    return [path for name in names if name and (path := Path(name).expanduser()).is_file()]


def _read(path: Path) -> _File:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - safe
        return msgspec.convert(content or {}, _File)
    except OSError as error:
        raise KubeconfigError(
            f"cannot read {path}: {error.strerror}", hint="check the file's mode"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError):
        # The parser's own message quotes the file, tokens and all.
        raise KubeconfigError(f"{path} is not YAML") from None
    except msgspec.ValidationError as error:
        raise KubeconfigError(f"{path} is not a kubeconfig: {error}") from error


def _named(what: str, name: str, files: Iterable[tuple[Path, _File]]) -> dict[str, Any]:
    entries = [(path, entry) for path, file in files for entry in file.entries(what)]
    for path, entry in entries:
        if entry.name == name:
            return _absolute(getattr(entry, what) or {}, path.absolute().parent)
    known = sorted(entry.name for _, entry in entries)
    raise KubeconfigError(
        f"the kubeconfig has no {what} named {name!r}",
        hint=f"it has: {', '.join(known)}" if known else "it has none at all",
    )


def _absolute(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Relative paths in a kubeconfig are relative to the file they stand in."""
    located: dict[str, Any] = {
        key: str(folder / str(settings[key])) for key in _PATHS if settings.get(key)
    }
    plugin = settings.get("exec")
    command = plugin.get("command") if isinstance(plugin, dict) else None
    if isinstance(plugin, dict) and isinstance(command, str) and os.sep in command:
        located["exec"] = {**plugin, "command": str(folder / command)}
    return {**settings, **located}


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(map(str, paths))
