"""Here values become bytes and bytes become values: YAML, snapshot files, the JSON of answers.

What comes in is bytes that somebody else has read, or values of the model.
What goes out is the other of the two, the same every time, or an error that names the place.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.codec._audits import AUDIT_SCHEMA, audit_json, is_audit, read_audit
    from driftcheck.codec._histories import (
        blame_json,
        drift_json,
        log_json,
        pruning_json,
        read_heads,
        signature_json,
        wholeness_json,
    )
    from driftcheck.codec._json import LOG_COMMAND, indented_json, inert_json
    from driftcheck.codec._limits import (
        TOO_DEEP,
        TOO_MANY,
        has_too_many_values,
        is_too_deep,
        may_be_too_deep,
    )
    from driftcheck.codec._lines import Lines
    from driftcheck.codec._metadata import metadata_problem
    from driftcheck.codec._parts import coverage_record
    from driftcheck.codec._portions import (
        FACT,
        Portion,
        Portions,
        key_of,
        portions_of,
        reference_of,
        root_of,
        snapshot_from,
    )
    from driftcheck.codec._records import (
        Record,
        Step,
        body_text,
        marker_bytes,
        pruned_bytes,
        read_marker,
        read_record,
        read_state,
        read_tag,
        record_bytes,
        record_of,
        state_bytes,
        tag_bytes,
    )
    from driftcheck.codec._results import (
        IMAGES_SCHEMA,
        RESULT_SCHEMA,
        finding_record,
        image_table_json,
        read_result,
        result_json,
    )
    from driftcheck.codec._saved import told
    from driftcheck.codec._snapshots import (
        SNAPSHOT_SCHEMA,
        is_snapshot,
        most_bytes,
        read_snapshot,
        snapshot_bytes,
    )
    from driftcheck.codec._strict import strict_json
    from driftcheck.codec._verifications import VERIFICATION_SCHEMA, verification_json
    from driftcheck.codec._wholeness import contradiction
    from driftcheck.codec._yaml import (
        KnownTexts,
        LocatedDocument,
        located_documents,
        yaml_as_written,
        yaml_documents,
    )

__all__ = [
    "AUDIT_SCHEMA",
    "FACT",
    "IMAGES_SCHEMA",
    "LOG_COMMAND",
    "RESULT_SCHEMA",
    "SNAPSHOT_SCHEMA",
    "TOO_DEEP",
    "TOO_MANY",
    "VERIFICATION_SCHEMA",
    "KnownTexts",
    "Lines",
    "LocatedDocument",
    "Portion",
    "Portions",
    "Record",
    "Step",
    "audit_json",
    "blame_json",
    "body_text",
    "contradiction",
    "coverage_record",
    "drift_json",
    "finding_record",
    "has_too_many_values",
    "image_table_json",
    "indented_json",
    "inert_json",
    "is_audit",
    "is_snapshot",
    "is_too_deep",
    "key_of",
    "located_documents",
    "log_json",
    "marker_bytes",
    "may_be_too_deep",
    "metadata_problem",
    "most_bytes",
    "portions_of",
    "pruned_bytes",
    "pruning_json",
    "read_audit",
    "read_heads",
    "read_marker",
    "read_record",
    "read_result",
    "read_snapshot",
    "read_state",
    "read_tag",
    "record_bytes",
    "record_of",
    "reference_of",
    "result_json",
    "root_of",
    "signature_json",
    "snapshot_bytes",
    "snapshot_from",
    "state_bytes",
    "strict_json",
    "tag_bytes",
    "told",
    "verification_json",
    "wholeness_json",
    "yaml_as_written",
    "yaml_documents",
]
