"""The playback server: a recording, its users and its faults behind a real HTTP port."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from email.message import Message
from pathlib import Path
from typing import Self

from driftcheck.testing._answers import Answers
from driftcheck.testing._faults import Fault, Faults, Reply, replacement, respond
from driftcheck.testing._kubeconfig import split_token, write_contexts, write_kubeconfig
from driftcheck.testing._listener import Listener
from driftcheck.testing._reading import load_recording
from driftcheck.testing._recording import Recording
from driftcheck.testing._requests import Request


class PlaybackServer:
    """An API server that plays a recording on loopback, for as long as a ``with`` lasts.

    ::

        with PlaybackServer("bookshop.jsonl.gz") as server:
            subprocess.run(["kubectl", "--kubeconfig", server.kubeconfig, "get", "namespaces"])

    Args:
        recording: A recording, or the path of one.
        faults: What goes wrong.
        aggregated: Whether the server knows aggregated discovery; older ones don't.

    Raises:
        StartError: There is no recording at this path.
    """

    def __init__(
        self,
        recording: Recording | str | os.PathLike[str],
        *,
        faults: Iterable[Fault] = (),
        aggregated: bool = True,
    ) -> None:
        self._recording = (
            recording if isinstance(recording, Recording) else load_recording(recording)
        )
        self._faults = Faults(faults)
        self._aggregated = aggregated
        self._tokens = {user: secrets.token_urlsafe(16) for user in self._recording.users}
        self._requests: list[Request] = []

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="driftcheck-"))
            self._listener = stack.enter_context(Listener(self._respond))
            self._kubeconfig = Path(folder, "kubeconfig")
            write_kubeconfig(self._kubeconfig, self.url, self._tokens)
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self._listener.server_port}"

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig with a context for each user: ``playback``, the others, ``unknown``."""
        return self._kubeconfig

    @property
    def recording(self) -> Recording:
        """What is played; another one may be set at any time."""
        return self._recording

    @recording.setter
    def recording(self, recording: Recording) -> None:
        self._recording = recording

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What goes wrong; others may be set at any time, and begin to count anew."""
        return self._faults.faults

    @faults.setter
    def faults(self, faults: Iterable[Fault]) -> None:
        self._faults = Faults(faults)

    @property
    def requests(self) -> list[Request]:
        """Everything that was asked so far, in order of arrival."""
        return list(self._requests)

    @property
    def administrator(self) -> str:
        """The user who may read everything."""
        return self._recording.users[0]

    def token(self, user: str) -> str:
        """The bearer token of a user.

        Args:
            user: A user of the recording, such as ``admin``.

        Returns:
            What to send after ``Authorization: Bearer``.

        Raises:
            KeyError: The recording has no such user.
        """
        return self._tokens[user]

    def _respond(self, method: str, path_and_query: str, headers: Message) -> Reply:
        request = self._understand(method, path_and_query, headers)
        self._requests.append(request)
        striking = self._faults.striking(request)
        if (other := replacement(striking)) is not None:
            self._recording = other
        return respond(striking, request, Answers(self._recording, self._aggregated).answer)

    def _understand(self, method: str, path_and_query: str, headers: Message) -> Request:
        whole_path, _, query = path_and_query.partition("?")
        token, path = split_token(whole_path)
        bearer = headers.get("Authorization", "").removeprefix("Bearer ")
        accept = headers.get("Accept", "")
        return Request(method, path, query, self._user_of(bearer or token), accept)

    def _user_of(self, token: str) -> str | None:
        for user, known in self._tokens.items():
            if secrets.compare_digest(token.encode(), known.encode()):
                return user
        return None


def kubeconfig_for(servers: Mapping[str, PlaybackServer], path: Path) -> None:
    """Write one kubeconfig for several servers that play, each as a context of its own.

    Args:
        servers: The servers, by the names of their contexts; the first is the current one.
        path: A file that does not exist yet.
    """
    write_contexts(
        path,
        {
            name: (server.url, server.token(server.administrator))
            for name, server in servers.items()
        },
    )
