"""Statements go where the images are, and are found there: in a real registry, and before it."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from driftcheck import Part, ProofError, Statement, UsageError, Verdict, attach, prove, verify
from driftcheck.cli import main
from driftcheck.proof import BUNDLE_TYPE, COMPARISON
from tests.builders import Body, config_map, snapshot
from tests.registries.conftest import Pushing, digest

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
EMPTY = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two pairs of keys: `ours.pem`, `ours.pub`, `theirs.pem`, `theirs.pub`."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ours", "theirs"):
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / f"{name}.pem").write_bytes(private)
        (folder / f"{name}.pub").write_bytes(public)
    return folder


@contextmanager
def with_referrers(registry: str) -> Iterator[str]:
    """The registry behind one that keeps a list of what refers to what; its host and port."""
    lists: dict[str, list[Any]] = defaultdict(list)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            head, _, name = self.path.rpartition("/")
            if head.endswith("/referrers"):
                index = {"schemaVersion": 2, "manifests": lists[name]}
                self.answer(200, json.dumps(index).encode(), {})
            else:
                self.passed_on()

        def do_PUT(self) -> None:
            self.passed_on()

        def do_POST(self) -> None:
            self.passed_on()

        def passed_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept = ("Content-Type", "Accept", "Host")
            headers = {name: self.headers[name] for name in kept if name in self.headers}
            url = f"http://{registry}{self.path}"
            found = urllib3.request(self.command, url, body=body, headers=headers)
            told = {name: found.headers[name] for name in ("Location",) if name in found.headers}
            told["Content-Type"] = found.headers.get("Content-Type", "")
            is_manifest = self.command == "PUT" and "/manifests/" in self.path
            subject = json.loads(body).get("subject") if is_manifest else None
            if subject:
                told["OCI-Subject"] = subject["digest"]
                lists[subject["digest"]].append(
                    {"digest": digest(body), "artifactType": json.loads(body)["artifactType"]}
                )
            self.answer(found.status, found.data, told)

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(params=["tag", "list"])
def place(request: pytest.FixtureRequest, registry: str) -> Iterator[Pushing]:
    """A repository in a registry without a list of referrers, and in one with it."""
    repository = f"shop/{request.node.name.partition('[')[0].replace('_', '-')}-{request.param}"
    if request.param == "tag":
        yield Pushing(registry, repository)
    else:
        with with_referrers(registry) as host:
            yield Pushing(host, repository)


def running(place: Pushing, image: str) -> Body:
    """A pod that runs an image."""
    name = f"{place.registry}/{place.repository}:1"
    state = {"running": {"startedAt": "2026-11-26T10:00:00Z"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "web", "image": name}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [
                {
                    "name": "web",
                    "image": name,
                    "imageID": f"{place.registry}/{place.repository}@{image}",
                    "ready": True,
                    "restartCount": 0,
                    "state": state,
                }
            ],
        },
    }


def stated(pod: Body, keys: Path, *more: Body, key: str = "ours", **asked: Any) -> Statement:
    pair = [pod], [pod, *more]
    return prove(*pair, for_images=True, key=keys / f"{key}.pem", **{"now": NOW, **asked})


def manifest_of(place: Pushing, name: str) -> Any:
    url = f"http://{place.registry}/v2/{place.repository}/manifests/{name}"
    accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
    return urllib3.request("GET", url, headers={"Accept": accept}).json()


def test_attached(place: Pushing, keys: Path) -> None:
    """What is attached to an image is found by its digest and by its tag, and is checked."""
    image = place.image()
    place.tag(image, "1")
    name = f"{place.registry}/{place.repository}"

    assert attach(stated(running(place, image), keys)) == (f"{name}@{image}",)

    for reference in (f"{name}@{image}", f"{name}:1"):
        found = verify(None, key=keys / "ours.pub", image=reference, now=NOW)
        assert (found.exit_status, found.verdict) == (0, Verdict.IDENTICAL)
        assert any(it.says == f"about {image}" for it in found.parts if it.part is Part.IMAGE)
    assert verify(None, key=keys / "theirs.pub", image=f"{name}:1", now=NOW).exit_status == 1


def test_its_form(registry: str, keys: Path) -> None:
    """It is an artifact as Sigstore's specification has it, under the tag that OCI asks for.

    https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
    """
    place = Pushing(registry, "shop/form")
    image = place.image()
    statement = stated(running(place, image), keys)
    bundle = statement.images[0].bundle
    assert bundle

    attach(statement)

    (listed,) = manifest_of(place, image.replace(":", "-"))["manifests"]
    artifact = manifest_of(place, listed["digest"])
    assert listed["artifactType"] == artifact["artifactType"] == BUNDLE_TYPE
    assert artifact["subject"]["digest"] == image
    assert artifact["config"]["digest"] == EMPTY
    (layer,) = artifact["layers"]
    assert (layer["mediaType"], layer["digest"]) == (BUNDLE_TYPE, digest(bundle))
    assert artifact["annotations"] == {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": COMPARISON,
        "org.opencontainers.image.created": "2026-11-26T12:00:00Z",
    }


def test_the_newest_counts(place: Pushing, keys: Path) -> None:
    """An older pass says nothing where the same key has found drift since, nor another key's."""
    image = place.image()
    pod, name = running(place, image), f"{place.registry}/{place.repository}@{image}"
    attach(stated(pod, keys))
    attach(stated(pod, keys, config_map(), now=NOW + timedelta(hours=1)))
    attach(stated(pod, keys, key="theirs", now=NOW + timedelta(hours=2)))

    found = verify(None, key=keys / "ours.pub", image=name, now=NOW + timedelta(hours=3))

    assert (found.verdict, found.exit_status) == (Verdict.DRIFTED, 1)


def test_what_was_said_of_another_place(place: Pushing, keys: Path) -> None:
    """What a key has said of another namespace since does not count where one is expected."""
    image = place.image()
    pod, name = running(place, image), f"{place.registry}/{place.repository}@{image}"

    def of(namespace: str, *more: Body) -> Statement:
        pair = snapshot(pod, namespace=namespace), snapshot(pod, *more, namespace=namespace)
        late = timedelta(hours=len(more))
        return prove(*pair, for_images=True, key=keys / "ours.pem", now=NOW + late)

    attach(of("shop"))
    attach(of("garden", config_map()))

    for expected, status in (("shop", 0), ("garden", 1), ("field", 1), ((), 1)):
        found = verify(
            None,
            key=keys / "ours.pub",
            image=name,
            expect=expected,
            now=NOW + timedelta(hours=3),
        )
        assert found.exit_status == status, expected


def test_what_others_have_attached_stays(registry: str, keys: Path) -> None:
    """What stands in the list under the tag already stays there."""
    place = Pushing(registry, "shop/others")
    image = place.image()
    tag = image.replace(":", "-")
    place.tag(place.index(amd64=image), tag)

    attach(stated(running(place, image), keys))

    assert manifest_of(place, tag)["manifests"][0]["digest"] == image
    found = verify(None, key=keys / "ours.pub", image=f"{registry}/shop/others@{image}", now=NOW)
    assert found.exit_status == 0


def test_attached_twice(place: Pushing, keys: Path) -> None:
    """To attach the same again changes nothing."""
    image = place.image()
    statement = stated(running(place, image), keys)

    assert attach(statement) == attach(statement)


def test_nothing_attached(place: Pushing, keys: Path) -> None:
    """An image without a statement has none, and one that is not there is said so."""
    name = f"{place.registry}/{place.repository}"
    image = place.image()

    found = verify(None, key=keys / "ours.pub", image=f"{name}@{image}", now=NOW)
    assert found.exit_status == 1
    assert found.parts[0].says == "of 0 statements none is one that the key has signed"
    with pytest.raises(ProofError, match="answers 404"):
        verify(None, key=keys / "ours.pub", image=f"{name}:nothing", now=NOW)
    with pytest.raises(ProofError, match="answers 404"):
        attach(stated(running(place, f"sha256:{'0' * 64}"), keys))


def test_what_can_not_be_attached(registry: str, keys: Path) -> None:
    """A statement that nobody signed, or that is not about images, goes nowhere."""
    pod = running(Pushing(registry), f"sha256:{'0' * 64}")

    for statement in (prove([pod], [pod], for_images=True), prove([pod], [pod])):
        with pytest.raises(UsageError, match="no signed statement of an image"):
            attach(statement)
    with pytest.raises(UsageError, match="names no image"):
        verify(None, key=keys / "ours.pub", image="http://not an image")


def test_a_registry_that_sends_it_elsewhere(keys: Path) -> None:
    """A statement is sent to nobody but the registry that was named."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers.get("Content-Length", 0)))
        is_manifest = "/manifests/" in request.path
        body = b'{"config": {"digest": "it"}}' if is_manifest else b""
        request.send_response(200 if is_manifest else 202)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("Location", "http://127.0.0.1:9/upload")
        request.end_headers()
        request.wfile.write(body)

    with answering(answer) as host:
        place = Pushing(host)
        image = digest(b'{"config": {"digest": "it"}}')
        with pytest.raises(ProofError, match="wants the statement to be sent to another place"):
            attach(stated(running(place, image), keys))


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_command(
    registry: str,
    keys: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The command attaches what it states, and finds it by the image."""
    place = Pushing(registry, "shop/command")
    image = place.image()
    monkeypatch.chdir(tmp_path)
    Path("pod.json").write_text(json.dumps(running(place, image)))
    name = f"{registry}/shop/command@{image}"
    stating = ["prove", "./pod.json", "./pod.json", "--for-images", "--attach", "-o", "proofs"]

    assert main(stating) == 2
    assert "--key too" in capfd.readouterr().err
    assert main([*stating, "--key", str(keys / "ours.pem")]) == 0
    assert f"attached to {name}" in capfd.readouterr().out
    assert Path(f"proofs/{image.replace(':', '-')}.sigstore.json").exists()
    assert main(["verify", "--image", name, "--key", str(keys / "ours.pub")]) == 0
    assert capfd.readouterr().out.startswith("✔ holds, and says identical")
