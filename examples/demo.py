"""The main job on a recorded cluster: an API server on loopback, and a comparison over HTTP.

Run it with `make demo`. It needs no cluster, no root and no network.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

from driftcheck import Verdict
from driftcheck.testing import PlaybackServer

RECORDING = Path(__file__).parent / "recordings" / "bookshop-drifted.jsonl.gz"
COMPARE = ("compare", "bookshop-staging", "bookshop-production")
ON_YOUR_CLUSTER = """
That was a recording. On your own cluster, with your own kubeconfig:

  {driftcheck} compare NAMESPACE OTHER-NAMESPACE
  {driftcheck} compare NAMESPACE@CONTEXT NAMESPACE@OTHER-CONTEXT
  {driftcheck} capture NAMESPACE -o before.json.gz    # and later:
  {driftcheck} compare ./before.json.gz NAMESPACE
"""


def main() -> int:
    """Play the recording, compare two of its namespaces, and say how to go on."""
    print(f"$ driftcheck {' '.join(COMPARE)}\n", flush=True)
    with PlaybackServer(RECORDING) as server:
        compared = subprocess.run(
            [sys.executable, "-m", "driftcheck", *COMPARE],
            env={
                **os.environ,
                "KUBECONFIG": str(server.kubeconfig),
                "DRIFTCHECK_SECRET_KEY": secrets.token_hex(),
            },
            check=False,
        )
    if compared.returncode != Verdict.DRIFTED.exit_status:
        print(f"\nthis should have ended with 1, not with {compared.returncode}", file=sys.stderr)
        return 1
    print("\nexit status 1: the environments have drifted apart")
    print(ON_YOUR_CLUSTER.format(driftcheck=_program()))
    return 0


def _program() -> str:
    """The program beside this interpreter, as it can be typed from here."""
    return os.path.relpath(Path(sys.executable).with_name("driftcheck"))


if __name__ == "__main__":
    sys.exit(main())
