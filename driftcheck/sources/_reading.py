"""Files that end before the memory does, whatever they are: reading a device never ends."""

from __future__ import annotations

import os
from errno import EFBIG
from pathlib import Path
from stat import S_ISFIFO
from threading import Lock
from typing import BinaryIO

from driftcheck.codec import most_bytes

_LARGEST_SETTINGS = 16 * 1024**2
_HEAD = 4096


_one_at_a_time = Lock()
_piped: dict[tuple[Path, int], bytes] = {}
"""What came out of pipes, such as `<(...)` makes them: each gives it only once."""


def read_settings(path: Path) -> bytes:
    """Read a file that people write, such as a kubeconfig, a certificate, a key or a policy.

    Raises:
        OSError: It can't be read, or is larger than any such file.
    """
    found = path.stat()
    if not S_ISFIFO(found.st_mode):
        return _settings_in(path)
    with _one_at_a_time:
        pipe = path, found.st_ino
        if pipe not in _piped:
            _piped[pipe] = _settings_in(path)
        return _piped[pipe]


def _settings_in(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_LARGEST_SETTINGS + 1)
    if len(data) > _LARGEST_SETTINGS:
        raise OSError(EFBIG, os.strerror(EFBIG))
    return data


def read_whole(file: BinaryIO) -> bytes:
    """Read manifests or what driftcheck wrote, and no more than tells that it is too large."""
    head = file.read(_HEAD)
    return head + file.read(most_bytes(head) + 1 - len(head))
