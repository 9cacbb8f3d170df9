"""What driftcheck raises.

::

    DriftcheckError                  everything below; its `hint` says what to do next
    ├── DriftError                   a gate was not passed (Result.require)
    └── StartError                   could not start; the command line ends with status 2
        ├── UsageError               an argument that makes no sense
        ├── KubeconfigError          no usable kubeconfig, context or credentials
        ├── ClusterError             the API server cannot be reached, or refused everything
        ├── ManifestError            a file that is not YAML, JSON or Kubernetes
        ├── PolicyError              a policy that is broken, or newer than this version
        ├── HistoryError             a store of looks that is broken, was changed, or can't be used
        ├── SnapshotError            a snapshot that is broken, or newer than this version
        ├── ResultError              a saved result that is broken, or newer than this version
        ├── ProofError               a key, a statement or a time server that can't be used
        ├── RendererError            a format that somebody else has made failed
        └── SecretKeyError           the key for Secret fingerprints cannot be used

A kind that may not be read is not an error: it is a row in the coverage.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class DriftcheckError(Exception):
    """The root of everything driftcheck raises on purpose.

    Args:
        message: What happened, and to what.
        hint: What the reader can do next; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def hint(self) -> str:
        """What the reader can do next; a traceback shows it as well."""
        return self._hint

    @hint.setter
    def hint(self, hint: str) -> None:
        self._hint = hint
        self.__notes__ = [hint] if hint else []


class DriftError(DriftcheckError):
    """The environments are not proven to be the same.

    Args:
        message: What was found.
        result: The `Result` that says so.
        hint: What the reader can do next.
    """

    def __init__(self, message: str, *, result: Any = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.result = result


class StartError(DriftcheckError):
    """The work could not be started at all."""


class UsageError(StartError):
    """An argument that makes no sense: an environment's name, a format, a selector."""


class KubeconfigError(StartError):
    """There is no usable kubeconfig, context or credential."""


class ClusterError(StartError):
    """The API server cannot be reached, refuses this user, or has no such namespace."""


class ManifestError(StartError):
    """A file that is not YAML or JSON, or holds something that is not a Kubernetes object."""


class PolicyError(StartError):
    """A policy that can't be read, or says something that makes no sense.

    Args:
        message: The first mistake, and where it is.
        hint: What to do about it.
        mistakes: All mistakes of a policy that could be read; none where it could not.
    """

    def __init__(
        self, message: str, *, hint: str = "", mistakes: Iterable[PolicyError] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.mistakes = tuple(mistakes)
        for mistake in self.mistakes[1:]:
            self.add_note(str(mistake))


class HistoryError(StartError):
    """A store of looks that is broken, was changed, can't be written, or has no such look."""


class SnapshotError(StartError):
    """A snapshot file that is broken, or written by a newer version."""


class ResultError(StartError):
    """A saved result that is broken, or written by a newer version."""


class ProofError(StartError):
    """A key, a statement, a time server or a registry that a proof needs and that can't be used."""


class RendererError(StartError):
    """A renderer that an installed package gives can't be loaded, or failed."""


class SecretKeyError(StartError):
    """The key that Secret fingerprints are made with is missing, too short or unreadable."""
