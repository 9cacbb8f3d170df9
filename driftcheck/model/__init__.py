"""The words of driftcheck: frozen values, and nothing that acts on the world.

What comes in is what other rooms have seen or concluded.
What goes out is the one type for each thing that a report can print.
"""

from driftcheck.model._coverage import (
    EVERY_KIND,
    Coverage,
    KindCoverage,
    ReadStatus,
    unseen,
    with_exclusions,
)
from driftcheck.model._findings import (
    SEVERITY,
    Category,
    Change,
    Difference,
    Expectation,
    Finding,
    Writer,
)
from driftcheck.model._images import (
    ClusterNode,
    ContainerImage,
    Contents,
    IdentityKind,
    ImageContent,
    ImageIdentity,
    ImageRow,
    ImageTable,
    RunningContainer,
    RunningWorkload,
)
from driftcheck.model._paths import Field, FieldPath, Index, Item, Member, Step, format_path
from driftcheck.model._references import NAMESPACE, SECRET, GroupKind, ObjectReference, group_of
from driftcheck.model._renamings import Renaming, parse_renaming
from driftcheck.model._results import (
    Environment,
    Result,
    RuleHits,
    Verdict,
)
from driftcheck.model._scope import ONLY_KINDS, Requirement, Scope, parse_selector
from driftcheck.model._snapshots import Document, FilePath, Origin, Snapshot, Window
from driftcheck.model._states import Object, State
from driftcheck.model._trees import (
    NAMESPACE_TOKEN,
    Bag,
    Entries,
    Keyed,
    Members,
    Node,
    Reading,
    SecretValue,
    SkewedField,
    as_seen,
    canonical_bytes,
    is_empty,
    same,
)
from driftcheck.model._words import counted

__all__ = [
    "EVERY_KIND",
    "NAMESPACE",
    "NAMESPACE_TOKEN",
    "ONLY_KINDS",
    "SECRET",
    "SEVERITY",
    "Bag",
    "Category",
    "Change",
    "ClusterNode",
    "ContainerImage",
    "Contents",
    "Coverage",
    "Difference",
    "Document",
    "Entries",
    "Environment",
    "Expectation",
    "Field",
    "FieldPath",
    "FilePath",
    "Finding",
    "GroupKind",
    "IdentityKind",
    "ImageContent",
    "ImageIdentity",
    "ImageRow",
    "ImageTable",
    "Index",
    "Item",
    "Keyed",
    "KindCoverage",
    "Member",
    "Members",
    "Node",
    "Object",
    "ObjectReference",
    "Origin",
    "ReadStatus",
    "Reading",
    "Renaming",
    "Requirement",
    "Result",
    "RuleHits",
    "RunningContainer",
    "RunningWorkload",
    "Scope",
    "SecretValue",
    "SkewedField",
    "Snapshot",
    "State",
    "Step",
    "Verdict",
    "Window",
    "Writer",
    "as_seen",
    "canonical_bytes",
    "counted",
    "format_path",
    "group_of",
    "is_empty",
    "parse_renaming",
    "parse_selector",
    "same",
    "unseen",
    "with_exclusions",
]
