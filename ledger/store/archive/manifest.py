"""The manifest of an archive: what belongs to it, and by which hashes it is known to be whole."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

FILE: Final = "manifest.json"
FORMAT: Final = "attendance-ledger-log"
VERSION: Final = 1
_BYTES_MAX: Final = 64 << 20

Kind = Literal["log", "unrecorded", "data-keys"]
Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class ArchiveError(Exception):
    """An archive cannot be written, or is not what it was; the message says where and what is wrong."""

    def __init__(self, what: str, file: str | None = None, position: int | None = None) -> None:
        place = ", ".join(
            part for part in (file, None if position is None else f"position {position}") if part
        )
        super().__init__(f"{place}: {what}" if place else what)
        self.what = what
        self.file = file
        self.position = position


class _Member(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Part(_Member):
    """One file of an archive."""

    kind: Kind
    # A name and never a way somewhere else.
    file: Annotated[str, StringConstraints(pattern=r"^[a-z-]+-[0-9]{6}\.ndjson\.gz$")]
    first: Annotated[int, Field(ge=1)] | None
    """The position of its first row; None where it holds no rows of the log."""
    last: Annotated[int, Field(ge=1)] | None
    rows: Annotated[int, Field(ge=1)]
    bytes: Annotated[int, Field(ge=1)]
    sha256: Hex


class Head(_Member):
    """The end of the log."""

    position: Count
    recorded_at: str | None
    """When its last request was recorded; None of an empty log."""
    leaf: Hex | None


class Manifest(_Member):
    """Everything that belongs to an archive."""

    format: Literal["attendance-ledger-log"] = FORMAT
    version: Literal[1] = VERSION
    migration: Annotated[int, Field(ge=1)]
    """The last migration of the database that it was made from."""
    rules: list[str]
    """The editions of the rules by which its requests were decided."""
    head: Head
    counts: dict[str, Count]
    parts: list[Part]

    def of_kind(self, kind: Kind) -> list[Part]:
        """The parts of one kind, in order."""
        return [part for part in self.parts if part.kind == kind]

    @property
    def bytes_written(self) -> bytes:
        """The manifest as it is written, its own SHA-256 last."""
        members = self.model_dump()
        return _written({**members, "sha256": sha256(_written(members)).hexdigest()})

    @property
    def sha256(self) -> str:
        """SHA-256 of the file: whoever keeps it apart knows the archive again, every byte of it."""
        return sha256(self.bytes_written).hexdigest()


def read_manifest(directory: Path) -> Manifest:
    """The manifest of an archive.  Raises ArchiveError unless it is there as it was written."""
    file = directory / FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(_BYTES_MAX)
    except OSError as error:
        raise ArchiveError(
            f"There is no {FILE} in {directory}: it is no export, or one that was not finished."
        ) from error
    try:
        members = json.loads(content)
        _refuse_other_formats(members)
        del members["sha256"]
        manifest = Manifest.model_validate(members)
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ArchiveError("it cannot be read: it was changed, or is not whole", FILE) from error
    if manifest.bytes_written != content:
        raise ArchiveError("it was changed after it was written", FILE)
    return manifest


def _refuse_other_formats(members: dict[str, Any]) -> None:
    if members["format"] != FORMAT:
        raise ArchiveError("it is not that of an attendance ledger's log", FILE)
    if isinstance(members["version"], int) and members["version"] > VERSION:
        raise ArchiveError(
            "it was written by a newer version of the attendance ledger: import it with that one",
            FILE,
        )


def _written(members: dict[str, Any]) -> bytes:
    return (json.dumps(members, indent=1, ensure_ascii=False) + "\n").encode()
