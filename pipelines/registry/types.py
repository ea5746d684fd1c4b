"""Owns the rows of the register: one struct a table, its fields the table's columns.

What each column means to the person who fills it in is said in ``tables.py``. Must not read or
store anything.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec
from stdnum.cn import uscc

from detectors.types import OpeningHours
from pipelines.registry.papers import Damage, Document, Maintenance, Placement

FIRST_UNIT = "authority"
"""The unit that the migrations make; sites and officers belong to it until told otherwise."""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the authority: officers belong to one, a site is supervised by one."""

    unit_id: str
    name_zh: str
    name_en: str


class District(msgspec.Struct, frozen=True, kw_only=True):
    """Where an authority is competent."""

    district_id: str
    name_zh: str
    name_en: str


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


class Participation(msgspec.Struct, frozen=True, kw_only=True):
    """What a party agreed to take part in (OFF-4): ``device`` or ``self_supervision``."""

    participation_id: str
    party_id: str
    kind: str
    number: str
    valid_from_ms: int
    valid_to_ms: int | None = None


class DeliveryAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a party agreed, by signature, to be served (OFF-19)."""

    delivery_id: str
    party_id: str
    method: str
    address: str
    signed_by: str
    signed_ms: int
    valid_from_ms: int
    valid_to_ms: int | None = None


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Premises of a party."""

    site_id: str
    party_id: str
    kind: str
    name_zh: str
    name_en: str
    hours: OpeningHours
    unit_id: str = FIRST_UNIT


class ClosedDays(msgspec.Struct, frozen=True, kw_only=True):
    """Whole days on which a site is shut, both included, in the site's time zone."""

    closure_id: str
    site_id: str
    first_day: dt.date
    last_day: dt.date
    reason: str = ""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device may stand, and why there (OFF-10).

    Attributes:
        place: names the point within its site; what alerts are grouped by.
        kind: its own kind where it differs from the site's, else empty.
        mounting: ``fixed`` or ``mobile``.
        published_location: the location as it was published; empty before.
    """

    point_id: str
    site_id: str
    place: str
    name_zh: str
    name_en: str
    kind: str = ""
    mounting: str = "fixed"
    siting_reason: str = ""
    published_location: str = ""


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor's contract with the clauses it must have (OFF-9)."""

    contract_id: str
    vendor: str
    number: str
    confidentiality_agreement: str
    data_security_duty: str
    intellectual_property: str
    maintenance_duty: str
    valid_from_ms: int
    valid_to_ms: int | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A ``sensor``, a ``camera`` or an officer's ``recorder``.

    Attributes:
        standard: the standard whose parameters it meets (OFF-11).
        custodian: who uses, keeps and answers for it (AV-8).
        capabilities: of AV-7, see ``kinds.CAPABILITIES``.
    """

    device_id: str
    kind: str
    model: str = ""
    standard: str = ""
    contract_id: str | None = None
    custodian: str = ""
    capabilities: tuple[str, ...] = ()
    installed_ms: int = 0
    removed_ms: int | None = None


class SeriesRow(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of a sensor where it stands: a move begins a new series."""

    series_id: int
    placement_id: str
    quantity: str
    unit: str
    interval_s: float
    resolution: float


class ZoneRow(msgspec.Struct, frozen=True, kw_only=True):
    """A zone in a camera's picture from where it stands; see ``detectors.types.Zone``."""

    zone_id: str
    placement_id: str
    kind: str
    polygon: tuple[tuple[float, float], ...]
    crowd_limit: int
    active: str


class PrivacyMask(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a camera's picture that nobody may see, from where the camera stands.

    Attributes:
        polygon: corners as shares (0 to 1) of width and height.
        masked_by_camera: the camera paints it over itself, so that its recording lacks it too.
    """

    mask_id: str
    placement_id: str
    polygon: tuple[tuple[float, float], ...]
    why: str
    masked_by_camera: bool
    valid_from_ms: int
    valid_to_ms: int | None = None


class SiteKey(msgspec.Struct, frozen=True, kw_only=True):
    """Lets a site's edge gateway in; only the key's digest is known."""

    key_sha256: str
    site_id: str
    valid_from_ms: int = 0
    valid_to_ms: int | None = None


class DeviceKey(msgspec.Struct, frozen=True, kw_only=True):
    """Lets one device in; only the key's digest is known."""

    key_sha256: str
    device_id: str
    valid_from_ms: int = 0
    valid_to_ms: int | None = None


class Hj212Station(msgspec.Struct, frozen=True, kw_only=True):
    """The station number (MN) under which a device speaks HJ 212, and its password's digest."""

    mn: str
    valid_from_ms: int
    password_sha256: str
    device_id: str
    valid_to_ms: int | None = None


class Role(StrEnum):
    """What somebody who signs in may do."""

    OFFICER = "officer"
    REVIEWER = "reviewer"
    LEADER = "leader"
    ARCHIVIST = "archivist"
    ANALYST = "analyst"
    ADMIN = "admin"


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in; the password is hashed on the way in."""

    officer_id: str
    name_zh: str
    name_en: str
    role: str
    password: str
    unit_id: str = FIRST_UNIT


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an authority registers; every field but the last is a table of that name."""

    units: tuple[Unit, ...] = (Unit(unit_id=FIRST_UNIT, name_zh="本机关", name_en="The authority"),)
    districts: tuple[District, ...] = ()
    parties: tuple[Party, ...] = ()
    participations: tuple[Participation, ...] = ()
    delivery_addresses: tuple[DeliveryAddress, ...] = ()
    sites: tuple[Site, ...] = ()
    closed_days: tuple[ClosedDays, ...] = ()
    points: tuple[Point, ...] = ()
    contracts: tuple[Contract, ...] = ()
    devices: tuple[Device, ...] = ()
    placements: tuple[Placement, ...] = ()
    series: tuple[SeriesRow, ...] = ()
    zones: tuple[ZoneRow, ...] = ()
    privacy_masks: tuple[PrivacyMask, ...] = ()
    documents: tuple[Document, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    damages: tuple[Damage, ...] = ()
    site_keys: tuple[SiteKey, ...] = ()
    device_keys: tuple[DeviceKey, ...] = ()
    hj212_stations: tuple[Hj212Station, ...] = ()
    officers: tuple[Officer, ...] = ()


TABLES = tuple(name for name in Register.__struct_fields__ if name != "officers")
"""Names of the tables, in an order in which each refers only to earlier ones."""
