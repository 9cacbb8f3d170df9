"""How long until the program answers from itself: `python -m benchmarks.start`.

Each in a process of its own, in turn: bare Python, then what a Tab press, a look at the
help and an import wait for. The aims are 8 times bare Python for the program, 5 for the
import.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks._turns import in_turn, show

BARE = "python -c pass"
DRIFTCHECK = str(Path(sys.executable).with_name("driftcheck"))


def main() -> None:
    """Measure, and print the table."""
    tab = ("_DRIFTCHECK_COMPLETE=bash_complete", "COMP_WORDS=driftcheck comp", "COMP_CWORD=1")
    commands = {
        BARE: [sys.executable, "-c", "pass"],
        "import click": [sys.executable, "-c", "import click"],
        "import driftcheck": [sys.executable, "-c", "import driftcheck"],
        "driftcheck --version": [DRIFTCHECK, "--version"],
        "driftcheck --help": [DRIFTCHECK, "--help"],
        "driftcheck compare --help": [DRIFTCHECK, "compare", "--help"],
        "driftcheck comp<Tab>": ["env", *tab, DRIFTCHECK],
        "kubectl --help": ["kubectl", "--help"],
        "kubectl version --client": ["kubectl", "version", "--client"],
    }
    aims = {name: 8.0 for name in commands if name.startswith("driftcheck")}
    aims["import driftcheck"] = 5.0
    show("From a standing start", in_turn(commands), BARE, aims)


if __name__ == "__main__":
    main()
