"""Files that end before the memory does, whatever they are: reading a device never ends."""

from __future__ import annotations

import os
from errno import EFBIG
from pathlib import Path
from typing import BinaryIO

from driftcheck.codec import most_bytes

_LARGEST_SETTINGS = 16 * 1024**2
_HEAD = 4096


def read_settings(path: Path) -> bytes:
    """Read a file that people write, such as a kubeconfig, a certificate, a key or a policy.

    Raises:
        OSError: It can't be read, or is larger than any such file.
    """
    with path.open("rb") as file:
        data = file.read(_LARGEST_SETTINGS + 1)
    if len(data) > _LARGEST_SETTINGS:
        raise OSError(EFBIG, os.strerror(EFBIG))
    return data


def read_whole(file: BinaryIO) -> bytes:
    """Read manifests or what driftcheck wrote, and no more than tells that it is too large."""
    head = file.read(_HEAD)
    return head + file.read(most_bytes(head) + 1 - len(head))
