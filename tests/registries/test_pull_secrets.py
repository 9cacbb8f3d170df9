"""Logins from a namespace's pull Secrets, with consent only, and kept nowhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

import driftcheck
from driftcheck.capture import pull_logins
from driftcheck.sources import Connection, Login
from driftcheck.sources._kubeconfig import read_access
from driftcheck.testing import Forbidden, PlaybackServer, Recording, When, load_recording
from tests.conftest import RECORDINGS

STAGING = "bookshop-staging"
PASSWORD = "pull-s3cret"
OLD = '{"quay.io": {"auth": "cm9ib3Q6b2xk"}}'


def pull_secret(name: str, text: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(text.encode()).decode()},
    }


@pytest.fixture(scope="module")
def recording() -> Recording:
    """The recording with a pull Secret, and one that is broken."""
    config = json.dumps({"auths": {"ghcr.io": {"username": "robot", "password": PASSWORD}}})
    old = {
        **pull_secret("old", ""),
        "type": "kubernetes.io/dockercfg",
        "data": {".dockercfg": base64.b64encode(OLD.encode()).decode()},
    }
    secrets = [pull_secret("pull", config), pull_secret("broken", "{"), old]
    return load_recording(RECORDINGS["drifted"]).with_objects(STAGING, secrets)


@pytest.fixture
def server(recording: Recording) -> Iterator[PlaybackServer]:
    with PlaybackServer(recording) as server:
        yield server


def test_logins(server: PlaybackServer) -> None:
    """Each Secret's logins, also of the type of old; a broken one has none."""
    with Connection(read_access(str(server.kubeconfig), None)) as connection:
        finders = pull_logins(connection, STAGING)

    found = [login for find in finders for login in find("ghcr.io")]
    assert found == [Login("robot", PASSWORD)]
    assert PASSWORD not in repr(found)
    assert [login for find in finders for login in find("quay.io")] == [Login("robot", "old")]


def test_consent(server: PlaybackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --pull-secrets no Secret's value is read for images."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    driftcheck.list_images(STAGING, kubeconfig=str(server.kubeconfig), registry=True)

    partial = [
        "PartialObjectMetadata" in request.accept
        for request in server.requests
        if request.path.endswith("/secrets")
    ]
    assert partial
    assert all(partial)


def test_no_leave(recording: Recording) -> None:
    """Who asks for pull Secrets and may not read them is told so."""
    with (
        PlaybackServer(recording, faults=[Forbidden(When(resource="secrets"))]) as server,
        pytest.raises(
            driftcheck.ClusterError, match="pull Secrets of 'bookshop-staging'"
        ) as raised,
    ):
        driftcheck.list_images(
            STAGING, kubeconfig=str(server.kubeconfig), registry=True, pull_secrets=True
        )
    assert "--pull-secrets" in raised.value.hint


def test_nobody_to_ask() -> None:
    """Who consents to logins, and asks no registry, has forgotten something."""
    with pytest.raises(driftcheck.UsageError, match="none is to be asked") as raised:
        driftcheck.list_images(STAGING, pull_secrets=True)
    assert "--registry" in raised.value.hint
