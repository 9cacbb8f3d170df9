"""What became of a statement that was checked, as JSON: `driftcheck.verification/v1`."""

from __future__ import annotations

from driftcheck.codec._json import indented_json
from driftcheck.model import Verification

VERIFICATION_SCHEMA = "driftcheck.verification/v1"


def verification_json(verification: Verification) -> str:
    """Write what `verify` found, indented, with a newline at the end."""
    verdict = verification.verdict
    return indented_json(
        {
            "schema": VERIFICATION_SCHEMA,
            "holds": verification.holds,
            "passed": verification.exit_status == 0,
            "verdict": verdict.value if verdict else None,
            "environments": verification.environments,
            "key": verification.key,
            "made": verification.made,
            "parts": [
                {"part": it.part.value, "standing": it.standing.value, "says": it.says}
                for it in verification.parts
            ],
        }
    )
