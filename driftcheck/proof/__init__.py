"""Here a comparison's answer becomes a statement that others can check, and is checked.

What comes in is a result with what it rests on, or a file that somebody else wrote.
What goes out is a statement, signed or not, or what of one holds.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.proof._demands import Demands
    from driftcheck.proof._entries import digest_of, entries_of, fingerprint_of
    from driftcheck.proof._envelopes import (
        BUNDLE_TYPE,
        PAYLOAD_TYPE,
        pre_authentication,
    )
    from driftcheck.proof._keys import (
        PublicKey,
        Signer,
        read_private_key,
        read_public_key,
    )
    from driftcheck.proof._predicates import (
        COMPARISON,
        Comparison,
        Evidence,
        Options,
        Record,
        comparison_of,
    )
    from driftcheck.proof._signing import sign_payload
    from driftcheck.proof._statements import (
        STATEMENT,
        PredicateKind,
        Said,
        read_statement,
        running_images,
        say,
    )
    from driftcheck.proof._summaries import SVR, VSA, passes
    from driftcheck.proof._times import AskTime
    from driftcheck.proof._trees import inclusion_of, root_by, tree_root
    from driftcheck.proof._verifying import Grounds, Recomputed, verify_bundle, verify_newest

__all__ = [
    "BUNDLE_TYPE",
    "COMPARISON",
    "PAYLOAD_TYPE",
    "STATEMENT",
    "SVR",
    "VSA",
    "AskTime",
    "Comparison",
    "Demands",
    "Evidence",
    "Grounds",
    "Options",
    "PredicateKind",
    "PublicKey",
    "Recomputed",
    "Record",
    "Said",
    "Signer",
    "comparison_of",
    "digest_of",
    "entries_of",
    "fingerprint_of",
    "inclusion_of",
    "passes",
    "pre_authentication",
    "read_private_key",
    "read_public_key",
    "read_statement",
    "root_by",
    "running_images",
    "say",
    "sign_payload",
    "tree_root",
    "verify_bundle",
    "verify_newest",
]
