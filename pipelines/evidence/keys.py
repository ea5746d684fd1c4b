"""Owns the Ed25519 keys that seal evidence: one that signs, and all that ever signed.

In the folder: ``signing.pem`` (mode 0600) and a ``<key id>.pub.pem`` for every key there was, so
that what an old key signed stays provable. A key's id is the first 16 hex digits of the SHA-256 of
its 32 raw public bytes; file names are not believed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_PRIVATE = "signing.pem"


class BadKey(Exception):
    """A key file cannot be used; the text names it."""


class Keys:
    """The keys of one folder. The signing key is made when something is first signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._signing: Ed25519PrivateKey | None = None
        self._public = _public_keys(folder)

    @property
    def key_id(self) -> str:
        """The id of the key that signs now."""
        return key_id(self._private().public_key())

    def sign(self, data: bytes) -> bytes:
        """Signs with the current key; 64 bytes."""
        return self._private().sign(data)

    def known(self) -> list[str]:
        """The id of every key there ever was, as the folder says now."""
        self._public |= _public_keys(self.folder)
        return sorted(self._public)

    def knows(self, wanted: str) -> bool:
        """Whether the folder holds that key's public half."""
        return self._known(wanted) is not None

    def verify(self, wanted: str, data: bytes, signature: bytes) -> bool:
        """Whether that key, if known, made this signature over these bytes."""
        public = self._known(wanted)
        if public is None:
            return False
        try:
            public.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def public_pem(self, wanted: str) -> bytes:
        """A known key's public half as PEM.

        Raises:
            KeyError: the folder does not hold it.
        """
        public = self._known(wanted)
        if public is None:
            raise KeyError(wanted)
        return _pem(public)

    def _known(self, wanted: str) -> Ed25519PublicKey | None:
        if wanted not in self._public:  # another process may have made it since we looked
            self._public = _public_keys(self.folder)
        return self._public.get(wanted)

    def rotate(self) -> str:
        """Replaces the signing key and returns the new one's id; the old keeps verifying."""
        self._private()
        fresh = Ed25519PrivateKey.generate()
        partial = _written(self.folder, _private_pem(fresh))
        self._publish(fresh.public_key())
        partial.replace(self.folder / _PRIVATE)
        self._signing = fresh
        return self.key_id

    def _private(self) -> Ed25519PrivateKey:
        if self._signing is None:
            path = self.folder / _PRIVATE
            if not path.exists():
                _make(self.folder, path)
            self._signing = _load_private(path)
            self._publish(self._signing.public_key())
        return self._signing

    def _publish(self, public: Ed25519PublicKey) -> None:
        path = self.folder / f"{key_id(public)}.pub.pem"
        if not path.exists():  # whole or not at all: other processes read the folder meanwhile
            _written(self.folder, _pem(public)).replace(path)
        self._public[key_id(public)] = public


def key_id(public: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the raw public key."""
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _make(folder: Path, path: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = _written(folder, _private_pem(Ed25519PrivateKey.generate()))
    try:
        path.hardlink_to(partial)  # of two processes that start at once, one key wins
    except FileExistsError:
        pass
    finally:
        partial.unlink()


def _written(folder: Path, data: bytes) -> Path:
    partial = folder / f".{secrets.token_hex(8)}.tmp"
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return partial


def _load_private(path: Path) -> Ed25519PrivateKey:
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise BadKey(f"{path} is not a private key: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise BadKey(f"{path} is not an Ed25519 key")
    return private


def _public_keys(folder: Path) -> dict[str, Ed25519PublicKey]:
    found = {}
    for path in sorted(folder.glob("*.pub.pem")):
        try:
            public = serialization.load_pem_public_key(path.read_bytes())
        except ValueError as error:
            raise BadKey(f"{path} is not a public key: {error}") from error
        if not isinstance(public, Ed25519PublicKey):
            raise BadKey(f"{path} is not an Ed25519 key")
        found[key_id(public)] = public
    return found


def _private_pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pem(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
