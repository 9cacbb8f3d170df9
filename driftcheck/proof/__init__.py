"""Here a comparison's answer becomes a statement that others can check, and is checked.

What comes in is a result with what it rests on, the heads of a store of looks, or a file that
somebody else wrote.
What goes out is a statement, signed or not, or what of one holds.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.proof._demands import Demands
    from driftcheck.proof._entries import digest_of, fingerprint_of
    from driftcheck.proof._envelopes import (
        BUNDLE_TYPE,
        BundleError,
        Envelope,
        pre_authentication,
    )
    from driftcheck.proof._heads import open_heads, sign_heads
    from driftcheck.proof._keys import (
        PublicKey,
        Signer,
        read_private_key,
        read_public_key,
    )
    from driftcheck.proof._predicates import (
        COMPARISON,
        HEADS,
        Comparison,
        Evidence,
        Options,
        Record,
        comparison_of,
    )
    from driftcheck.proof._signing import SignatureError, open_bundle, sign_payload
    from driftcheck.proof._statements import (
        PredicateKind,
        StatementError,
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
    "HEADS",
    "SVR",
    "VSA",
    "AskTime",
    "BundleError",
    "Comparison",
    "Demands",
    "Envelope",
    "Evidence",
    "Grounds",
    "Options",
    "PredicateKind",
    "PublicKey",
    "Recomputed",
    "Record",
    "SignatureError",
    "Signer",
    "StatementError",
    "comparison_of",
    "digest_of",
    "fingerprint_of",
    "inclusion_of",
    "open_bundle",
    "open_heads",
    "passes",
    "pre_authentication",
    "read_private_key",
    "read_public_key",
    "root_by",
    "running_images",
    "say",
    "sign_heads",
    "sign_payload",
    "tree_root",
    "verify_bundle",
    "verify_newest",
]
