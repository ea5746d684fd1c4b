"""The page of one alert: what went before, what would become of it, what is drawn over a clip."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import psycopg
import pytest

from dashboards.triage.overlay import filmed_of, over
from detectors.types import digest_id
from pipelines.store import Database
from tests.contract.dashboards.moments import DAY, HOUR, MINUTE
from tests.contract.dashboards.rows import CAMERA_ALERT, NOW_MS, POOL_ALERT

PAGE = f"/alerts/{POOL_ALERT}"


def decided(url: str, many: int, *, confirmed: int, party: str = "pool") -> None:
    """Past alerts of the pool's rule with their verdicts, a day apart."""
    with psycopg.connect(url) as connection:
        for n in range(1, many + 1):
            alert_id, state = (
                digest_id("past", party, str(n)),
                "confirmed" if n <= confirmed else "dismissed",
            )
            at = NOW_MS - n * DAY
            connection.execute(
                "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"
                " device_id, place, series_id, start_ms, detected_ms, end_ms, unit, value, low,"
                " high, inputs, staged, state, grade, grade_reasons, risk, input_at_ms,"
                " stored_at_ms)"
                " VALUES (%s, 'pool-free-chlorine', '1', 'high', %s, %s, 'pool-probe-1', 'main', 1,"
                " %s, %s, %s, 'mg/L', 1.6, 0.3, 1.0, '{}', false, %s, 'evidence', '[]', 50, %s,"
                " %s)",
                (alert_id, party, f"{party}-1", at - 15 * MINUTE, at, at, state, at, at),
            )
            connection.execute(
                "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, reason_code,"
                " ground)"
                " VALUES (%s, %s, %s, '3301', %s, %s, %s)",
                (digest_id(alert_id, "v"), alert_id, at + HOUR, state,
                 "" if state == "confirmed" else "sensor_fault", f"<b>当时情况 {n}</b>"),
            )  # fmt: skip


async def _page(officer: httpx.AsyncClient, path: str = PAGE) -> str:
    answer = await officer.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_what_went_before_with_verdicts_and_an_interval(
    officer: httpx.AsyncClient, site_url: str
) -> None:
    """OFF-7, OFF-15: like alerts with verdict and words; a share with its interval and n."""
    decided(site_url, 12, confirmed=9)
    page = await _page(officer)
    assert "75 %" in page
    assert "12 条已处置中 9 条属实；95 % 区间 47–91 %" in page
    assert len(re.findall(r'<span class="percent">', page)) == 5
    assert "&lt;b&gt;当时情况 1&lt;/b&gt;" in page
    assert "数量少" not in page
    assert 'class="bars"' in page
    assert page.count('class="bar-confirmed"') >= 1


async def test_of_few_and_of_none_it_is_said(officer: httpx.AsyncClient, site_url: str) -> None:
    """A share of two says that it says little; of none there is none."""
    assert "近一年没有已处置的同类预警" in await _page(officer)
    decided(site_url, 2, confirmed=1)
    page = await _page(officer)
    assert "数量少" in page
    assert "2 条已处置中 1 条属实" in page


async def test_another_units_past_stays_there(officer: httpx.AsyncClient, site_url: str) -> None:
    """Unit scope: words and counts of another unit's sites are not shown."""
    with psycopg.connect(site_url) as connection:
        connection.execute("INSERT INTO units VALUES ('other', '另一单位', 'Another')")
        connection.execute(
            "UPDATE sites SET unit_id = 'other', kind = 'pool' WHERE site_id = 'hotel-1'"
        )
    decided(site_url, 6, confirmed=6, party="hotel")
    page = await _page(officer)
    assert "当时情况" not in page
    assert "近一年没有已处置的同类预警" in page


async def test_what_is_missing_is_told_before_anybody_confirms(officer: httpx.AsyncClient) -> None:
    """OFF-13, OFF-16: a lead and a device's fault promise no case; each gap says its mending."""
    lead = await _page(officer, f"/alerts/{CAMERA_ALERT}")
    assert "确认后只作记录，不移送立案" in lead
    assert "现场检查" in lead
    silent = await _page(officer, f"/alerts/{digest_id('silent')}")
    assert "确认后只作记录，不移送立案" in silent
    for page in (lead, silent):
        assert "确认后进入候选案件" not in page


async def test_other_series_of_the_site_can_be_drawn(officer: httpx.AsyncClient) -> None:
    """The same device's pH beside its chlorine, without the limits of another quantity."""
    own = await _page(officer)
    assert '<option value="2"' in own
    other = await _page(officer, f"{PAGE}/chart?series=2")
    assert '<option value="2" selected' in other
    assert 'class="limit"' not in other
    assert "<table" in other
    assert (await officer.get(f"{PAGE}/chart?series=3")).status_code == 404  # the hotel's
    assert (await officer.get(f"{PAGE}/chart?series=odd")).status_code == 422
    assert '<option value="2" selected' in await _page(officer, f"{PAGE}?series=2")


async def test_the_table_says_what_the_chart_shows(officer: httpx.AsyncClient) -> None:
    """Gaps are rows, values outside the limits and flagged ones are named."""
    page = await _page(officer)
    table = page.split('class="plain readings"')[1].split("</table>")[0]
    for wanted in ("数据缺口，至", "超出限值", "设备自报异常"):
        assert wanted in table, wanted


async def test_maintenance_is_drawn(officer: httpx.AsyncClient, site_url: str) -> None:
    """A span of maintenance is a band of the chart and a state of the point."""
    with psycopg.connect(site_url) as connection:
        connection.execute(
            "INSERT INTO maintenance VALUES ('m', 'pool-probe-1', %s, NULL, 'clean')",
            (NOW_MS - 20 * MINUTE,),
        )
    page = await _page(officer)
    assert 'class="kept"' in page


async def test_the_points_of_the_site_and_no_made_up_map(officer: httpx.AsyncClient) -> None:
    """OFF-10: every point with its siting reason; it is said that this is no map."""
    page = await _page(officer)
    assert 'class="point own"' in page
    assert "救生员看台" in page
    assert "水质与人员安全关键点位" in page
    assert "没有该场所的平面图或坐标" in page


async def test_the_next_alert_waits_for_this_officer(
    officer: httpx.AsyncClient, database: Database
) -> None:
    """By risk; round the end to the front; not one that a colleague has taken on."""
    seen, at = [], POOL_ALERT
    for _ in range(4):
        answer = await officer.get(f"/alerts/{at}/next")
        assert answer.status_code == 303
        at = answer.headers["location"].rpartition("/")[2]
        seen.append(at)
    assert seen[:2] == [CAMERA_ALERT, digest_id("co2")]
    assert seen[3] == digest_id("waste")
    async with database.transaction() as tx:
        await tx._connection.execute("UPDATE alerts SET state = 'dismissed'")
    assert (await officer.get(f"{PAGE}/next")).headers["location"] == "/"


async def test_a_verdict_does_not_lose_ones_place(
    officer: httpx.AsyncClient, database: Database
) -> None:
    """OFF-15: a verdict starts and ends clocks and so moves the row; the next is that of before."""
    page = (await officer.get(PAGE)).text
    found = re.search(r'data-next="([^"]+)"', page)
    assert found is not None
    async with database.transaction() as tx:
        await tx._connection.execute(
            b"UPDATE alerts SET due_ms = 0 WHERE alert_id = %s", (POOL_ALERT,)
        )
    assert (await officer.get(found[1])).headers["location"] == f"/alerts/{CAMERA_ALERT}"
    assert (await officer.get(f"{PAGE}/next")).headers["location"] != f"/alerts/{CAMERA_ALERT}"
    assert (await officer.get(f"{PAGE}/next?at={2**63}")).status_code == 422


def _manifest(**more: Any) -> bytes:
    gap = {"start_ms": 13_000, "end_ms": 14_000, "reason": "lost"}
    footage = {
        "camera_id": "cam", "clip": "clip.mp4", "wanted_from_ms": 1, "wanted_to_ms": 2,
        "start_ms": 10_000, "end_ms": 20_000, "gaps": [gap], "parts": [],
    }  # fmt: skip
    look = {"camera_id": "cam", "people": 3, "frame_sha256": "f", "model": "m"}
    zone = {"zone_id": "z", "kind": "post", "limit": 0, "active": "always"}
    said = {
        "footage": [footage],
        "looks": [look | {"time_ms": at} for at in (9_000, 12_000, 30_000)],
        "zones": [zone | {"polygon": [["0.1", "0.2"], ["0.5", "0.2"], ["0.5", "0.9"]]}],
    }
    return json.dumps(said | more).encode()


def test_what_is_drawn_over_a_clip_is_what_was_sealed() -> None:
    """Zones as of the act, counts at the moments judged, in seconds of the film."""
    alert = {"device_id": "cam", "detected_ms": 15_500}
    told = over(filmed_of(_manifest()), "clip.mp4", alert)
    assert told["decided_s"] == 5.5
    assert told["looks"] == [{"at_s": 2.0, "people": 3, "model": "m"}]
    assert told["zones"][0]["polygon"][1] == [0.5, 0.2]
    assert told["gaps"] == [{"from_s": 3.0, "to_s": 4.0, "reason": "lost"}]
    other = over(filmed_of(_manifest()), "clip.mp4", {"device_id": "probe", "detected_ms": 1})
    assert other["zones"] == []  # another camera's zones say nothing here


@pytest.mark.parametrize("manifest", [b"manifest of x", b"[]", b'{"footage": 3}', b""])
def test_a_manifest_that_cannot_be_read_draws_nothing(manifest: bytes) -> None:
    """Nothing is made up where nothing is known."""
    told = over(filmed_of(manifest), "clip.mp4", {"device_id": "cam", "detected_ms": 1})
    assert (told["start_ms"], told["zones"], told["looks"]) == (None, [], [])


async def test_the_overlay_belongs_to_the_alert(officer: httpx.AsyncClient) -> None:
    """Only a clip of this alert has one."""
    answer = await officer.get(f"/alerts/{CAMERA_ALERT}/overlay/clip.mp4")
    assert answer.status_code == 404  # this alert was sealed without a film
    assert (await officer.get(f"{PAGE}/overlay/readings.csv")).status_code == 404


async def test_a_minor_first_finding_proposes_a_reminder(
    officer: httpx.AsyncClient, site_url: str
) -> None:
    """OFF-15: with its reason and the law; not when it is grave, nor when one stood before."""
    assert 'id="remind-first"' not in await _page(officer)
    with psycopg.connect(site_url) as connection:
        connection.execute("UPDATE alerts SET severity = 'low' WHERE alert_id = %s", (POOL_ALERT,))
    page = await _page(officer)
    assert 'id="remind-first"' in page
    assert "第三十三条" in page.partition('id="remind-first"')[2][:400]
    decided(site_url, 1, confirmed=0)  # a fault of the probe is nothing against the party
    assert 'id="remind-first"' in await _page(officer)
    with psycopg.connect(site_url) as connection:
        connection.execute(
            "UPDATE alert_events SET reason_code = 'minor_first_time' WHERE alert_id = %s",
            (digest_id("past", "pool", "1"),),
        )
    assert 'id="remind-first"' not in await _page(officer)
