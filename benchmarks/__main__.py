"""Every benchmark, one after the other: `python -m benchmarks`, or `make bench`."""

import subprocess
import sys

for name in (
    "start",
    "live",
    "capture",
    "platform",
    "compare",
    "audit",
    "proof",
    "policy",
    "reports",
    "history",
):
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
