"""Owns putting an authority's register into the database, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from argon2 import PasswordHasher
from stdnum.cn import uscc

from detectors.types import OpeningHours
from pipelines.registry.papers import Document
from pipelines.store import Database


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A supervised party; ``uscc`` is its unified social credit code (GB 32100-2015)."""

    party_id: str
    district_id: str
    uscc: str
    name_zh: str
    name_en: str
    service_email: str

    def __post_init__(self) -> None:
        if not uscc.is_valid(self.uscc):
            raise ValueError(f"{self.party_id}: {self.uscc} is no valid unified social credit code")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Premises of a party. ``gateway_key`` lets its edge gateway in; only its digest is kept."""

    site_id: str
    party_id: str
    kind: str
    name_zh: str
    name_en: str
    hours: OpeningHours
    gateway_key: str


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A sensor or camera at a place of a site."""

    device_id: str
    site_id: str
    kind: str
    place: str
    place_zh: str
    place_en: str
    model: str
    siting_reason: str


class SeriesRow(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of a sensor."""

    series_id: int
    device_id: str
    quantity: str
    unit: str
    interval_s: float
    resolution: float


class ZoneRow(msgspec.Struct, frozen=True, kw_only=True):
    """A zone in a camera's picture; see ``detectors.types.Zone``."""

    zone_id: str
    device_id: str
    kind: str
    polygon: tuple[tuple[float, float], ...]
    crowd_limit: int
    active: str


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in; the password is hashed on the way in."""

    officer_id: str
    name_zh: str
    name_en: str
    role: str
    password: str


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an authority registers."""

    districts: tuple[tuple[str, str, str], ...]
    parties: tuple[Party, ...]
    sites: tuple[Site, ...]
    devices: tuple[Device, ...]
    series: tuple[SeriesRow, ...]
    zones: tuple[ZoneRow, ...]
    documents: tuple[Document, ...]
    officers: tuple[Officer, ...]


async def write_register(database: Database, register: Register) -> None:
    """Inserts the whole register in one transaction."""
    async with database.transaction() as tx:
        for district_id, name_zh, name_en in register.districts:
            await tx.execute(
                "registry_add_district", district_id=district_id, name_zh=name_zh, name_en=name_en
            )
        await tx.execute_many("registry_add_party", _rows(register.parties))
        await tx.execute_many("registry_add_site", [_site(site) for site in register.sites])
        await tx.execute_many("registry_add_device", _rows(register.devices))
        await tx.execute_many("registry_add_series", _rows(register.series))
        await tx.execute_many("registry_add_zone", _rows(register.zones))
        await tx.execute_many("registry_add_document", _rows(register.documents))
        await tx.execute_many("registry_add_officer", [_officer(o) for o in register.officers])


def key_digest(gateway_key: str) -> str:
    """What is stored of a gateway's key."""
    return hashlib.sha256(gateway_key.encode()).hexdigest()


def _rows(things: Iterable[msgspec.Struct]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(thing) for thing in things]


def _site(site: Site) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(site)
    row["gateway_key_sha256"] = key_digest(row.pop("gateway_key"))
    return row


def _officer(officer: Officer) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(officer)
    row["password_hash"] = PasswordHasher().hash(row.pop("password"))
    return row
