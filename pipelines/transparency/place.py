"""Owns where a log lies: its name, its folder, its keys, where its checkpoints are copied to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from pipelines.evidence.keys import Keys
from pipelines.settings import Settings
from pipelines.transparency.checkpoint import SignedCheckpoint, open_checkpoint
from pipelines.transparency.note import Verifier, parse, raw_public


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A log's surroundings. ``origin`` names a log that has no checkpoint yet."""

    origin: str
    folder: Path
    keys: Path
    published: tuple[Path, ...] = ()
    tsa_roots: Path | None = None


def place_of(settings: Settings) -> Place:
    """The place that the settings say."""
    return Place(
        origin=settings.log_origin,
        folder=settings.log_folder,
        keys=settings.keys,
        published=tuple(settings.log_publish),
        tsa_roots=settings.tsa_roots,
    )


def verifier(keys: Keys, key_id: str, origin: str) -> Verifier:
    """One of our keys under the log's name.

    Raises:
        KeyError: we know no such key.
    """
    public = load_pem_public_key(keys.public_pem(key_id))
    assert isinstance(public, Ed25519PublicKey)  # noqa: S101 - ``Keys`` holds no others
    return Verifier(name=origin, public=raw_public(public))


def verifiers(keys: Keys, origin: str) -> list[Verifier]:
    """All our keys, old ones too, under the log's name."""
    return [verifier(keys, key_id, origin) for key_id in keys.known()]


def ours(keys: Keys, data: bytes) -> SignedCheckpoint:
    """Reads a checkpoint that one of our keys must have signed, under the name it claims.

    Raises:
        BadNote: it is none, or none of ours.
    """
    origin = parse(data).text.partition("\n")[0]
    return open_checkpoint(data, verifiers(keys, origin))
