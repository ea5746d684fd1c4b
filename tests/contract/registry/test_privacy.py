"""What a capture node is told of a camera, from the register in the real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from pipelines.demo.authority import register
from pipelines.registry.bring import bring_in, take_out
from pipelines.registry.fill import written
from pipelines.registry.privacy import policy_of
from pipelines.registry.sheets import write_folder
from pipelines.registry.types import PrivacyMask, Register
from pipelines.registry.write import write_register
from pipelines.store import Database
from tests.unit.demo.known import DAY_START_MS

CORNER = ((0.0, 0.0), (0.25, 0.0), (0.25, 0.5))
LATER_MS = DAY_START_MS + 3_600_000
MASK = PrivacyMask(
    mask_id="window", placement_id="pool-camera", polygon=CORNER, why="邻居的窗",
    masked_by_camera=False, valid_from_ms=DAY_START_MS, valid_to_ms=LATER_MS,
)  # fmt: skip


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """A migrated database with an empty register."""
    async with Database(fresh_database_url, max_size=2) as opened:
        yield opened


def with_masks(*masks: PrivacyMask) -> Register:
    """The demo's authority with masks."""
    return msgspec.structs.replace(register(DAY_START_MS), privacy_masks=masks)


async def test_masks_come_back_byte_for_byte(database: Database, tmp_path: Path) -> None:
    """Masks through the sheets, like zones."""
    own = msgspec.structs.replace(MASK, mask_id="screen", masked_by_camera=True, valid_to_ms=None)
    write_folder(tmp_path / "in", written(with_masks(MASK, own)))
    brought = await bring_in(database, [tmp_path / "in"], who="wang", now_ms=DAY_START_MS)
    assert brought.faults == ()
    await take_out(database, tmp_path / "out")
    name = "privacy_masks.csv"
    assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()


async def test_masks_by_their_dates(database: Database) -> None:
    """OFF-13: no unmasked main stream while a mask holds that the camera does not paint."""
    await write_register(database, with_masks(MASK))
    now = await policy_of(database, "pool-camera", DAY_START_MS)
    assert (now.allowed, now.code, now.masks) == (True, "ok", (CORNER,))
    assert not now.may_record
    later = await policy_of(database, "pool-camera", LATER_MS)
    assert (later.masks, later.may_record) == ((), True)


async def test_masked_by_the_camera_itself(database: Database) -> None:
    """One mask that it does not paint is enough to refuse."""
    painted = msgspec.structs.replace(MASK, masked_by_camera=True)
    await write_register(database, with_masks(painted))
    assert (await policy_of(database, "pool-camera", DAY_START_MS)).may_record
    await write_register(database, with_masks(msgspec.structs.replace(MASK, mask_id="other")))
    both = await policy_of(database, "pool-camera", DAY_START_MS)
    assert (len(both.masks), both.masked_by_camera, both.may_record) == (2, False, False)


async def test_who_is_not_captured(database: Database) -> None:
    """OFF-10: unknown, no camera, nowhere, removed, in a forbidden place; each says why."""
    authority = with_masks()
    await write_register(database, authority)

    async def code(camera_id: str, at_ms: int = DAY_START_MS) -> str:
        policy = await policy_of(database, camera_id, at_ms)
        assert policy.allowed == (policy.code == "ok")
        assert policy.allowed or camera_id in policy.why
        return policy.code

    assert await code("pool-camera") == "ok"
    assert await code("nobody") == "unregistered"
    assert await code("pool-probe") == "no_camera"
    await write_register(database, _camera(authority, removed_ms=LATER_MS))
    assert await code("pool-camera", LATER_MS) == "removed"
    assert await code("pool-camera", LATER_MS - 1) == "ok"
    await write_register(database, _point(authority, "toilet"))
    assert await code("pool-camera") == "forbidden_place"


async def test_a_camera_that_stands_nowhere(database: Database) -> None:
    """Its placement has ended."""
    authority = register(DAY_START_MS)
    placements = tuple(
        msgspec.structs.replace(one, to_ms=LATER_MS) if one.device_id == "pool-camera" else one
        for one in authority.placements
    )
    await write_register(database, msgspec.structs.replace(authority, placements=placements))
    assert (await policy_of(database, "pool-camera", LATER_MS)).code == "not_placed"


def _camera(authority: Register, *, removed_ms: int) -> Register:
    devices = tuple(
        msgspec.structs.replace(one, removed_ms=removed_ms)
        if one.device_id == "pool-camera"
        else one
        for one in authority.devices
    )
    return msgspec.structs.replace(authority, devices=devices)


def _point(authority: Register, kind: str) -> Register:
    of = next(p.point_id for p in authority.placements if p.device_id == "pool-camera")
    points = tuple(
        msgspec.structs.replace(one, kind=kind) if one.point_id == of else one
        for one in authority.points
    )
    return msgspec.structs.replace(authority, points=points)
