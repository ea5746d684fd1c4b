"""What becomes of a fresh alert, over the real stage, runtime and database."""

from __future__ import annotations

import asyncio

import pytest

from pipelines.alerts.opening import notice_waits
from pipelines.alerts.outside import Stored
from pipelines.alerts.silences import BadSilence, NoSuchSilence, Wanted, end, make
from pipelines.notices.queue import put, told_party
from tests.contract.alerts.world import (
    AT,
    CHLORINE,
    COVERED,
    CROWD,
    HOUR,
    MINUTE,
    Site,
    again,
    changed,
    over,
)


async def test_what_comes_again_is_one_more_occurrence(site: Site) -> None:
    """OFF-7: one finding, one alert; the second is pinned, held, named and counted."""
    (first,) = await site.tell(CHLORINE)
    await site.tell(over(CHLORINE, 5))
    (second,) = await site.tell(again(CHLORINE, 30))
    assert (first["state"], second["state"]) == ("open", "held")
    assert (second["held_by"], second["held_ref"]) == ("folded", first["alert_id"])
    assert ("held", "folded", f"waiting:{first['alert_id']}") in await site.trail(
        second["alert_id"]
    )
    now = await site.alert(first["alert_id"])
    assert (now["occurrences"], now["last_ms"]) == (2, again(CHLORINE, 30).at_ms)


async def test_an_acknowledged_alert_is_not_put_before_anybody_again(site: Site) -> None:
    """OFF-7, Grafana OnCall #3111 and #4760: who took it on is left in peace, however often it
    comes again and however long it lasts."""
    (first,) = await site.tell(CHLORINE)
    await site.decide(first["alert_id"], "acknowledged", AT + MINUTE)
    for n in range(1, 4):
        (one,) = await site.tell(again(CHLORINE, 200 * n))
        assert (one["state"], one["held_by"]) == ("held", "folded")
    assert await site.free(AT + 90 * 24 * HOUR) == []
    waiting = await site.query("SELECT alert_id FROM alerts WHERE state = 'open'")
    assert waiting == []
    assert (await site.alert(first["alert_id"]))["state"] == "acknowledged"


async def test_a_covered_camera_holds_its_scene_and_lets_it_go(site: Site) -> None:
    """OFF-7, OFF-11: held by the alert that explains it; back with a named reason, once."""
    (blind,) = await site.tell(COVERED)
    (scene,) = await site.tell(CROWD)
    assert (scene["held_by"], scene["held_ref"], scene["held_why"]) == (
        "inhibited", blind["alert_id"], "camera_blind",
    )  # fmt: skip
    assert await site.free(AT + 2 * HOUR) == []
    await site.tell(over(COVERED, 60))
    assert await site.free(over(COVERED, 60).at_ms + MINUTE) == []  # it may yet clear by itself
    later = over(COVERED, 60).at_ms + 3 * MINUTE
    done = await asyncio.gather(*(site.free(later) for _ in range(3)))
    assert [one for ids in done for one in ids] == [scene["alert_id"]]
    assert (await site.alert(scene["alert_id"]))["state"] == "open"
    trail = await site.trail(scene["alert_id"])
    assert trail.count(("let_go", "inhibited", f"inhibitor_ended:{blind['alert_id']}")) == 1


async def test_a_partys_notice_waits_with_what_is_held(site: Site) -> None:
    """OFF-15: nobody is told of what may be explained away; when it is let go, once, on a clock."""
    await site.tell(COVERED)
    (scene,) = await site.tell(CROWD)
    alert_id = scene["alert_id"]
    told = told_party(
        "finding", party_id=scene["party_id"], alert_id=alert_id, subject="s", body="b", short="s",
        cause=alert_id, at_ms=AT,
    )  # fmt: skip
    async with site.database.transaction() as tx:
        await put(tx, told)
        await notice_waits(tx, alert_id, at_ms=AT)
    notices = f"SELECT state, next_try_ms FROM notices WHERE alert_id = '{alert_id}'"  # noqa: S608
    clocks = f"SELECT state FROM clocks WHERE kind = 'notice_told' AND subject_id = '{alert_id}'"  # noqa: S608
    assert await site.query(notices) == [{"state": "held", "next_try_ms": 0}]
    assert await site.query(clocks) == []
    await site.tell(over(COVERED, 60))
    later = over(COVERED, 60).at_ms + 3 * MINUTE
    assert await site.free(later) == [alert_id]
    assert await site.free(later + MINUTE) == []
    assert await site.query(notices) == [{"state": "queued", "next_try_ms": later}]
    assert await site.query(clocks) == [{"state": "running"}]


async def test_another_cameras_scene_is_not_its_business(site: Site) -> None:
    """OFF-7: inhibition is within one device."""
    await site.tell(COVERED)
    (scene,) = await site.tell(changed(CROWD, subject="waste-camera", camera_id="waste-camera"))
    assert scene["state"] == "open"


async def test_an_inhibitor_that_an_officer_dismissed_explains_nothing(site: Site) -> None:
    """OFF-7: what it held is let go, and what comes next is not held."""
    (blind,) = await site.tell(COVERED)
    (scene,) = await site.tell(CROWD)
    await site.decide(blind["alert_id"], "dismissed", CROWD.at_ms + MINUTE, "false_detection")
    assert await site.free(CROWD.at_ms + 2 * MINUTE) == [scene["alert_id"]]
    (next_,) = await site.tell(again(changed(CROWD, zone_id="pool-edge"), 30))
    assert next_["state"] == "open"


async def test_let_go_while_it_is_still_being_sealed(site: Site) -> None:
    """OFF-7: evidence first: it is sealed as open, and says why."""
    (blind,) = await site.tell(COVERED)
    (scene,) = await site.tell(CROWD, seal=False)
    await site.decide(blind["alert_id"], "dismissed", CROWD.at_ms, "false_detection")
    assert await site.free(CROWD.at_ms + MINUTE) == [scene["alert_id"]]
    assert (await site.alert(scene["alert_id"]))["state"] == "sealing"
    await site.seal(scene["alert_id"], CROWD.at_ms + 2 * MINUTE)
    actions = [action for action, _, _ in await site.trail(scene["alert_id"])]
    assert actions == ["detected", "let_go", "sealed"]
    assert (await site.alert(scene["alert_id"]))["state"] == "open"


async def silence(site: Site, **more: object) -> str:
    wanted = {"unit_id": "authority", "by": "3301", "reason": "水质仪大修", "site_id": "pool-hall",
              "to_ms": AT + HOUR}  # fmt: skip
    return await make(site.database, Wanted(**(wanted | more)), now_ms=AT - HOUR)  # type: ignore[arg-type]


async def test_a_silence_holds_until_it_ends(site: Site) -> None:
    """OFF-7: with its reason and end; what lasts then is let go, what has ended stays held."""
    silence_id = await silence(site)
    lasting, ended = CHLORINE, again(changed(CHLORINE, place="pool-children"), 5)
    rows = await site.tell(lasting, ended, over(ended, 5))
    assert {(row["held_by"], row["held_ref"]) for row in rows} == {("silenced", silence_id)}
    assert await site.free(AT + HOUR - 1) == []
    assert await site.free(AT + HOUR) == [rows[0]["alert_id"]]
    assert (await site.alert(rows[1]["alert_id"]))["state"] == "held"
    leaves = await site.query("SELECT count(*) AS n FROM log_pending")
    assert leaves[0]["n"] >= 1


async def test_a_silence_ended_early_lets_go_at_once(site: Site) -> None:
    """OFF-7: ended by a person with words, once."""
    silence_id = await silence(site)
    (held,) = await site.tell(CHLORINE)
    by = {"unit_id": "authority", "by": "3301", "why": "修好了", "now_ms": AT + MINUTE}
    await end(site.database, silence_id, **by)  # type: ignore[arg-type]
    assert await site.free(AT + MINUTE) == [held["alert_id"]]
    with pytest.raises(NoSuchSilence):
        await end(site.database, silence_id, **by)  # type: ignore[arg-type]


async def test_what_was_made_or_ended_later_changes_nothing(site: Site) -> None:
    """Replay = live: acts count by their moment against event time, whenever it is read."""
    silence_id = await silence(site)
    async with site.database.transaction() as tx:
        await tx.execute(
            "silences_end", silence_id=silence_id, unit_id="authority", by="3301", why="x",
            now_ms=AT + MINUTE,
        )  # fmt: skip
    known = await Stored(site.database).read(sites=["pool-hall"], things=[], alerts=[], since_ms=AT)
    (read,) = known.silences["pool-hall"]
    assert read.in_force(AT)
    assert not read.in_force(AT + MINUTE)
    assert not read.in_force(AT - HOUR - 1)


async def test_a_silence_that_was_ended_can_be_made_again(site: Site) -> None:
    """OFF-7: the very same words and end; it is in force, and the ended one stays on record."""
    first = await silence(site)
    again_ms = {"unit_id": "authority", "by": "3301", "why": "误操作", "now_ms": AT - MINUTE}
    await end(site.database, first, **again_ms)  # type: ignore[arg-type]
    second = await silence(site)
    assert second != first
    assert await silence(site) == second, "a second click"
    (held,) = await site.tell(CHLORINE)
    assert (held["held_by"], held["held_ref"]) == ("silenced", second)


async def test_a_critical_finding_is_silenced_only_by_a_silence_that_says_so(site: Site) -> None:
    """OFF-7: nobody's silence for the daily noise keeps a critical finding from the officers."""
    await silence(site)
    critical = changed(CHLORINE, severity="critical")
    (one,) = await site.tell(critical)
    assert one["state"] == "open"
    await silence(site, critical=True, reason="停业整修")
    (other,) = await site.tell(changed(critical, place="pool-children"))
    assert other["held_by"] == "silenced"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"site_id": ""}, "about_nothing"),
        ({"reason": " "}, "reason_missing"),
        ({"reason": "x" * 2001}, "reason_too_long"),
        ({"to_ms": AT - HOUR}, "ends_before_it_begins"),
        ({"to_ms": AT + 15 * 24 * HOUR}, "too_long"),
        ({"site_id": "nowhere"}, "unknown_site"),
        ({"device_id": "' OR 1=1 --"}, "unknown_device"),
    ],
)
async def test_a_bad_silence_is_refused_and_nothing_is_kept(
    site: Site, more: dict[str, object], code: str
) -> None:
    """OFF-7: what cannot be made is named, and no row or leaf remains."""
    with pytest.raises(BadSilence) as refused:
        await silence(site, **more)
    assert refused.value.code == code
    assert await site.query("SELECT * FROM silences") == []


async def test_flapping_is_held_after_the_first_few(site: Site) -> None:
    """OFF-7: decided each time, it still rings; then it is held, and let go when it stays bad."""
    states = []
    for n in range(7):
        (one,) = await site.tell(again(CHLORINE, 20 * n))
        states.append(one["held_by"])
        if one["state"] == "open":
            await site.decide(one["alert_id"], "confirmed", one["detected_ms"] + MINUTE)
        site.restart()  # durable
        if n < 6:
            await site.tell(over(again(CHLORINE, 20 * n), 5))
    assert states == ["", "", "", "", "flapping", "flapping", "flapping"]
    assert await site.free(one["detected_ms"] + 30 * MINUTE) == []
    assert await site.free(one["detected_ms"] + 60 * MINUTE) == [one["alert_id"]]


DECIDED = [
    ("confirmed", "", 1, "recurs"),
    ("reminded", "", 1, "recurs"),
    ("dismissed", "false_detection", 1, "held"),
    ("dismissed", "false_detection", 5, "fresh"),
    ("dismissed", "duplicate", 3, "held"),
    ("dismissed", "sensor_fault", 3, "held"),
    ("dismissed", "corrected_on_the_spot", 24, "recurs"),
    ("dismissed", "corrected_when_reminded", 24, "recurs"),
    ("dismissed", "minor_first_time", 24 * 300, "recurs"),
    ("dismissed", "benign_trigger", 2, "recurs"),
    ("dismissed", "other", 2, "recurs"),
]


@pytest.mark.parametrize(("state", "reason", "hours", "then"), DECIDED)
async def test_what_a_decision_means_for_the_next_one(
    site: Site, state: str, reason: str, hours: int, then: str
) -> None:
    """OFF-7: the decision table; no machine reopens what an officer decided."""
    (first,) = await site.tell(CHLORINE, over(CHLORINE, 5))
    await site.decide(first["alert_id"], state, AT + 10 * MINUTE, reason)
    (second,) = await site.tell(again(CHLORINE, 60 * hours + 10))
    assert second["held_by"] == ("folded" if then == "held" else "")
    assert second["recurs"] == (first["alert_id"] if then == "recurs" else "")
    recurs = [ground for act, _, ground in await site.trail(second["alert_id"]) if act == "recurs"]
    assert recurs == ([first["alert_id"]] if then == "recurs" else [])
    assert (await site.alert(first["alert_id"]))["state"] == state


async def test_what_was_folded_is_let_go_when_the_first_is_decided_and_it_lasts(
    site: Site,
) -> None:
    """OFF-7: a verdict is on what the officer saw; what still lasts comes before them."""
    (first,) = await site.tell(CHLORINE, over(CHLORINE, 5))
    (second,) = await site.tell(again(CHLORINE, 30))
    await site.decide(first["alert_id"], "confirmed", AT + HOUR)
    assert await site.free(AT + HOUR) == [second["alert_id"]]
    (third,) = await site.tell(again(CHLORINE, 90))
    assert (third["held_by"], third["held_ref"]) == ("folded", second["alert_id"])


async def test_a_finding_held_for_a_false_one_is_let_go_after_its_hours(site: Site) -> None:
    """OFF-7: false hours ago is no reason for ever, and none at all for a critical one."""
    (first,) = await site.tell(CHLORINE, over(CHLORINE, 5))
    await site.decide(first["alert_id"], "dismissed", AT + 10 * MINUTE, "false_detection")
    (held,) = await site.tell(again(CHLORINE, 30))
    (grave,) = await site.tell(changed(again(CHLORINE, 40), severity="critical"))
    assert (held["held_by"], grave["held_by"]) == ("folded", "")
    assert await site.free(AT + 4 * HOUR) == []
    assert await site.free(AT + 4 * HOUR + 10 * MINUTE) == [held["alert_id"]]
