"""A real registry, and what is pushed to it."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import urllib3

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

SETTINGS = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
log: {{level: error}}
"""


@attrs.frozen
class Pushing:
    """Pushes images to a repository.

    Args:
        registry: The registry's host and port.
        repository: The repository.
    """

    registry: str
    repository: str = "shop/web"

    def blob(self, data: bytes) -> str:
        """Push a blob; its digest."""
        name = digest(data)
        started = self._send("POST", "blobs/uploads/")
        where = started.headers["Location"]
        separator = "&" if "?" in where else "?"
        urllib3.request("PUT", f"{where}{separator}digest={name}", body=data)
        return name

    def image(
        self,
        layer: bytes = b"layer",
        created: str = "2026",
        type_: str = MANIFEST,
        **annotations: str,
    ) -> str:
        """Push an image of one layer; its manifest's digest."""
        config = json.dumps(
            {
                "created": created,
                "os": "linux",
                "architecture": "amd64",
                "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
            }
        ).encode()
        manifest: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": type_,
            "config": described(CONFIG, config),
            "layers": [described(LAYER, layer)],
            "annotations": annotations,
        }
        self.blob(config)
        self.blob(layer)
        return self.manifest(type_, manifest)

    def index(
        self, annotations: Mapping[str, str] | None = None, type_: str = INDEX, **images: str
    ) -> str:
        """Push an index of images by architecture; `unknown` is for an attestation; its digest."""
        manifests = [
            {
                "mediaType": MANIFEST,
                "digest": image,
                "size": 1,
                "platform": {
                    "os": "unknown" if architecture == "unknown" else "linux",
                    "architecture": architecture,
                },
            }
            for architecture, image in images.items()
        ]
        body = {"schemaVersion": 2, "mediaType": type_, "manifests": manifests}
        return self.manifest(type_, body | ({"annotations": annotations} if annotations else {}))

    def manifest(self, media_type: str, body: Mapping[str, Any]) -> str:
        """Push a manifest or an index; its digest."""
        data = json.dumps(body).encode()
        name = digest(data)
        answer = self._send("PUT", f"manifests/{name}", body=data, type_=media_type)
        assert answer.status == 201, answer.data
        return name

    def tag(self, name: str, tag: str) -> None:
        """Let a tag point to what was pushed."""
        accept = f"{MANIFEST}, {INDEX}"
        url = f"http://{self.registry}/v2/{self.repository}/manifests/{name}"
        found = urllib3.request("GET", url, headers={"Accept": accept})
        type_ = found.headers["Content-Type"]
        assert self._send("PUT", f"manifests/{tag}", body=found.data, type_=type_).status == 201

    def _send(self, method: str, path: str, body: bytes = b"", type_: str = "") -> Any:
        url = f"http://{self.registry}/v2/{self.repository}/{path}"
        return urllib3.request(method, url, body=body, headers={"Content-Type": type_})


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def described(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest(data), "size": len(data)}


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's docker-registry on loopback: its host and port."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed (Debian: apt install docker-registry)")
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = folder / "config.yml"
    settings.write_text(SETTINGS.format(folder=folder / "data", port=port))
    process = subprocess.Popen(
        [program, "serve", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/v2/")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib3.request("GET", url, retries=False)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


@pytest.fixture
def pushing(registry: str) -> Pushing:
    return Pushing(registry)


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """A Docker config file of the test's own; it has nothing until it is written."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    def write(config: Any) -> None:
        text = config if isinstance(config, str) else json.dumps(config)
        (tmp_path / "config.json").write_text(text)

    return write
