"""How people name an environment: a namespace in a cluster, or a file."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from attrs import frozen

from driftcheck.errors import UsageError
from driftcheck.model import HISTORY, Declarer

STANDARD_INPUT = "-"

_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
"""An RFC 1123 label, which every Namespace's name is."""

_RELEASE = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,51}[a-z0-9])?")
"""`validName` in pkg/chart/common/util/validate_name.go of Helm."""

_SUFFIXES = re.compile(r"(?<=.)(?:\.(?:yaml|yml|json|gz))+$", re.IGNORECASE)
"""`.json.gz`, but not the `.staging` of `app.staging.yaml`."""


@frozen
class ClusterAddress:
    """A Namespace in a cluster.

    Args:
        namespace: The Namespace's name.
        context: The kubeconfig's context; None for the current one.
    """

    namespace: str
    context: str | None

    @property
    def name(self) -> str:
        """What was typed."""
        return self.namespace if self.context is None else f"{self.namespace}@{self.context}"


@frozen
class DeclaredAddress:
    """What a tool keeps a record of having declared of a Namespace in a cluster.

    Args:
        by: Whose record it is.
        place: The Namespace.
        release: The only one of Helm's releases that is meant; None for all.
    """

    by: Declarer
    place: ClusterAddress
    release: str | None = None

    @property
    def context(self) -> str | None:
        """The kubeconfig's context; None for the current one."""
        return self.place.context

    @property
    def name(self) -> str:
        """What was typed."""
        namespace, at, context = self.place.name.partition("@")
        release = f"/{self.release}" if self.release else ""
        return f"{self.by}:{namespace}{release}{at}{context}"


@frozen
class FileAddress:
    """A saved snapshot, a manifest file or a folder of manifests.

    Args:
        path: Where it is; None for standard input.
        namespace: Which of the namespaces in it is meant; None where it holds only one.
        name: What the environment is called in a result.
    """

    path: Path | None
    namespace: str | None
    name: str

    @property
    def place(self) -> str:
        """Where the file is, for people to read."""
        where = "standard input" if self.path is None else _printable(str(self.path))
        return f"{where}:{self.namespace}" if self.namespace else where


@frozen
class HistoryAddress:
    """A look that is kept in a store.

    Args:
        name: What was typed, `history:shop@prod-eu~2`; the store knows which look it is.
    """

    name: str


Address = ClusterAddress | DeclaredAddress | FileAddress | HistoryAddress


def parse_address(text: str) -> Address:
    """Understand an environment as people type it.

    Args:
        text: `helm:shop`, `helm:shop/web`, `applied:shop@prod-eu`, `history:shop@prod-eu~2`,
            `shop`, `shop@prod-eu`, a path, `FILE:NAMESPACE` or `-`.

    Returns:
        Where to look.

    Raises:
        UsageError: The text is none of these.
    """
    if text.startswith(HISTORY):
        return HistoryAddress(text)
    prefix, colon, rest = text.partition(":")
    if colon and prefix in _PREFIXES:
        return _PREFIXES[prefix](rest)
    if place := _place(text):
        return place
    if text.partition(":")[0] == STANDARD_INPUT or "/" in text or "." in text:
        return _file(text)
    raise UsageError(
        f"{text!r} names no environment",
        hint="write a namespace (shop), a namespace in a context (shop@prod-eu), what was declared"
        " of it (helm:shop, applied:shop), a look in a store (history:shop@prod-eu~1), a path with"
        " a / or a . in it (./staging, staging.json.gz, dump.yaml:shop), or - for standard input",
    )


def _place(text: str) -> ClusterAddress | None:
    namespace, at, context = text.partition("@")
    if _NAMESPACE.fullmatch(namespace) and bool(at) == bool(context):
        return ClusterAddress(namespace, context or None)
    return None


def _declared(by: Declarer, text: str) -> DeclaredAddress:
    """Behind its prefix, where a record is looked for; of Helm's, perhaps of one release."""
    environment, at, context = text.partition("@")
    namespace, slash, release = environment.partition("/")
    place = _place(f"{namespace}{at}{context}")
    is_release = by is Declarer.HELM and _RELEASE.fullmatch(release)
    if place is None or (slash and not is_release):
        raise UsageError(
            f"{f'{by}:{text}'!r} names no environment",
            hint=f"write {_FORMS[by]}; a file of this name is ./{by}:{text}",
        )
    return DeclaredAddress(by, place, release or None)


_FORMS = {
    Declarer.HELM: "helm:NAMESPACE, helm:NAMESPACE/RELEASE, or either with @CONTEXT behind it",
    Declarer.APPLIED: "applied:NAMESPACE or applied:NAMESPACE@CONTEXT",
}
_PREFIXES: dict[str, Callable[[str], Address]] = {
    by.value: partial(_declared, by) for by in Declarer
}


def file_address(path: Path, namespace: str | None = None) -> FileAddress:
    """The address of a file or folder whose path is known already."""
    return FileAddress(path, namespace, _name(path))


def _file(text: str) -> FileAddress:
    location, colon, namespace = text.rpartition(":")
    if colon and location and _NAMESPACE.fullmatch(namespace) and _mode(Path(text)) is None:
        return _located(location, namespace)
    return _located(text, None)


def _located(location: str, namespace: str | None) -> FileAddress:
    if location == STANDARD_INPUT:
        return FileAddress(None, namespace, "stdin")
    return file_address(Path(location), namespace)


def _name(path: Path) -> str:
    named = path if path.name not in ("", "..") else path.resolve()
    name = _printable(named.name or str(named))
    return name if stat.S_ISDIR(_mode(path) or 0) else _SUFFIXES.sub("", name)


def _printable(text: str) -> str:
    """The text with what is not UTF-8 in a file's name as escapes."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _mode(path: Path) -> int | None:
    """What kind of file this is; None where none is to be seen."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return None
