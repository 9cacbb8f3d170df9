"""The same answer in words that other tools know: a passed check (SVR), and a summary (VSA).

https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md
https://slsa.dev/spec/v1.1/verification_summary
"""

from __future__ import annotations

from typing import Any

from driftcheck.model import PlatformVerdict, Verdict
from driftcheck.proof._predicates import DOMAIN, Comparison, utc_text

SVR = "https://in-toto.io/attestation/svr/v0.2"
VSA = "https://slsa.dev/verification_summary/v1"
_PASSED = (Verdict.IDENTICAL, Verdict.EQUIVALENT)
_NO_POLICY = f"{DOMAIN}/policies/none"
"""What a summary, which must name a policy, names where nothing is expected to differ."""


def passes(comparison: Comparison) -> bool:
    """Whether a comparison is one that a gate lets through."""
    return comparison.verdict in _PASSED


def svr_json(comparison: Comparison) -> dict[str, Any]:
    """A passed comparison as a Simple Verification Result, which can say nothing else."""
    policy = comparison.policy
    return {
        "verifier": {"id": DOMAIN, "policies": [_policy(policy.digest)] if policy else []},
        "timeCreated": utc_text(comparison.made),
        "properties": list(_properties(comparison)),
    }


def vsa_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison as a SLSA Verification Summary, in which whatever is no pass has failed."""
    passed = passes(comparison)
    policy = comparison.policy
    return {
        "verifier": {"id": DOMAIN, "version": {"driftcheck": comparison.tool.version}},
        "timeVerified": utc_text(comparison.made),
        "resourceUri": _resource(comparison),
        "policy": {"uri": DOMAIN, **_policy(policy.digest)} if policy else {"uri": _NO_POLICY},
        "verificationResult": "PASSED" if passed else "FAILED",
        "verifiedLevels": list(_properties(comparison)) if passed else ["FAILED"],
    }


def _properties(comparison: Comparison) -> list[str]:
    found = [f"DRIFTCHECK_{comparison.verdict.value.upper()}"]
    if comparison.platform.verdict is PlatformVerdict.SAME:
        found.append("DRIFTCHECK_PLATFORM_SAME")
    return found


def _policy(digest: str) -> dict[str, Any]:
    return {"digest": {"sha256": digest.removeprefix("sha256:")}}


def _resource(comparison: Comparison) -> str:
    """What the summary is about: the environment that is compared with the baseline."""
    last = comparison.environments[-1]
    return f"k8s:{last.cluster or ''}/{last.namespace or ''}"
