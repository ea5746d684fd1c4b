"""Owns what is claimed of one sealed alert: its rows, its manifest, its leaf. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import Manifest, SealedObject, decode, read
from pipelines.transparency.leaf import Kind

Row = dict[str, Any]
_SOURCES = {"part": Kind.RECORDING_PART, "raw": Kind.RAW_BATCH}


class Gone(Protocol):
    """What a certificate of deletion says of an object (``pipelines.keeping``)."""

    @property
    def certificate_id(self) -> str:
        """The certificate's id."""
        ...

    @property
    def at_ms(self) -> int:
        """When it was signed."""
        ...

    @property
    def basis(self) -> str:
        """Why, for people."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What the log says was sealed.

    Attributes:
        place: names the leaf, such as ``leaf 12``.
        manifest_sha256: None where the leaf's body was erased; whether rightly so is for the
            audit of the log to say.
    """

    place: str
    manifest_sha256: str | None


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """The rows of one piece of evidence.

    Attributes:
        alert: the alert's row; empty when it is gone.
        logged: its leaf in the log; None when there is none.
    """

    row: Row
    objects: list[Row]
    alert: Row
    logged: Logged | None
    keys: Keys

    @cached_property
    def data(self) -> bytes:
        """The manifest's bytes."""
        return bytes(self.row["manifest"])

    @cached_property
    def signed(self) -> bool:
        """Whether the signature is one of ours over these very bytes."""
        return self.keys.verify(self.row["key_id"], self.data, bytes(self.row["signature"]))

    @cached_property
    def manifest(self) -> Manifest | None:
        """The manifest, where it can be read. What is signed is not put in canonical form again."""
        try:
            return read(self.data) if self.signed else decode(self.data)
        except ValueError:
            return None

    @property
    def claimed(self) -> list[SealedObject]:
        """The objects as the manifest names them; none when it cannot be read."""
        return self.manifest.objects if self.manifest else []


def sources(items: list[SealedObject]) -> Iterator[tuple[SealedObject, Kind]]:
    """The objects that were there before the alert, with the kind of leaf each should have."""
    for item in items:
        if item.role in _SOURCES:
            yield item, _SOURCES[item.role]
