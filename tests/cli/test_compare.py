"""`driftcheck compare` and `driftcheck capture` when all goes well: statuses, reports and files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from driftcheck.testing import Forbidden, PlaybackServer, StaleDiscovery, When
from tests.conftest import RECORDINGS, Program

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"


@pytest.fixture
def one(tmp_path: Path) -> str:
    return manifest(tmp_path, "one.yaml", "1")


@pytest.fixture
def two(tmp_path: Path) -> str:
    return manifest(tmp_path, "two.yaml", "2")


def manifest(folder: Path, name: str, value: str) -> str:
    kind = f"kind: ConfigMap\nmetadata: {{name: settings, labels: {{v: '{value}'}}}}"
    (folder / name).write_text(f"apiVersion: v1\n{kind}\ndata: {{size: '{value}'}}\n")
    return f"./{name}"


def test_identical(inside: Program, one: str) -> None:
    """What is the same ends with 0, and says so first."""
    run = inside("compare", one, one)

    assert run.returncode == 0
    assert "identical" in run.stdout.splitlines()[0]
    assert run.stderr == ""


def test_drifted(inside: Program, one: str, two: str) -> None:
    """What differs ends with 1, and standard error stays silent."""
    run = inside("compare", one, two)

    assert run.returncode == 1
    assert "drifted" in run.stdout.splitlines()[0]
    assert run.stderr == ""


@pytest.mark.parametrize(
    "text", ["", "---\n", "# nothing\n", "items: []\nkind: List\napiVersion: v1\n"]
)
def test_nothing_compared(inside: Program, tmp_path: Path, text: str) -> None:
    """Files without objects end with 3: nothing was proved."""
    (tmp_path / "empty.yaml").write_text(text)

    run = inside("compare", "./empty.yaml", "./empty.yaml")

    assert run.returncode == 3
    assert "inconclusive" in run.stdout.splitlines()[0]


def test_a_namespace_that_may_not_be_read_whole(
    inside: Program, servers: Mapping[str, PlaybackServer]
) -> None:
    """Where Secrets may not be listed, sameness is not proved, and the reason says which kind."""
    kubeconfig = str(servers["equal"].kubeconfig)
    seen = f"{STAGING}@viewer"

    run = inside("compare", seen, seen, "-o", "json", KUBECONFIG=kubeconfig)

    result = json.loads(run.stdout)
    gaps = [row for row in result["coverage"]["kinds"] if row["status"] == "forbidden"]
    assert run.returncode == 3
    assert result["verdict"] == "inconclusive"
    assert result["coverage"]["complete"] is False
    assert {row["kind"] for row in gaps} == {"Secret"}
    assert all("Secret" in reason for reason in result["reasons"])
    assert result["findings"] == []


def test_drift_beside_a_gap(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """Drift wins over what could not be seen, and no unseen object is called added or removed."""
    kubeconfig = str(servers["drifted"].kubeconfig)

    run = inside("compare", STAGING, f"{PRODUCTION}@viewer", "-o", "json", KUBECONFIG=kubeconfig)

    result = json.loads(run.stdout)
    assert run.returncode == 1
    assert not [item for item in result["findings"] if item["object"]["kind"] == "Secret"]
    assert any("Secret" in reason for reason in result["reasons"])


def test_an_incomplete_capture(inside: Program, tmp_path: Path) -> None:
    """An incomplete snapshot is written all the same, and ends with 3."""
    faults = [Forbidden(When(resource="secrets")), StaleDiscovery(group="bookshop.example.com")]
    with PlaybackServer(RECORDINGS["equal"], faults=faults) as server:
        run = inside(
            "capture", STAGING, "-o", "saved.json", "--timeout", "60",
            KUBECONFIG=str(server.kubeconfig),
        )  # fmt: skip

    assert run.returncode == 3
    assert "Secret" in run.stderr
    assert "bookshop.example.com" in run.stderr
    assert (tmp_path / "saved.json").exists()


def test_a_complete_capture(inside: Program, one: str, tmp_path: Path) -> None:
    """A complete capture ends with 0 and says nothing."""
    run = inside("capture", one, "-o", "saved.json.gz")

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert (tmp_path / "saved.json.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_capture_to_standard_output(inside: Program, one: str) -> None:
    """Without a file the snapshot goes to standard output, from where `-` takes it."""
    captured = inside("capture", one)

    run = inside("compare", one, "-", stdin=captured.stdout)

    assert json.loads(captured.stdout)["schema"] == "driftcheck.snapshot/v1"
    assert run.returncode == 0


def test_manifests_from_standard_input(inside: Program, one: str, tmp_path: Path) -> None:
    """Standard input may be manifests."""
    run = inside("compare", one, "-", stdin=(tmp_path / "one.yaml").read_text())

    assert run.returncode == 0


def test_several_reports(inside: Program, one: str, two: str, tmp_path: Path) -> None:
    """Each `-o` is written: one to standard output, the others to their files."""
    run = inside(
        "compare", one, two, "-o", "text", "-o", "json=report.json", "-o", "text=report.txt"
    )

    assert run.returncode == 1
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "drifted"
    assert (tmp_path / "report.txt").read_text() == run.stdout


def test_reports_to_files_alone(inside: Program, one: str, two: str, tmp_path: Path) -> None:
    """With a file for every report, standard output stays empty, and the status the same."""
    run = inside("compare", one, two, "-o", "json=report.json")

    assert (run.returncode, run.stdout) == (1, "")
    assert (tmp_path / "report.json").stat().st_size > 0


def test_the_same_bytes(driftcheck: Program, one: str, two: str) -> None:
    """The same input gives the same bytes, whatever Python's hashes are."""
    runs = {
        driftcheck("compare", one, two, "-o", "json", PYTHONHASHSEED=seed).stdout
        for seed in ("0", "1", "2")
    }

    assert len(runs) == 1


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"NO_COLOR": "", "FORCE_COLOR": "1"}, True),
    ],
)
def test_colour(
    inside: Program, one: str, two: str, environ: dict[str, str], coloured: bool
) -> None:
    """NO_COLOR and FORCE_COLOR are heard; where nobody watches there is no colour."""
    run = inside("compare", one, two, **environ)

    assert ("\x1b[" in run.stdout) is coloured


def test_json_has_no_colour(inside: Program, one: str, two: str) -> None:
    """What machines read is never coloured."""
    assert "\x1b" not in inside("compare", one, two, "-o", "json", FORCE_COLOR="1").stdout


@pytest.mark.parametrize("kind", ["Deployment", "deployment", "Deployment.apps"])
def test_one_kind(inside: Program, servers: Mapping[str, PlaybackServer], kind: str) -> None:
    """`--kind` compares that kind alone, and coverage says what else was left out and why."""
    kubeconfig = str(servers["drifted"].kubeconfig)

    run = inside(
        "compare", STAGING, PRODUCTION, "--kind", kind, "-o", "json", KUBECONFIG=kubeconfig
    )

    result = json.loads(run.stdout)
    assert {item["object"]["kind"] for item in result["findings"]} == {"Deployment"}
    assert len(result["findings"]) == 9
    rows = {row["kind"]: row for row in result["coverage"]["kinds"]}
    assert rows["Secret"]["excluded"] == {"--kind": 2}
    assert "excluded" not in rows["Deployment"]


def test_gaps_in_other_kinds(inside: Program) -> None:
    """What could not be read of kinds that `--kind` leaves out costs no verdict."""
    with PlaybackServer(
        RECORDINGS["equal"], faults=[Forbidden(When(resource="secrets"))]
    ) as server:
        kubeconfig = str(server.kubeconfig)
        all_kinds = inside("compare", STAGING, STAGING, KUBECONFIG=kubeconfig)
        one_kind = inside("compare", STAGING, STAGING, "--kind", "Role", KUBECONFIG=kubeconfig)

    assert (all_kinds.returncode, one_kind.returncode) == (3, 0)


def test_no_secret_values(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """What can be compared without Secret values is, and nothing is proved of them."""
    kubeconfig = str(servers["drifted"].kubeconfig)
    compare = ("compare", STAGING, PRODUCTION, "-o", "json", "--kubeconfig", kubeconfig)

    whole, without = json.loads(inside(*compare).stdout), inside(*compare, "--no-secret-values")

    result = json.loads(without.stdout)
    password = [item for item in whole["findings"] if item["object"]["kind"] == "Secret"]
    assert [item for item in whole["findings"] if item not in password] == result["findings"]
    assert "Secret was read in part" in result["reasons"][1]


def test_no_secret_values_on_one_side(
    inside: Program, servers: Mapping[str, PlaybackServer]
) -> None:
    """Against a snapshot without values, Secrets are compared by what both sides know."""
    kubeconfig = str(servers["drifted"].kubeconfig)
    inside("capture", STAGING, "--no-secret-values", "-o", "in-part.json", KUBECONFIG=kubeconfig)

    run = inside("compare", "in-part.json", STAGING, KUBECONFIG=kubeconfig)

    assert run.returncode == 3
    assert run.stdout.startswith("? inconclusive")


def test_labels(inside: Program, one: str, two: str) -> None:
    """`--selector` compares what has the labels; if nothing has, nothing is proved."""
    assert inside("compare", one, one, "-l", "v=1").returncode == 0
    assert inside("compare", one, one, "-l", "v!=1").returncode == 3
    assert inside("compare", one, two, "--selector", "v in (1, 2)").returncode == 1


def test_options_before_the_command(inside: Program, one: str, two: str) -> None:
    """Options that commands share may stand before the command; those behind it win."""
    assert inside("-l", "v=none", "compare", one, two).returncode == 3
    assert inside("-l", "v=none", "compare", one, two, "-l", "v in (1, 2)").returncode == 1
    assert inside("--kind", "Deployment", "compare", one, two).returncode == 2


def test_nothing_in_scope(inside: Program, one: str) -> None:
    """Where nothing has the labels, it is said that nothing has them."""
    said = inside("compare", one, one, "-l", "v=7").stdout

    assert "nothing that was seen matches --selector v=7" in said


def test_a_pod_in_a_manifest(inside: Program, tmp_path: Path) -> None:
    """A pod's manifest runs nothing, and that is no reason for doubt."""
    (tmp_path / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        "spec: {containers: [{name: c, image: i}]}\n"
    )

    assert inside("compare", "pod.yaml", "pod.yaml").returncode == 0


def test_names_are_told_apart(inside: Program, one: str) -> None:
    """A path's name is its file's without suffixes; equal names are numbered."""
    run = inside("compare", one, one, one, "-o", "json")

    names = [environment["name"] for environment in json.loads(run.stdout)["environments"]]
    assert names == ["one", "one (2)", "one (3)"]


def test_contexts(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """A namespace in a context is looked at there, and named as it was typed."""
    kubeconfig = str(servers["equal"].kubeconfig)

    run = inside(
        "compare", STAGING, f"{STAGING}@playback", "-o", "json", "--kubeconfig", kubeconfig
    )

    first, second = json.loads(run.stdout)["environments"]
    assert run.returncode == 0
    assert (first["name"], second["name"]) == (STAGING, f"{STAGING}@playback")
    assert first["context"] == second["context"] == "playback"
    assert first["fingerprint"] == second["fingerprint"]


@pytest.mark.parametrize(
    ("option", "status", "said"),
    [
        ((), 0, "Platform: same, in one cluster: "),
        (("--platform",), 0, "Platform: same, in one cluster: "),
        (("--no-platform",), 0, "Platform: none: nothing was looked at outside "),
    ],
)
def test_the_platform(inside: Program, option: tuple[str, ...], status: int, said: str) -> None:
    """What lies outside is said beside the verdict, unless nobody is to look."""
    place = "bookshop-production"
    with PlaybackServer(RECORDINGS["equal"].parent / "platform" / "blue.jsonl.gz") as server:
        run = inside("compare", place, place, *option, KUBECONFIG=str(server.kubeconfig))
        asked = {request.path for request in server.requests}

    assert run.returncode == status
    assert said in run.stdout
    assert any(path.endswith("clusterrolebindings") for path in asked) is (
        option != ("--no-platform",)
    )


def test_held_to_the_platform(inside: Program, one: str) -> None:
    """With `--platform`, files prove nothing: nobody looked outside of them."""
    run = inside("compare", one, one, "--platform")

    assert run.returncode == 3
    assert "nothing was looked at outside" in run.stdout
