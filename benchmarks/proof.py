"""What proving costs beside comparing: `python -m benchmarks.proof [--objects N]`.

Two saved snapshots of a large namespace are compared, and proven with a signature; each is a
process of its own, in turn. Then one object is shown, and what was shown is verified, in this
process.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks._turns import in_turn, show
from benchmarks.compare import DRIFTCHECK, made

OBJECTS = 5_000
TURNS = 5
AIM = 1.2
SHOWN = "cm/kube-root-ca.crt-0077"


def main() -> None:
    """Measure, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=OBJECTS)
    objects = parser.parse_args().objects
    with tempfile.TemporaryDirectory() as name:
        folder = made(Path(name), objects)
        key, public = make_keys(folder)
        pair = [str(folder / f"{each}.json") for each in ("left", "equal")]
        file = str(folder / "proof.sigstore.json")
        proving = [DRIFTCHECK, "prove", *pair, "-o", file, "--key", str(key), "--object", SHOWN]
        commands = {
            "driftcheck compare": [DRIFTCHECK, "compare", *pair],
            "driftcheck prove": proving,
        }
        found = in_turn(commands, turns=TURNS)
        show(f"{objects:,} objects", found, "driftcheck compare", {"driftcheck prove": AIM})
        print(f"one object's inclusion, verified: {verified(file, public) * 1000:.1f} ms")


def make_keys(folder: Path) -> tuple[Path, Path]:
    """A key to sign with, and its public half."""
    key, public = folder / "key.pem", folder / "key.pub"
    curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    for line in (("genpkey", *curve, "-out", key), ("pkey", "-in", key, "-pubout", "-out", public)):
        subprocess.run(["openssl", *line], check=True, capture_output=True)  # noqa: S607
    return key, public


def verified(file: str, public: Path) -> float:
    """How many seconds it takes to verify what a statement shows of one object."""
    import driftcheck

    driftcheck.verify(file, key=public, objects=SHOWN).require()
    started = perf_counter()
    driftcheck.verify(file, key=public, objects=SHOWN).require()
    return perf_counter() - started


if __name__ == "__main__":
    main()
