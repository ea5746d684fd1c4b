"""Owns how long the recording of which camera is kept. Must not touch a recording.

A camera in a public place is kept as ``public_recording`` asks, whatever is set to be shorter;
others as set.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.gateways.capture.disk import Bounds
from pipelines.keeping.policies import Policies, load
from pipelines.settings import Settings
from pipelines.store import Database

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A camera whose recording cannot be kept as long as it must.

    Attributes:
        because: ``setting`` (the gigabytes a camera may take), ``disk``, or ``went`` (parts did go
            before their time; then ``can_days`` is how old the youngest of them was).
    """

    camera_id: str
    because: str
    must_days: float
    can_days: float


async def bounds(
    database: Database, settings: Settings, camera_ids: Sequence[str]
) -> dict[str, Bounds]:
    """How long each camera's recording is kept, by where it stands now.

    Raises:
        Transient: the database cannot be reached.
        BadPolicies: the policies that the settings name cannot be used.
    """
    policies = load(settings.keeping_policies)
    rows = await database.rows("keeping_cameras", camera_ids=list(camera_ids))
    public = {row["camera_id"] for row in rows if row["place_kind"] in policies.public_places.kinds}
    return {
        camera_id: _bounds(settings, policies, public=camera_id in public)
        for camera_id in camera_ids
    }


async def shortfalls(database: Database, settings: Settings, since_ms: int) -> list[Shortfall]:
    """Every camera whose recording cannot be, or since then was not, kept as long as it must.

    What a camera records in a day is measured: by the parts that it closed on its last day.
    """
    rows = await database.rows("keeping_camera_rates")
    limits = await bounds(database, settings, [row["camera_id"] for row in rows])
    found, wanted, held = [], 0.0, 0.0
    for row in rows:
        limit = limits[row["camera_id"]]
        keep_days = limit.keep_s / _DAY_S
        wanted += row["bytes_per_day"] * keep_days
        held += row["bytes_per_day"] * min(keep_days, row["days_recorded"])
        can = settings.recording_keep_gb * 1e9 / max(row["bytes_per_day"], 1.0)
        if can < (must := limit.least_s / _DAY_S):
            found.append(_short(row["camera_id"], "setting", must, can))
    share = _disk_share(settings, wanted, held)
    for row in rows:
        limit = limits[row["camera_id"]]
        can = limit.keep_s / _DAY_S * share
        if limit.least_s and can < (must := limit.least_s / _DAY_S):
            found.append(_short(row["camera_id"], "disk", must, can))
    went = await database.rows("keeping_went_early", since_ms=since_ms)
    return found + [
        _short(row["camera_id"], "went", row["least_h"] / 24, row["kept_h"] / 24) for row in went
    ]


def _bounds(settings: Settings, policies: Policies, *, public: bool) -> Bounds:
    policy = policies["public_recording" if public else "premises_recording"]
    least_s = policy.least.about_days * _DAY_S if policy.least else 0.0
    keep_s = max(settings.recording_keep_h * 3600, least_s)
    most_s = policy.most.about_days * _DAY_S if policy.most else 0.0
    if most_s:
        keep_s = min(keep_s, most_s)
    return Bounds(keep_s=keep_s, least_s=least_s, most_s=most_s)


def _disk_share(settings: Settings, wanted_bytes: float, held_bytes: float) -> float:
    """How much of what is wanted the disk can hold, 1 where all."""
    folder = settings.recordings
    while not folder.exists():
        folder = folder.parent
    room = shutil.disk_usage(folder).free + held_bytes - settings.recording_free_gb * 1e9
    return min(1.0, max(room, 0.0) / wanted_bytes) if wanted_bytes else 1.0


def _short(camera_id: str, because: str, must_days: float, can_days: float) -> Shortfall:
    return Shortfall(
        camera_id=camera_id, because=because, must_days=round(must_days, 1),
        can_days=round(can_days, 1),
    )  # fmt: skip
