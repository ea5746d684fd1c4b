"""Findings of one site that belong together, over the real stage and database, and by hand."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from pipelines.alerts.incidents import incident_id_of
from pipelines.alerts.regrouping import BadRegrouping, detach, merge
from pipelines.alerts.stage import alert_id_of
from pipelines.scoring import risk
from tests.contract.alerts.world import AT, CHLORINE, CROWD, HOUR, MINUTE, Site, again, changed

PH = changed(CHLORINE, rule_id="pool-ph", place="pool-children", subject="pool-probe-2",
             at_ms=AT + 5 * MINUTE, series_id=2, severity="medium")  # fmt: skip
BY: dict[str, Any] = {"unit_id": "authority", "by": "3301"}


async def risk_of(site: Site, alert_id: str) -> tuple[float, float, dict[str, float]]:
    """Of the row, of the newest score, and what that is made of."""
    row = await site.database.row("triage_risk", alert_id=alert_id)
    assert row is not None
    return (await site.alert(alert_id))["risk"], row["score"], row["contributions"]


async def test_what_a_probe_measured_and_a_camera_saw_are_one(site: Site) -> None:
    """OFF-7: data and image: low chlorine and a crowd bear each other out; both risks rise by a
    named part and can be recomputed."""
    (water,) = await site.tell(CHLORINE)
    before = water["risk"]
    (crowd,) = await site.tell(CROWD)
    water = await site.alert(water["alert_id"])
    assert water["incident_id"] == crowd["incident_id"] != ""
    for alert in (water, crowd):
        of_row, of_score, parts = await risk_of(site, alert["alert_id"])
        assert of_row == of_score == risk.recompute(parts)
        assert parts["corroborated"] > 0
    assert water["risk"] > before
    (link,) = await site.query("SELECT * FROM incident_links")
    assert link["reason"] == "bathing_load"
    trail = await site.trail(water["alert_id"])
    assert ("joined", "bathing_load", water["incident_id"]) in trail


async def test_near_in_time_is_together_and_raises_nothing(site: Site) -> None:
    """OFF-7: two devices of a site within minutes share a page, and prove nothing by that."""
    seen = changed(PH, rule_id="loitering", subject="pool-camera", series_id=None,
                   camera_id="pool-camera")  # fmt: skip
    one, other = await site.tell(CHLORINE, seen)
    assert (await site.alert(one["alert_id"]))["incident_id"] == other["incident_id"] != ""
    assert "corroborated" not in (await risk_of(site, one["alert_id"]))[2]


async def test_one_device_is_no_two_witnesses_and_far_is_apart(site: Site) -> None:
    """OFF-7: the same probe twice, or the crowd of another afternoon, is no incident."""
    await site.tell(CHLORINE, changed(CHLORINE, rule_id="pool-ph", series_id=2))
    await site.tell(again(CROWD, 90))
    assert await site.query("SELECT * FROM incidents") == []


async def test_what_is_held_joins_nothing(site: Site) -> None:
    """OFF-7: the tenth time of the same is no tenth witness."""
    await site.tell(CHLORINE)
    (crowd,) = await site.tell(CROWD)
    (held,) = await site.tell(again(CHLORINE, 30))
    assert held["held_by"] == "folded"
    assert held["incident_id"] == ""
    members = await site.query("SELECT alert_id FROM alerts WHERE incident_id <> ''")
    assert len(members) == 2
    assert crowd["incident_id"]


async def test_an_officers_word_stays(site: Site) -> None:
    """OFF-7: taken out with a ground: out it stays, its risk without the other's part."""
    await site.tell(CHLORINE)
    (crowd,) = await site.tell(CROWD)
    incident_id, alert_id = crowd["incident_id"], crowd["alert_id"]
    await detach(site.database, incident_id, alert_id, **BY, ground="别处的人", now_ms=AT + HOUR)
    one = await site.alert(alert_id)
    assert (one["incident_id"], one["incident_by"]) == ("", "3301")
    of_row, of_score, parts = await risk_of(site, alert_id)
    assert of_row == of_score == risk.recompute(parts)
    assert "corroborated" not in parts
    assert ("detached", "", "别处的人") in await site.trail(alert_id)
    await site.tell(changed(again(CROWD, 10), rule_id="post-unattended", zone_id="stand"))
    assert (await site.alert(alert_id))["incident_id"] == ""
    with pytest.raises(BadRegrouping, match="not_a_member"):
        await detach(site.database, incident_id, alert_id, **BY, ground="x", now_ms=AT + HOUR)


async def test_two_are_put_together_and_the_old_address_leads_on(site: Site) -> None:
    """OFF-7: merged by hand, with a ground in every trail."""
    await site.tell(CHLORINE)
    (early,) = await site.tell(CROWD)
    await site.tell(again(CHLORINE, 600), again(CROWD, 600))
    later = changed(again(CHLORINE, 601), place="pool-children")
    (moved,) = await site.tell(later)
    (crowd,) = await site.tell(changed(again(CROWD, 602), zone_id="edge"))
    assert moved["alert_id"]
    old, into = crowd["incident_id"], early["incident_id"]
    assert old not in ("", into)
    await merge(site.database, old, into, **BY, ground="同一天的事", now_ms=AT + 11 * HOUR)
    assert (await site.alert(crowd["alert_id"]))["incident_id"] == into
    rows = await site.query("SELECT incident_id, merged_into FROM incidents")
    assert {"incident_id": old, "merged_into": into} in rows


async def test_what_was_put_together_stays_so_for_what_comes_later(site: Site) -> None:
    """OFF-7: a finding that would join the incident which was merged joins where it was put."""
    await site.tell(CHLORINE)
    (early,) = await site.tell(CROWD)
    await site.tell(changed(again(CHLORINE, 601), place="pool-children"))
    (crowd,) = await site.tell(changed(again(CROWD, 602), zone_id="edge"))
    old, into = crowd["incident_id"], early["incident_id"]
    assert old not in ("", into)
    await merge(site.database, old, into, **BY, ground="同一天的事", now_ms=AT + 11 * HOUR)
    (late,) = await site.tell(changed(again(CROWD, 605), zone_id="deep", camera_id="lobby-camera",
                                      subject="lobby-camera"))  # fmt: skip
    assert late["incident_id"] == into
    rows = await site.query("SELECT incident_id, merged_into FROM incidents")
    assert {"incident_id": old, "merged_into": into} in rows


@pytest.mark.parametrize(
    ("other", "ground", "code"),
    [("nothing", "x", "no_such_incident"), ("", "x", "no_such_incident"),
     ("nothing", " ", "ground_missing"), ("nothing", "x" * 2001, "ground_too_long")],
)  # fmt: skip
async def test_what_cannot_be_merged_changes_nothing(
    site: Site, other: str, ground: str, code: str
) -> None:
    """OFF-7: named, and nothing is moved."""
    await site.tell(CHLORINE)
    (crowd,) = await site.tell(CROWD)
    with pytest.raises(BadRegrouping) as refused:
        await merge(
            site.database, other, crowd["incident_id"], **BY, ground=ground, now_ms=AT + HOUR
        )
    assert refused.value.code == code


async def test_another_unit_moves_nothing(site: Site) -> None:
    """OFF-7, AV-24: somebody else's incident."""
    await site.tell(CHLORINE)
    (crowd,) = await site.tell(CROWD)
    with pytest.raises(BadRegrouping, match="not_a_member"):
        await detach(site.database, crowd["incident_id"], crowd["alert_id"], unit_id="water",
                     by="3301", ground="x", now_ms=AT)  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_whichever_came_first_the_same_is_stored(site: Site, order: tuple[int, ...]) -> None:
    """OFF-7, exactly once: readings and pictures overtake one another; the end is the same."""
    post = changed(CROWD, rule_id="post-unattended", subject="lobby-camera",
                   camera_id="lobby-camera", zone_id="stand", at_ms=AT + 25 * MINUTE)  # fmt: skip
    told = (CHLORINE, CROWD, post)
    for n in order:
        await site.tell(told[n])
        site.restart()
    rows = await site.query("SELECT rule_id, incident_id, risk FROM alerts ORDER BY rule_id")
    live = await site.query("SELECT incident_id FROM incidents WHERE merged_into = ''")
    named = incident_id_of("pool-hall", alert_id_of(CHLORINE))
    assert {row["incident_id"] for row in rows} == {named} == {r["incident_id"] for r in live}
    assert [row["rule_id"] for row in rows] == ["area-crowded", "pool-free-chlorine",
                                                "post-unattended"]  # fmt: skip
    for told_one in told:
        assert "corroborated" in (await risk_of(site, alert_id_of(told_one)))[2]
