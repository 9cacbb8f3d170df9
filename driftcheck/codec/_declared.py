"""What was declared of a place, as snapshot files have it."""

from __future__ import annotations

from typing import Self

import msgspec

from driftcheck.codec._bodies import Written, body_of, written
from driftcheck.codec._rows import RowInFile, SecretsInFile
from driftcheck.model import Declaration, Declarer, Document, Origin, Snapshot


class DeclarationInFile(msgspec.Struct, rename="camel"):
    """Whose record it is, and of which place."""

    by: Declarer
    namespace_uid: str | None
    gaps: tuple[str, ...]
    nothing: str

    @classmethod
    def of(cls, declaration: Declaration) -> Self:
        """A declaration, as it is saved."""
        return cls(
            by=declaration.by,
            namespace_uid=declaration.namespace_uid,
            gaps=declaration.gaps,
            nothing=declaration.nothing,
        )

    def read(self) -> Declaration:
        """The declaration."""
        return Declaration(self.by, self.namespace_uid, self.gaps, self.nothing)


class DeclaredInFile(msgspec.Struct, rename="camel"):
    """A declaration beside the look that it was read with, which says the rest of it."""

    name: str
    secrets: SecretsInFile | None
    coverage: list[RowInFile]
    objects: list[Written]
    warnings: tuple[str, ...]
    declaration: DeclarationInFile | None

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """What was declared, as it is saved."""
        key_id, declaration = snapshot.secret_key_id, snapshot.declaration
        return cls(
            name=snapshot.name,
            secrets=None if key_id is None else SecretsInFile(key_id),
            coverage=list(map(RowInFile.of, snapshot.coverage)),
            objects=[written(document.body) for document in snapshot.documents],
            warnings=snapshot.warnings,
            declaration=None if declaration is None else DeclarationInFile.of(declaration),
        )

    def read(self, look: Snapshot) -> Snapshot:
        """What was declared of the place that was looked at."""
        return Snapshot(
            name=self.name,
            origin=Origin.MANIFESTS,
            context=look.context,
            namespace=look.namespace,
            window=look.window,
            server_version=None,
            secret_key_id=None if self.secrets is None else self.secrets.key_id,
            coverage=tuple(row.read() for row in self.coverage),
            documents=tuple(Document(body_of(written)) for written in self.objects),
            schemas=look.schemas,
            warnings=self.warnings,
            declaration=None if self.declaration is None else self.declaration.read(),
        )
