"""Owns signed notes: text and the Ed25519 signatures under it (c2sp.org/signed-note).

No kept library does this for Python; the format is a page. Must not know what a text says.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519 = b"\x01"
_DASH = "— "
_MOST_BYTES = 1 << 20
_ID, _PUBLIC = 4, 32
_SPACE = 0x20


class BadNote(Exception):
    """Not a note, or none that a key we know has signed; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A named Ed25519 key. ``public``: 32 raw bytes."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """The four bytes by which a signature names its key."""
        named = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(named).digest()[:_ID]

    @property
    def vkey(self) -> str:
        """The key as ``name+hash+base64``, the form that C2SP tools take."""
        key = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.key_hash.hex()}+{key}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether the key made this signature over this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note taken apart; nothing is verified yet. ``text`` ends in a newline."""

    text: str
    signatures: tuple[Signature, ...]


def raw_public(public: Ed25519PublicKey) -> bytes:
    """A key's 32 bytes."""
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_vkey(vkey: str) -> Verifier:
    """Reads ``name+hash+base64``.

    Raises:
        BadNote: it is none, no Ed25519 key, or the hash is another key's.
    """
    try:
        name, key_hash, encoded = vkey.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise BadNote(f"not a verifier key: {vkey[:80]!r}") from error
    found = Verifier(name=name, public=key[1:])
    if key[:1] != ED25519 or len(key) != 1 + _PUBLIC or found.key_hash.hex() != key_hash:
        raise BadNote(f"not an Ed25519 verifier key: {vkey[:80]!r}")
    return found


def signed(text: str, *signatures: tuple[Verifier, bytes]) -> bytes:
    """A note of this text under these signatures.

    Raises:
        ValueError: the text cannot be a note's, or a name cannot be a key's.
    """
    if not text.endswith("\n") or any(ord(c) < _SPACE and c != "\n" for c in text):
        raise ValueError("a note's text ends in a newline and holds no other control character")
    lines = []
    for key, signature in signatures:
        if not key.name or "+" in key.name or any(c.isspace() for c in key.name):
            raise ValueError(f"{key.name!r} cannot name a key")
        lines.append(f"{_DASH}{key.name} {base64.b64encode(key.key_hash + signature).decode()}\n")
    return (text + "\n" + "".join(lines)).encode()


def parse(data: bytes) -> Note:
    """Takes a note apart.

    Raises:
        BadNote: it is not one.
    """
    if len(data) > _MOST_BYTES:
        raise BadNote("larger than any note")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadNote("not UTF-8") from error
    if any(ord(c) < _SPACE and c != "\n" for c in whole):
        raise BadNote("holds control characters")
    text, blank, under = whole.rpartition("\n\n")
    if not blank or not under.endswith("\n"):
        raise BadNote("no signatures under a blank line")
    return Note(text=text + "\n", signatures=tuple(map(_signature, under[:-1].split("\n"))))


def opened(data: bytes, known: Iterable[Verifier]) -> tuple[str, tuple[Verifier, ...]]:
    """The text of a note, and which of the known keys signed it. Others' signatures are ignored.

    Raises:
        BadNote: not a note, a known key's signature is wrong, or none is a known key's.
    """
    note = parse(data)
    keys = {(key.name, key.key_hash): key for key in known}
    signers = []
    for line in note.signatures:
        key = keys.get((line.name, line.key_hash))
        if key is None:
            continue
        if not key.accepts(note.text, line.signature):
            raise BadNote(f"the signature of {key.name}+{key.key_hash.hex()} is wrong")
        signers.append(key)
    if not signers:
        names = ", ".join(f"{s.name}+{s.key_hash.hex()}" for s in note.signatures)
        raise BadNote(f"signed by no key of ours, but by {names}")
    return note.text, tuple(signers)


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not name or "+" in name:
        raise BadNote(f"not a signature line: {line[:80]!r}")
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise BadNote(f"not base64: {encoded[:80]!r}") from error
    if len(data) <= _ID:
        raise BadNote("a signature without bytes")
    return Signature(name=name, key_hash=data[:_ID], signature=data[_ID:])
