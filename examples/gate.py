"""A promotion gate: a release may go on only where the environments are the same.

    python examples/gate.py                             # two namespaces of a recorded cluster
    python examples/gate.py shop-staging shop@prod-eu   # two of your own

What differs on purpose is said in `driftcheck.yaml` of this folder, if it is there. It ends with
the exit status of `driftcheck compare`: 0 lets the release through.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import driftcheck
from driftcheck.testing import PlaybackServer

RECORDING = Path(__file__).parent / "recordings" / "bookshop-drifted.jsonl.gz"
RECORDED = ("bookshop-staging", "bookshop-production")
POLICY = Path("driftcheck.yaml")
COULD_NOT_START = 2


def main(environments: list[str]) -> int:
    """Compare the environments that were named, or two that were recorded."""
    if environments:
        return decide(
            driftcheck.compare(*environments, policy=POLICY if POLICY.is_file() else None)
        )
    os.environ.setdefault("DRIFTCHECK_SECRET_KEY", secrets.token_hex())
    with PlaybackServer(RECORDING) as server:
        return decide(driftcheck.compare(*RECORDED, kubeconfig=str(server.kubeconfig)))


def decide(result: driftcheck.Result) -> int:
    """Say what stands in the way of the release."""
    print(f"{result.verdict.value}: {'; '.join(result.reasons)}")
    for finding in result.findings:
        print(f"  {finding.category.value}: {finding.object} {finding.path}".rstrip())
    return result.exit_status


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv):
        print(__doc__)
        sys.exit()
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception as error:  # noqa: BLE001 - 1 would say that they differ
        hint = getattr(error, "hint", "")
        print(f"could not compare: {error}\n  {hint}".rstrip(), file=sys.stderr)
        os._exit(COULD_NOT_START)  # whatever is left to print
