"""Owns the issuing of keys: told once, kept as a digest, never shown again."""

from __future__ import annotations

import secrets

import msgspec

from pipelines.registry.read import read_register
from pipelines.registry.types import DeviceKey, Register, SiteKey
from pipelines.registry.write import key_digest, put_rows
from pipelines.store import Database

KEY_BYTES = 32


class UnknownHolder(Exception):
    """No site or device of that id, or one of each."""


async def issue_key(database: Database, holder: str, *, now_ms: int, replace: bool = False) -> str:
    """Makes a key for a site's gateway or a device, and returns it: it is stored nowhere.

    Args:
        replace: former keys end now; else they go on, so that a gateway can be changed over.

    Raises:
        UnknownHolder: the id is no site's and no device's, or both.
    """
    key = secrets.token_urlsafe(KEY_BYTES)
    async with database.transaction() as tx:
        await tx.row("registry_hold")
        register = await read_register(tx)
        table, new, old = _of(register, holder, key_digest(key), now_ms)
        ended = [
            msgspec.structs.replace(one, valid_to_ms=now_ms)
            for one in old
            if replace and one.valid_to_ms is None and one.valid_from_ms < now_ms
        ]
        await put_rows(tx, {table: [*ended, new]})
        await tx.execute("registry_bump")
    return key


def _of(
    register: Register, holder: str, digest: str, now_ms: int
) -> tuple[str, SiteKey | DeviceKey, list[SiteKey | DeviceKey]]:
    is_site = any(site.site_id == holder for site in register.sites)
    is_device = any(device.device_id == holder for device in register.devices)
    if is_site == is_device:
        what = "both a site and a device" if is_site else "neither a site nor a device"
        raise UnknownHolder(f"{holder} is {what} of the register")
    if is_site:
        site_keys = [key for key in register.site_keys if key.site_id == holder]
        new = SiteKey(key_sha256=digest, site_id=holder, valid_from_ms=now_ms)
        return "site_keys", new, [*site_keys]
    keys = [key for key in register.device_keys if key.device_id == holder]
    mine = DeviceKey(key_sha256=digest, device_id=holder, valid_from_ms=now_ms)
    return "device_keys", mine, [*keys]
