"""Devices, acts, gaps, draws and figures over a real database."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.records import equipment, spot
from pipelines.records.diary import (
    Done,
    add_act,
    note_use,
    report_violation,
    session_gaps,
    state_interruption,
)
from pipelines.records.equipment import Happened, Recorder
from pipelines.records.intake import take
from pipelines.records.statistics import (
    Month,
    by_officer,
    by_unit,
    month_span,
    read_span,
    violations,
)
from pipelines.records.types import Delay, Interrupted, NotTaken
from pipelines.store import Database
from pipelines.transparency.leaf import decode
from pipelines.vault.folder import FolderVault
from tests.contract.records.conftest import BEGAN_MS, DAY_MS, Film, said

SOON_MS = BEGAN_MS + 3_600_000
GOOD = ("high_definition", "capacity", "smooth", "integrity")


async def test_recorders_and_who_is_short(database: Database) -> None:
    """AV-3, AV-4, AV-5, AV-6, AV-7: devices have a purpose, units their share, rooms their own."""
    one = Recorder(device_id="cam-2", unit_id="second", taxon="body_camera", model="DSJ",
                   purpose="inspections", capabilities=GOOD[:3])  # fmt: skip
    await equipment.add(database, one, now_ms=SOON_MS)
    await equipment.add(database, one, now_ms=SOON_MS)  # twice is once
    await database.execute(
        "records_put_room", room_id="room", unit_id="first", kind="hearing", name_zh="听证室",
        name_en="Hearing room",
    )  # fmt: skip
    found = await equipment.equipped(database, now_ms=SOON_MS + 1)
    units = {u["unit_id"]: u for u in found["units"]}
    assert (units["first"]["officers"], units["first"]["recorders"], units["first"]["short"]) == (
        2, 1, 1,
    )  # fmt: skip
    assert units["second"]["short"] == 0
    assert [r["recorders"] for r in found["rooms"]] == [0]
    voice = Recorder(device_id="voice", unit_id="first", taxon="voice_recorder", model="V",
                     purpose="hearings", capabilities=GOOD, room_id="room")  # fmt: skip
    await equipment.add(database, voice, now_ms=SOON_MS)
    again = await equipment.equipped(database, now_ms=SOON_MS + 1)
    assert [r["recorders"] for r in again["rooms"]] == [0]  # sound alone will not do
    rows = await database.rows("records_recorders", now_ms=SOON_MS + 1)
    wrong = {r["device_id"]: equipment.unfit(r, SOON_MS) for r in rows}
    assert wrong["cam-2"] == ["lacks:integrity", "unchecked"]
    for bad, why in (
        ({"purpose": " "}, "may not be kept"), ({"taxon": "drone"}, "no kind of device"),
        ({"capabilities": ("fly",)}, "no capability"), ({"room_id": "x"}, "no room"),
    ):  # fmt: skip
        with pytest.raises(NotTaken, match=why):
            await equipment.add(
                database, Recorder(**{**_fields(one), "device_id": "cam-3", **bad}), now_ms=SOON_MS
            )


async def test_issue_and_return(database: Database, vault: FolderVault, films: Film) -> None:
    """AV-8, AV-10, AV-27: given by the archivist, returned by who took it, its clock compared."""

    async def note(happened: Happened, at_ms: int, officer: str = "li", **more: Any) -> list[str]:
        return await equipment.note(
            database, happened, "cam-1", officer=officer, at_ms=at_ms, **{"by": "sun", **more}
        )

    with pytest.raises(NotTaken, match="may not give out"):
        await note(Happened.ISSUE, BEGAN_MS - 10, by="wang")
    await note(Happened.ISSUE, BEGAN_MS - 10)
    with pytest.raises(NotTaken, match="is with li"):
        await note(Happened.ISSUE, BEGAN_MS - 5, officer="wang")
    device = await database.query("SELECT custodian FROM devices WHERE device_id = 'cam-1'")
    assert device[0]["custodian"] == "li"
    (one,) = await take(database, vault, [films()], said(), now_ms=SOON_MS)
    assert one.findings == ()  # issued to one of the officers: nothing is odd
    with pytest.raises(NotTaken, match="compare its clock"):
        await note(Happened.RETURN, SOON_MS)
    with pytest.raises(NotTaken, match="issued to li, not to wang"):
        await note(Happened.RETURN, SOON_MS, officer="wang", clock_offset_ms=0)
    assert await note(Happened.RETURN, SOON_MS, clock_offset_ms=61_000) == ["clock"]
    events = await database.rows("records_events", device_id="cam-1")
    assert [(e["kind"], e["officer_id"], e["by_officer"]) for e in events] == [
        ("issue", "li", "sun"), ("return", "li", "sun"),
    ]  # fmt: skip


async def test_the_archivist_signs_a_letter(database: Database) -> None:
    """AV-27: an archivist without a letter of responsibility shows."""
    found = await equipment.equipped(database, now_ms=SOON_MS)
    assert [(r["officer_id"], r["number"]) for r in found["letters"]] == [("sun", None)]
    await database.execute(
        "records_put_letter", officer_id="sun", number="2026-3", signed_ms=BEGAN_MS,
        valid_to_ms=None,
    )  # fmt: skip
    found = await equipment.equipped(database, now_ms=SOON_MS)
    assert found["letters"][0]["number"] == "2026-3"


async def test_a_gap_is_listed_until_its_reason_is_stated(
    database: Database, vault: FolderVault, films: Film
) -> None:
    """AV-18: between two files of a session; stated once, and the statement is a leaf."""
    later = films(BEGAN_MS + 60_000, seed=1)
    one, _ = await take(database, vault, [films(), later], said(), now_ms=SOON_MS)
    (gap,) = await session_gaps(database, one.session_id)
    assert (gap.start_ms, gap.end_ms, gap.open) == (one.end_ms, BEGAN_MS + 60_000, True)
    stated = await state_interruption(
        database, one.session_id, 1, Interrupted.BATTERY, aloud=True, note="spare battery",
        officer_id="li", now_ms=SOON_MS,
    )  # fmt: skip
    assert not stated.open
    assert await session_gaps(database, one.session_id) == [stated]
    with pytest.raises(NotTaken, match="stated already"):
        await state_interruption(
            database, one.session_id, 1, Interrupted.FAULT, aloud=True, note="",
            officer_id="li", now_ms=SOON_MS,
        )  # fmt: skip
    assert await _leaf_count(database, one.session_id) == 2  # the record's, and the statement's


async def test_figures_of_a_month(database: Database, vault: FolderVault, films: Film) -> None:
    """AV-11, AV-31, AV-35: records, late ones, coverage, uses, violations, weak links ranked."""
    await _month(database, vault, films)
    month = await _read(database)
    (unit,) = by_unit(month)
    assert (unit.who, unit.records, unit.late, unit.acts, unit.missing) == ("first", 2, 1, 2, 1)
    assert unit.coverage == 0.5
    assert (unit.uses["dispute"], unit.violations) == (1, 1)
    assert unit.weak[0][0] in {"unrecorded", "late", "findings"}
    assert ("unrecorded", 1, 2) in unit.weak
    officers = {line.who: line for line in by_officer(month)}
    assert officers["li"].acts == 2
    assert officers["wang"].missing == 0
    kinds = [(v.kind, v.seen) for v in violations(month)]
    assert ("unrecorded", "coverage") in kinds
    assert ("leaked", "li") in kinds
    assert ("mis_stored", "import") in kinds
    assert not [kind for kind, _ in kinds if kind == "edited"]  # one officer only is no edit
    assert await _read(database, "second") == Month(
        records=[], acts=[], sessions={}, uses=[], violations=[], checks=[]
    )


async def test_spot_checks(database: Database, vault: FolderVault, films: Film) -> None:
    """AV-32, AV-33, AV-34: drawn once, answered once, not by who recorded; overdue shows."""
    await _month(database, vault, films)
    now_ms = BEGAN_MS + 10 * DAY_MS
    ask: dict[str, Any] = {"half": "2026H2", "unit_id": "first", "now_ms": now_ms, "seed": "seed"}
    with pytest.raises(NotTaken, match="li may not draw"):
        await spot.draw(database, by="li", count=3, **ask)
    drawn = await spot.draw(database, by="chen", count=3, **ask)
    assert {kind for kind, _ in drawn.drawn} == {"act", "record", "device"}
    population = [(r["kind"], r["subject"]) for r in await database.rows(
        "records_population", unit_id="first", from_ms=0, to_ms=now_ms
    )]  # fmt: skip
    repeated = spot.order(population, seed=drawn.seed, checkpoint=drawn.checkpoint)
    assert [one for one in repeated if one in drawn.drawn] == list(drawn.drawn)
    with pytest.raises(NotTaken, match="drawn already"):
        await spot.draw(database, by="chen", count=3, **{**ask, "seed": "better"})
    assert await _leaf_count(database, drawn.draw_id) == 1
    number = [kind for kind, _ in drawn.drawn].index("act") + 1

    async def answer(by: str, answers: dict[str, str], note: str = "") -> None:
        await spot.answer(database, drawn.draw_id, number, answers, by=by, note=note, now_ms=now_ms)

    good = {"recorded": "yes", "conduct": "yes", "handling": "no"}
    for by, answers, note, why in (
        ("li", good, "x", "may not answer"), ("chen", {"recorded": "yes"}, "", "answer each of"),
        ("chen", good, "", "wants a note"),
    ):  # fmt: skip
        with pytest.raises(NotTaken, match=why):
            await answer(by, answers, note)
    await answer("chen", good, "a copy lay on a desk")
    with pytest.raises(NotTaken, match="answered already"):
        await answer("chen", good, "again")
    late = await spot.checks(database, now_ms=drawn.due_ms + 1)
    assert sorted(row["state"] for row in late) == ["answered", "overdue", "overdue"]


async def _month(database: Database, vault: FolderVault, films: Film) -> None:
    await take(database, vault, [films()], said(), now_ms=SOON_MS)
    delay = Delay(approved_by="chen", reason="snow")
    await take(
        database, vault, [films(seed=9)], said(delay=delay, officers=("li",)),
        now_ms=BEGAN_MS + 5 * DAY_MS,
    )  # fmt: skip
    done = Done(kind="inspection", officers=("li", "wang"), start_ms=BEGAN_MS,
                end_ms=BEGAN_MS + 3000, matter="m", place="p", added_by="t")  # fmt: skip
    act_id = await add_act(database, done, now_ms=SOON_MS)
    assert await add_act(database, done, now_ms=SOON_MS) == act_id
    await add_act(
        database,
        Done(kind="hearing", officers=("li",), start_ms=BEGAN_MS + DAY_MS,
             end_ms=BEGAN_MS + DAY_MS + 60_000, matter="m", place="p", added_by="t"),
        now_ms=SOON_MS,
    )  # fmt: skip
    await note_use(database, act_id, "dispute", note="review asked for", by="t", now_ms=SOON_MS)
    await report_violation(
        database, "leaked", note="seen online", by="li", act_id=act_id, now_ms=SOON_MS
    )


async def _read(database: Database, unit_id: str | None = None) -> Month:
    return await read_span(database, *month_span("2026-11"), unit_id=unit_id)


def _fields(one: Recorder) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


async def _leaf_count(database: Database, subject: str) -> int:
    rows = await database.query("SELECT leaves FROM log_pending")
    return sum(leaf.subject == subject for r in rows for leaf in decode(bytes(r["leaves"])))
