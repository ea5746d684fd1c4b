"""Owns where no camera may stand and what of a picture nobody may see.

Asked twice: when the register is filled in, and by a capture node before it opens a camera. The
law: 公共安全视频图像信息系统管理条例 (in force 2025-04-01), art. 8, read in full text: no cameras
in hotel rooms, baths, toilets, changing, nursing and fitting rooms. It is judged by the law of the
day: a placement that ended before is no breach. Must not open a camera.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from pipelines.registry.fill import Entry
from pipelines.registry.kinds import POINT_KINDS, PRIVATE_KINDS
from pipelines.registry.papers import Placement
from pipelines.registry.sheets import Fault
from pipelines.registry.types import Device, Point, Site
from pipelines.store import Database
from pipelines.store.database import Row

LAW = "公共安全视频图像信息系统管理条例 art. 8"
IN_FORCE_MS = 1_743_436_800_000
"""2025-04-01, Beijing time."""

_UNCLEAR = {"bath"}
"""Kinds of premises that are a forbidden place themselves, unless the point says which part."""

Polygon = tuple[tuple[float, float], ...]


class CapturePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a camera may be captured at a moment, and what of its picture.

    Attributes:
        code: ``ok``, ``unregistered``, ``no_camera``, ``removed``, ``not_placed`` or
            ``forbidden_place``.
        why: for people, Chinese and English, with what to do; empty when allowed.
        masks: polygons, shares of width and height, to paint over in every picture that is looked
            at, sent or kept.
        masked_by_camera: the camera paints all of them over itself.
    """

    allowed: bool
    code: str
    why: str = ""
    masks: tuple[Polygon, ...] = ()
    masked_by_camera: bool = False

    @property
    def may_record(self) -> bool:
        """Whether the main stream, whose packets are copied as they are, may be kept."""
        return self.allowed and (not self.masks or self.masked_by_camera)


async def policy_of(database: Database, camera_id: str, at_ms: int) -> CapturePolicy:
    """What the register says of capturing a camera at a moment.

    Raises:
        Transient: the database cannot be reached.
    """
    async with database.transaction() as tx:
        where = await tx.row("privacy_where", device_id=camera_id, at_ms=at_ms)
        refused = _refusal(camera_id, where, at_ms)
        if refused is not None or where is None:
            return refused or _refuse("unregistered", camera_id)
        rows = await tx.rows("privacy_masks_at", placement_id=where["placement_id"], at_ms=at_ms)
    return CapturePolicy(
        allowed=True,
        code="ok",
        masks=tuple(msgspec.convert(row["polygon"], Polygon) for row in rows),
        masked_by_camera=bool(rows) and all(row["masked_by_camera"] for row in rows),
    )


def is_forbidden(place_kind: str, until_ms: int | None) -> bool:
    """Whether a camera that stands in such a place until then breaks the law.

    Args:
        place_kind: of the point, or of the site where the point has none of its own.
        until_ms: None for "still".
    """
    private = place_kind in PRIVATE_KINDS or place_kind in _UNCLEAR
    return private and (until_ms is None or until_ms > IN_FORCE_MS)


def forbidden_faults(
    entries: Sequence[Entry], merged: Mapping[str, Mapping[tuple[Any, ...], msgspec.Struct]]
) -> list[Fault]:
    """Rows by which a camera would stand in a forbidden place, each at the cell that says so.

    Args:
        entries: the rows that were filled in.
        merged: by table and key, what the register would hold.
    """
    named = {(entry.table.name, entry.table.key_of(entry.row)[0]): entry for entry in entries}
    faults = []
    for placement, point, kind in _in_forbidden_places(merged):
        for table, key, field in (
            ("placements", placement.placement_id, "point_id"),
            ("points", point.point_id, "kind"),
            ("devices", placement.device_id, "kind"),
            ("sites", point.site_id, "kind"),
        ):
            if entry := named.get((table, key)):
                faults.append(entry.fault(field, *_said(placement, point, kind)))
                break
    return faults


def _in_forbidden_places(
    merged: Mapping[str, Mapping[tuple[Any, ...], msgspec.Struct]],
) -> Iterator[tuple[Placement, Point, str]]:
    for placement in merged["placements"].values():
        assert isinstance(placement, Placement)  # noqa: S101  of that table
        device = merged["devices"].get((placement.device_id,))
        point = merged["points"].get((placement.point_id,))
        if not isinstance(device, Device) or not isinstance(point, Point):
            continue
        site = merged["sites"].get((point.site_id,))
        kind = point.kind or (site.kind if isinstance(site, Site) else "")
        if device.kind == "camera" and is_forbidden(kind, placement.to_ms):
            yield placement, point, kind


def _said(placement: Placement, point: Point, kind: str) -> tuple[str, str]:
    zh, en = POINT_KINDS[kind]
    wrong = (
        f"puts camera {placement.device_id} into point {point.point_id}, a {en.lower()} ({kind}): "
        f"no camera may stand there 此处（{zh}）禁止安装摄像机 ({LAW})"
    )
    if kind in _UNCLEAR:
        return wrong, "points.kind: which part it is, e.g. public_area; or no camera"
    return wrong, "a point where a camera may stand, or a sensor"


def _refusal(camera_id: str, where: Row | None, at_ms: int) -> CapturePolicy | None:
    if where is None:
        return _refuse("unregistered", camera_id)
    if where["device_kind"] == "sensor":
        return _refuse("no_camera", camera_id)
    if where["removed_ms"] is not None and where["removed_ms"] <= at_ms:
        return _refuse("removed", camera_id)
    if where["placement_id"] is None:
        return _refuse("not_placed", camera_id)
    kind = str(where["place_kind"])
    if is_forbidden(kind, at_ms + 1):
        zh, en = POINT_KINDS[kind]
        place = f"{where['point_id']}: {zh} {en.lower()}"
        return _refuse("forbidden_place", camera_id, place)
    return None


_WHY = {
    "unregistered": (
        "摄像机 {} 未登记，不予采集；请先用 vigil registry import 登记设备、点位和安放。"
        "Camera {} is not in the register and is not captured; register it, its point and its "
        "placement with `vigil registry import`."
    ),
    "no_camera": "设备 {} 登记为传感器，不是摄像机。Device {} is registered as a sensor.",
    "removed": "摄像机 {} 登记为已拆除。Camera {} is registered as removed.",
    "not_placed": (
        "摄像机 {} 此刻没有安放记录；请在 placements 中补充。"
        "Camera {} stands nowhere at this moment; add its placement to the register."
    ),
    "forbidden_place": (
        "摄像机 {} 所在点位禁止安装摄像机，不予采集。"
        "Camera {} stands where no camera may be; it is not captured. "
    ),
}


def _refuse(code: str, camera_id: str, place: str = "") -> CapturePolicy:
    why = _WHY[code].format(camera_id, camera_id)
    if code == "forbidden_place":
        why += f"{place} ({LAW})"
    return CapturePolicy(allowed=False, code=code, why=why)
