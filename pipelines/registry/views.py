"""Owns reference views: what a camera is to see from a moment on, signed by an officer's order.

The signature is Ed25519, by the key that seals evidence, over camera, moment, the picture's digest,
the officer and the time. A view whose signature or digest is wrong is told loudly and never used. A
view is never replaced: a camera moved by order gets another from then on.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import msgspec
import numpy as np
import structlog

from detectors.watching.view import reference_features
from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.footage.ring import recorded
from pipelines.footage.still import still
from pipelines.footage.types import UnreadableVideo
from pipelines.gateways.capture.masks import Masks
from pipelines.registry.privacy import policy_of
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf
from pipelines.transparency.leaf import log as log_leaves

WIDTH_PX = 640
QUALITY = 90
KEYPOINTS_MIN = 60
"""A picture with fewer cannot tell whether the camera was moved."""
_MAY_SIGN = frozenset({"officer", "reviewer", "leader", "admin"})
log = structlog.get_logger()


class BadView(Exception):
    """A reference view cannot be taken; the text says why and what to do."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One reference view; ``picture`` is JPEG, empty while only the rest was read."""

    camera_id: str
    from_ms: int
    sha256: str
    signed_by: str
    signed_ms: int
    key_id: str
    signature: bytes
    picture: bytes = b""

    @property
    def said(self) -> bytes:
        """The bytes that are signed."""
        return canonical(
            {
                "what": "vigil reference view",
                "camera_id": self.camera_id,
                "from_ms": self.from_ms,
                "sha256": self.sha256,
                "signed_by": self.signed_by,
                "signed_ms": self.signed_ms,
            }
        )


Views = dict[str, tuple[View, ...]]


class ReferenceViews:
    """Reads and verifies the views; pictures once read stay, as they never change."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._pictures: dict[str, bytes] = {}

    async def read(self, tx: Transaction) -> Views:
        """All views that may be used, by camera, oldest first."""
        found: dict[str, list[View]] = defaultdict(list)
        for view in await self._all(tx):
            if wrong := self.wrong_with(view):
                log.error(
                    "reference view refused", camera=view.camera_id, from_ms=view.from_ms, why=wrong
                )
                self._pictures.pop(view.sha256, None)  # it may be put right
                continue
            found[view.camera_id].append(view)
        return {camera: tuple(views) for camera, views in found.items()}

    async def of_camera(self, tx: Transaction, camera_id: str) -> list[View]:
        """All views of a camera, usable or not, oldest first."""
        return [view for view in await self._all(tx) if view.camera_id == camera_id]

    async def _all(self, tx: Transaction) -> list[View]:
        rows = await tx.rows("registry_views")
        wanted = [row["sha256"] for row in rows if row["sha256"] not in self._pictures]
        if wanted:
            for row in await tx.rows("registry_view_pictures", digests=wanted):
                self._pictures[row["sha256"]] = bytes(row["picture"])
        return [
            msgspec.convert(row | {"picture": self._pictures[row["sha256"]]}, View) for row in rows
        ]

    def wrong_with(self, view: View) -> str:
        """Why a view may not be used; empty for nothing."""
        if sha256_hex(view.picture) != view.sha256:
            return "the picture is not the one that was signed"
        if not self._keys.verify(view.key_id, view.said, view.signature):
            known = self._keys.knows(view.key_id)
            return "the signature is wrong" if known else f"key {view.key_id} is not known here"
        return ""


def view_at(views: Views, camera_id: str, placed_ms: int, at_ms: int) -> bytes:
    """The picture that holds at a moment for a camera placed since ``placed_ms``; empty for none.

    A view from before the camera was placed where it stands shows another place.
    """
    holds = [v for v in views.get(camera_id, ()) if placed_ms <= v.from_ms <= at_ms]
    return holds[-1].picture if holds else b""


async def sign_view(
    database: Database, keys: Keys, camera_id: str, picture: bytes,
    *, officer_id: str, from_ms: int, now_ms: int,
) -> View:  # fmt: skip
    """Stores a picture as the camera's reference view from a moment on.

    It is scaled to at most 640 px, and the camera's privacy masks are painted over it.

    Raises:
        BadView: no camera or officer of that name, a camera that may not be captured, no picture
            or one with too little in it, or a moment not after the view before.
        Transient: the database cannot be reached.
    """
    policy = await policy_of(database, camera_id, from_ms)
    if not policy.allowed:
        raise BadView(policy.why)
    jpeg = _fitted(picture, Masks(policy.masks))
    digest = sha256_hex(jpeg)
    view = View(
        camera_id=camera_id, from_ms=from_ms, sha256=digest, signed_by=officer_id,
        signed_ms=now_ms, key_id=keys.key_id, signature=b"", picture=jpeg,
    )  # fmt: skip
    view = msgspec.structs.replace(view, signature=keys.sign(view.said))
    async with database.transaction() as tx:
        await tx.row("registry_hold")
        await _check(tx, view)
        await tx.execute("registry_put_view", **msgspec.structs.asdict(view))
        await log_leaves(tx, _leaf(view))
        await tx.execute("registry_bump")
    return view


def _leaf(view: View) -> Leaf:
    body = {"what": "reference_view", "from_ms": view.from_ms, "sha256": view.sha256}
    return Leaf(
        kind=Kind.REGISTER, subject=view.camera_id, at_ms=view.signed_ms,
        body={**body, "signed_by": view.signed_by, "key_id": view.key_id},
    )  # fmt: skip


async def _check(tx: Transaction, view: View) -> None:
    row = await tx.row("registry_view_holders", camera_id=view.camera_id, officer_id=view.signed_by)
    found = row or {}
    if found.get("device_kind") != "camera":
        raise BadView(f"the register has no camera {view.camera_id}")
    if found.get("role") not in _MAY_SIGN:
        raise BadView(f"{view.signed_by} is no officer who may sign a reference view")
    last_ms = found.get("last_ms")
    if last_ms is not None and view.from_ms <= last_ms:
        raise BadView(f"{view.camera_id} has a view from {last_ms}: a new one begins after it")


def recorded_picture(recordings: Path, camera_id: str) -> bytes:
    """The newest recorded picture of a camera, JPEG.

    Raises:
        BadView: nothing was recorded that can be decoded.
    """
    for _, path in reversed(recorded(recordings, camera_id)[-3:]):
        try:
            return still(path, 0.0, width_px=WIDTH_PX, quality=QUALITY)
        except UnreadableVideo as error:
            log.warning("recorded part not decoded", camera=camera_id, error=str(error))
    raise BadView(f"{camera_id} has no recording in {recordings}; name a picture file")


def _fitted(picture: bytes, masks: Masks) -> bytes:
    raw = np.frombuffer(picture, np.uint8)
    bgr = cv2.imdecode(raw, cv2.IMREAD_COLOR) if len(raw) else None
    if bgr is None:
        raise BadView(f"{len(picture)} bytes that are no JPEG or PNG")
    height, width = bgr.shape[:2]
    scale = min(1.0, WIDTH_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", masks.paint(small), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    jpeg = bytes(data.tobytes())
    points = len(reference_features(jpeg).points)
    if points < KEYPOINTS_MIN:
        raise BadView(
            f"the picture shows too little to tell later whether the camera was moved: {points} "
            f"keypoints, {KEYPOINTS_MIN} are needed; take one in good light with the lens clear"
        )
    return jpeg
