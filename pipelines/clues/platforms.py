"""Owns which platforms may hand clues down, read from a file with their keys. Must not send."""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from pipelines.cases.signing import BadSecret, doubt, keys_of
from pipelines.clocks.kinds import Said


class BadPlatforms(Exception):
    """The file of platforms cannot be used; the text says why."""


class Platform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One platform.

    Attributes:
        secret: Standard Webhooks keys (``whsec_...``); sign both ways. Needed with ``url``.
        api_key_sha256: digest of a key that it may send as ``Authorization: Bearer`` instead of
            signing; empty: none.
        url: where receipts and results are posted; empty: they are written to files.
        unit: the unit that gets clues about parties we do not know.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9_-]{0,39}$")]
    name: Said
    secret: str = ""
    api_key_sha256: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")] = ""
    url: str = ""
    unit: str = "authority"


Platforms = Mapping[str, Platform]


def load(path: Path | None) -> Platforms:
    """The platforms of a file, by id; none without a file.

    Raises:
        BadPlatforms: it cannot be read, or a platform could not be trusted or reached.
    """
    if path is None:
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        found = msgspec.convert(table.get("platform", []), list[Platform])
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise BadPlatforms(f"{path}: {error}") from error
    for one in found:
        _check(path, one)
    if len({one.id for one in found}) != len(found):
        raise BadPlatforms(f"{path}: a platform is there twice")
    return {one.id: one for one in found}


def sender_of(
    platforms: Platforms, headers: Mapping[str, str], body: bytes, *, now_ms: int
) -> Platform | str:
    """Who sent this, by signature or key; else why nobody is believed."""
    given = {name.lower(): value for name, value in headers.items()}
    scheme, _, key = given.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key:
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
        fits = [p for p in platforms.values() if hmac.compare_digest(p.api_key_sha256, digest)]
        return fits[0] if fits else "no platform has this key"
    why = "no platform is configured (VIGIL_CLUE_PLATFORMS)"
    for platform in platforms.values():
        if not platform.secret:
            continue
        why = doubt(platform.secret, headers, body, now_ms=now_ms)
        if not why:
            return platform
    return why


def _check(path: Path, platform: Platform) -> None:
    try:
        signs = [prefix for prefix, _ in keys_of(platform.secret) if prefix != "whpk_"]
    except BadSecret as error:
        raise BadPlatforms(f"{path}: {platform.id}: secret: {error}") from error
    if platform.url and urlsplit(platform.url).scheme not in ("http", "https"):
        raise BadPlatforms(f"{path}: {platform.id}: url is no http address")
    if platform.url and not signs:
        raise BadPlatforms(f"{path}: {platform.id}: what is sent to its url must be signed")
