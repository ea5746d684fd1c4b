"""Where no camera may stand: refused at the row and cell that would put one there."""

from __future__ import annotations

import pytest

from pipelines.demo.authority import register
from pipelines.registry.fill import read_entries, written
from pipelines.registry.judge import judge
from pipelines.registry.kinds import POINT_KINDS, PRIVATE_KINDS
from pipelines.registry.privacy import IN_FORCE_MS, CapturePolicy, is_forbidden
from pipelines.registry.sheets import Fault, Sheet
from pipelines.registry.tables import SHEETS
from pipelines.registry.types import Register
from tests.unit.demo.known import DAY_START_MS

AUTHORITY = written(register(DAY_START_MS))


def sheets(**cells: tuple[str, str, str]) -> list[Sheet]:
    """The demo's authority; of a sheet, the row of this id with another value in a column."""
    changed = {name: [list(row) for row in rows] for name, rows in AUTHORITY.items()}
    for sheet, (key, column, value) in cells.items():
        row = next(row for row in changed[sheet][2:] if row[0] == key)
        row[changed[sheet][0].index(column)] = value
    return [
        Sheet(name=name, header=tuple(rows[0]), rows=tuple(enumerate(map(tuple, rows[2:]), 3)))
        for name, rows in changed.items()
    ]


def faults(found: list[Sheet], on_record: Register | None = None) -> list[Fault]:
    """What an import would say of them."""
    return judge(read_entries(found), on_record or Register(), correct=True)[1]


def camera_point() -> str:
    """The point of the demo's pool camera."""
    head, _, *rows = AUTHORITY["placements"]
    return next(r for r in rows if r[1] == "pool-camera")[head.index("point_id")]


@pytest.mark.parametrize("kind", PRIVATE_KINDS)
def test_no_camera_in_a_private_place(kind: str) -> None:
    """OFF-10: each kind of art. 8 is refused at the placement's point, with the law."""
    (fault,) = [
        one
        for one in faults(sheets(points=(camera_point(), "kind", kind)))
        if "pool-camera" in one.wrong
    ]
    assert (fault.sheet, fault.column, fault.value) == ("placements", "point_id", camera_point())
    assert fault.row > 0
    zh, en = PRIVATE_KINDS[kind]
    assert zh in fault.wrong
    assert en in fault.wrong
    assert "公共安全视频图像信息系统管理条例" in fault.wrong


def test_a_point_that_becomes_private_is_refused_too() -> None:
    """The camera is on record; only the point's new kind comes in."""
    on_record = register(DAY_START_MS)
    only = [
        s for s in sheets(points=(camera_point(), "kind", "changing_room")) if s.name == "points"
    ]
    found = faults(only, on_record)
    assert {(f.sheet, f.column, f.value) for f in found} == {("points", "kind", "changing_room")}


def test_a_device_that_becomes_a_camera_is_refused_too() -> None:
    """A sensor may stand in a changing room; called a camera, it may not."""
    head, _, *rows = AUTHORITY["placements"]
    point = next(r for r in rows if r[1] == "pool-probe")[head.index("point_id")]
    on_record = judge(
        read_entries(sheets(points=(point, "kind", "changing_room"))), Register(), correct=True
    )
    assert not [f for f in on_record[1] if "pool-probe" in f.wrong]
    found = faults(
        sheets(points=(point, "kind", "changing_room"), devices=("pool-probe", "kind", "camera"))
    )
    assert [f.sheet for f in found if "camera pool-probe" in f.wrong] == ["placements"]


def test_a_bath_must_say_which_part_of_it() -> None:
    """A point of a public bath that names no part may be the bath itself."""
    found = faults(sheets(points=(camera_point(), "kind", "bath")))
    assert any("public_area" in fault.write for fault in found)
    assert faults(sheets(points=(camera_point(), "kind", "public_area"))) == []


def test_it_is_judged_by_the_law_of_the_day() -> None:
    """A placement that ended before 2025-04-01 stays on record."""
    assert is_forbidden("toilet", None)
    assert is_forbidden("toilet", IN_FORCE_MS + 1)
    assert not is_forbidden("toilet", IN_FORCE_MS)
    assert not is_forbidden("public_area", None)
    assert PRIVATE_KINDS.keys() < POINT_KINDS.keys()


def test_an_unmasked_main_stream_may_not_be_recorded() -> None:
    """The recording copies packets as they are, so only the camera itself can mask them."""
    mask = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    assert CapturePolicy(allowed=True, code="ok").may_record
    assert not CapturePolicy(allowed=True, code="ok", masks=(mask,)).may_record
    assert CapturePolicy(allowed=True, code="ok", masks=(mask,), masked_by_camera=True).may_record
    assert not CapturePolicy(allowed=False, code="removed").may_record


@pytest.mark.parametrize(("text", "wrong"), [("maybe", "not one of the words"), ("", "is blank")])
def test_who_masks_must_be_said(text: str, wrong: str) -> None:
    """Left blank or unclear, nobody would know whether the main stream may be recorded."""
    head = tuple(column.header for column in SHEETS["privacy_masks"].columns)
    row = ("m", "pool-camera", "0 0; 1 0; 1 1", "window", text, "2026-01-01", "")
    sheet = Sheet(name="privacy_masks", header=head, rows=((3, row),))
    (fault,) = faults([sheet], register(DAY_START_MS))
    assert (fault.row, fault.column, fault.write) == (3, "masked_by_camera", "yes | no")
    assert wrong in fault.wrong
