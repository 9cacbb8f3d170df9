"""Unequal digests, after a real registry has said what they hold."""

from __future__ import annotations

from attrs import evolve

import driftcheck
from driftcheck import Result, Snapshot
from driftcheck.model import ClusterNode, Origin
from tests.builders import container, resource, snapshot
from tests.conftest import Captured
from tests.registries.conftest import DOCKER_INDEX, DOCKER_MANIFEST, Pushing


def running(
    pushing: Pushing,
    image_id: str,
    platform: str = "linux/amd64",
    pod: str = "db-0",
    owner: str = "db",
) -> Snapshot:
    """A StatefulSet's pod that runs a digest, or a config, on a node of a platform."""
    name = f"{pushing.registry}/{pushing.repository}"
    spec = {"nodeName": "node", "containers": [container(image=f"{name}:1")]}
    body = resource("v1", "Pod", pod, spec=spec)
    said = image_id if image_id.startswith("config ") else f"{name}@{image_id}"
    statuses = [{"name": "web", "imageID": said.removeprefix("config ")}]
    body["status"] = {"phase": "Running", "containerStatuses": statuses}
    body["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "name": owner,
            "uid": "u",
            "controller": True,
        }
    ]
    nodes = (ClusterNode("node", platform),) if platform else ()
    return evolve(snapshot(body), origin=Origin.CLUSTER, nodes=nodes)


def replicas(pushing: Pushing, *image_ids: str, name: str = "db") -> Snapshot:
    """A workload of a pod for each digest."""
    owner = resource("apps/v1", "StatefulSet", name, spec={})
    owner["metadata"]["uid"] = "u"
    pods = [
        running(pushing, it, pod=f"{name}-{number}", owner=name)
        for number, it in enumerate(image_ids)
    ]
    made = [document for side in pods for document in side.documents]
    return evolve(pods[0], documents=(*snapshot(owner).documents, *made))


def resolved(left: Snapshot, right: Snapshot) -> Result:
    return driftcheck.compare(left, right, registry=True)


def test_a_third_platform(pushing: Pushing) -> None:
    """An index that was pushed again with one platform more runs what it ran before."""
    amd, arm, s390 = (pushing.image(layer) for layer in (b"amd", b"arm", b"s390"))
    first = pushing.index(amd64=amd, arm64=arm)
    second = pushing.index(amd64=amd, arm64=arm, s390x=s390)
    left, right = running(pushing, first), running(pushing, second)

    before, result = driftcheck.compare(left, right), resolved(left, right)

    assert before.findings[0].note == (
        "unresolved digests: --registry asks whether they are one image; "
        "another digest behind the same tag"
    )
    assert result.verdict.value == "identical"
    (row,) = result.images
    assert row.same is True
    assert row.note is not None
    assert row.note == f"one image: each is {amd}, the manifest as a registry has it"


def test_other_annotations(pushing: Pushing) -> None:
    """A manifest with other annotations has the same config, and so the same content."""
    first = pushing.image(b"x", build="1")
    second = pushing.image(b"x", build="2")

    assert first != second
    result = resolved(running(pushing, first), running(pushing, second))
    assert result.verdict.value == "identical"
    (row,) = result.images
    config = _config_of(pushing, first)
    assert row.note == f"one image: each is {config}, the config as a registry has it"


def test_rebuilt(pushing: Pushing) -> None:
    """A rebuilt image with the same layers is another image, and is said to be just that."""
    first = pushing.image(b"x", created="2025")
    second = pushing.image(b"x", created="2026")

    (finding,) = resolved(running(pushing, first), running(pushing, second)).findings

    assert finding.note == (
        "resolved: rebuilt, another config with identical layers; "
        "another digest behind the same tag"
    )


def test_other_content(pushing: Pushing) -> None:
    (finding,) = resolved(
        running(pushing, pushing.image(b"one")), running(pushing, pushing.image(b"other"))
    ).findings

    assert finding.path == "running.containers[name=web].digest"
    assert finding.note == (
        "resolved: a registry knows them as different images; another digest behind the same tag"
    )


def test_docker_s_own_media_types(pushing: Pushing) -> None:
    """What was pushed as Docker's and again as OCI's has one config."""
    docker = pushing.image(b"x", type_=DOCKER_MANIFEST)
    index = pushing.index(type_=DOCKER_INDEX, amd64=docker, arm64=pushing.image(b"y"))
    oci = pushing.image(b"x")

    assert len({docker, index, oci}) == 3
    for first in (docker, index):
        assert resolved(running(pushing, first), running(pushing, oci)).verdict.value == "identical"


def test_an_index_and_its_manifest(pushing: Pushing) -> None:
    """CRI-O may report the one where containerd reports the other."""
    image = pushing.image(b"x")
    index = pushing.index(amd64=image, arm64=pushing.image(b"y"))

    assert resolved(running(pushing, image), running(pushing, index)).verdict.value == "identical"


def test_an_index_with_other_annotations(pushing: Pushing) -> None:
    """An index that was pushed again with other annotations is of the same images."""
    amd, arm = pushing.image(b"amd"), pushing.image(b"arm")
    first = pushing.index(amd64=amd, arm64=arm)
    second = pushing.index({"build": "2"}, amd64=amd, arm64=arm)

    assert first != second
    assert resolved(running(pushing, first), running(pushing, second)).verdict.value == "identical"


def test_one_platform_of_two_was_rebuilt(pushing: Pushing) -> None:
    """Only what the nodes' platform runs counts."""
    amd, arm, newer = (pushing.image(layer) for layer in (b"amd", b"arm", b"newer arm"))
    sides = (pushing.index(amd64=amd, arm64=arm), pushing.index(amd64=amd, arm64=newer))

    here = [running(pushing, side) for side in sides]
    there = [running(pushing, side, "linux/arm64") for side in sides]

    assert resolved(*here).verdict.value == "identical"
    assert resolved(*there).verdict.value == "drifted"


def test_what_stands_beside_the_images_of_an_index(pushing: Pushing) -> None:
    """An attestation is no image for anybody's node."""
    image = pushing.image(b"x")
    attested = pushing.index(amd64=image, unknown=pushing.image(b"attestation"))

    assert (
        resolved(running(pushing, image, ""), running(pushing, attested, "")).verdict.value
        == "identical"
    )


def test_two_images_at_once(pushing: Pushing) -> None:
    """Each of several images is proven by itself."""
    one, two = pushing.image(b"one"), pushing.image(b"two")
    indexes = [pushing.index(amd64=image) for image in (one, two)]

    result = resolved(replicas(pushing, one, two), replicas(pushing, *indexes))

    assert result.verdict.value == "identical"
    (row,) = result.images
    assert row.note is not None
    assert row.note.endswith("; several images at once in objects and objects (2)")
    assert {f"one image: each is {it}, the manifest as a registry has it" for it in (one, two)} == (
        set(row.note.split("; ")[:2])
    )


def test_under_another_name(pushing: Pushing) -> None:
    """A workload that is declared to have another name elsewhere is resolved as well."""
    image = pushing.image(b"x")
    left = replicas(pushing, image)
    right = replicas(pushing, pushing.index(amd64=image), name="shop-db")

    result = driftcheck.compare(left, right, registry=True, renamed={"db": "shop-db"})

    assert [row.same for row in result.images] == [True]


def test_a_registry_that_is_away(pushing: Pushing) -> None:
    """A registry that can't be reached leaves digests unresolved, and says why."""
    away = Pushing("127.0.0.1:9")
    first, second = (running(away, f"sha256:{digit * 64}") for digit in "12")

    (finding,) = resolved(first, second).findings
    table = driftcheck.list_images(first, second, registry=True)

    assert finding.note is not None
    why = "cannot connect to 127.0.0.1:9: Connection refused"
    assert finding.note.startswith(f"unresolved digests: {why}")
    assert table.reasons == (f"what a tag points to now is not known: {why}",)


def test_an_index_and_a_config(pushing: Pushing) -> None:
    """What could not be compared can be, once the config is known."""
    image = pushing.image(b"x", created="2024")
    config = _config_of(pushing, image)
    left, right = running(pushing, image), running(pushing, f"config {config}")

    assert driftcheck.compare(left, right).verdict.value == "inconclusive"
    assert resolved(left, right).verdict.value == "identical"
    other = running(pushing, pushing.image(b"z"))
    (finding,) = resolved(other, right).findings
    assert finding.note is not None
    assert finding.note.startswith("resolved: a registry knows them as different images")


def test_other_platforms(pushing: Pushing) -> None:
    """One index on two platforms is one image; what each would run of two is not comparable."""
    amd, arm = pushing.image(b"amd"), pushing.image(b"arm")
    first, second = pushing.index(amd64=amd, arm64=arm), pushing.index(arm64=arm, amd64=amd)

    here = running(pushing, first)
    there = running(pushing, second, "linux/arm64")

    assert resolved(here, there).verdict.value == "inconclusive"
    assert resolved(here, running(pushing, first, "linux/arm64")).verdict.value == "identical"


def test_an_unknown_platform(pushing: Pushing) -> None:
    """Where nobody knows the node's platform, an index of several stays unresolved."""
    amd, arm = pushing.image(b"amd"), pushing.image(b"arm")
    first, second = pushing.index(amd64=amd, arm64=arm), pushing.index(arm64=arm, amd64=amd)

    (finding,) = resolved(running(pushing, first, ""), running(pushing, second, "")).findings

    assert finding.note is not None
    assert "does not have a single image" in finding.note


def test_a_digest_that_is_gone(pushing: Pushing) -> None:
    """What the registry no longer has stays unresolved, with its answer."""
    known = pushing.image(b"x")

    (finding,) = resolved(running(pushing, known), running(pushing, "sha256:" + "0" * 64)).findings

    assert finding.note is not None
    assert finding.note.startswith(f"unresolved digests: {pushing.registry} answers 404")


def test_the_table(pushing: Pushing) -> None:
    """`images` resolves as well, and says what proved it."""
    amd = pushing.image(b"amd")
    sides = [running(pushing, pushing.index(amd64=amd)), running(pushing, amd)]

    table = driftcheck.list_images(*sides, registry=True)

    assert [row.same for row in table.rows] == [True]
    assert "one image: each is sha256:" in driftcheck.render_images(table)


def test_what_a_tag_points_to_now(pushing: Pushing) -> None:
    """A tag that has moved on is shown as such, and what runs stays what it was."""
    old, new = pushing.image(b"old"), pushing.image(b"new")
    pushing.tag(new, "1")

    table = driftcheck.list_images(running(pushing, old), registry=True)

    (found,) = (found for row in table.rows for found in row.environments.values())
    assert (found.digests, found.tag_digest) == ((old,), new)
    assert f"points to {new[:19]} now, which no pod of objects reports\n" in (
        driftcheck.render_images(table)
    )
    assert found.tag_digest in driftcheck.render_images(table, "csv")
    assert '"tag_digest"' in driftcheck.render_images(table, "json")


def test_the_drifted_recording(captured: Captured) -> None:
    """What the recordings' README says was changed of what runs, and nothing else."""
    result = driftcheck.compare(
        captured("drifted", "bookshop-staging"), captured("drifted", "bookshop-production")
    )

    running = {
        (finding.object.name, finding.path)
        for finding in result.findings
        if finding.path.startswith("running.")
    }
    assert running == {
        ("api", "running.containers[name=api].digest"),
        ("api", "running.ephemeralContainers[name=debugger]"),
        ("web", "running.containers[name=web].digest"),
        ("worker", "running.containers[name=worker].digest"),
    }


def _config_of(pushing: Pushing, image: str) -> str:
    import urllib3

    url = f"http://{pushing.registry}/v2/{pushing.repository}/manifests/{image}"
    accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    return str(urllib3.request("GET", url, headers=accept).json()["config"]["digest"])
