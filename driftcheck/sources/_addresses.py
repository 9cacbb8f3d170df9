"""How people name an environment: a namespace in a cluster, or a file."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from attrs import frozen

from driftcheck.errors import UsageError
from driftcheck.model import HISTORY

STANDARD_INPUT = "-"

_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
"""An RFC 1123 label, which every Namespace's name is."""

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


def parse_address(text: str) -> ClusterAddress | FileAddress | HistoryAddress:
    """Understand an environment as people type it.

    Args:
        text: `shop`, `shop@prod-eu`, `history:shop@prod-eu~2`, a path, `FILE:NAMESPACE` or `-`.

    Returns:
        Where to look.

    Raises:
        UsageError: The text is none of these.
    """
    if text.startswith(HISTORY):
        return HistoryAddress(text)
    namespace, at, context = text.partition("@")
    if _NAMESPACE.fullmatch(namespace) and bool(at) == bool(context):
        return ClusterAddress(namespace, context or None)
    if text.partition(":")[0] == STANDARD_INPUT or "/" in text or "." in text:
        return _file(text)
    raise UsageError(
        f"{text!r} names no environment",
        hint="write a namespace (shop), a namespace in a context (shop@prod-eu), a look in"
        " a store (history:shop@prod-eu~1), a path with a / or a . in it (./staging,"
        " staging.json.gz, dump.yaml:shop), or - for standard input",
    )


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
