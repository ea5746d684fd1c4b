"""A shift: an officer decides mixed alerts by keyboard alone; the keys of each are counted.

Twelve alerts by default; ``VIGIL_TEST_SHIFT=50`` plays a whole shift.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from detectors.types import digest_id
from tests.browser.visit import sign_in, visit
from tests.contract.dashboards.moments import MINUTE
from tests.contract.dashboards.rows import NOW_MS

MANY = int(os.environ.get("VIGIL_TEST_SHIFT", "12"))
MOST_KEYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A kind of alert and what an officer does with it, key by key."""

    rule: str
    device: str
    place: str
    row: dict[str, Any]
    keys: tuple[str, ...]
    state: str
    reason: str = ""


MATTERS = (
    Matter(
        rule="pool-free-chlorine", device="pool-probe-1", place="main", state="confirmed",
        row={"series_id": 1, "unit": "mg/L", "value": 1.6, "low": 0.3, "high": 1.0},
        keys=("c", "1", "Enter"),
    ),
    Matter(
        rule="post-unattended", device="cam-pool-1", place="stand", state="dismissed",
        row={"unit": "s", "value": 90.0, "high": 60.0, "grade": "lead"},
        keys=("d", "3", "Enter"), reason="false_detection",
    ),
    Matter(
        rule="waste-kept-48h", device="clinic-scale-1", place="waste", state="confirmed",
        row={"unit": "h", "value": 52.5, "high": 48.0}, keys=("c", "1", "Enter"),
    ),
    Matter(
        rule="hotel-co2", device="hotel-co2-1", place="lobby", state="reminded",
        row={"series_id": 3, "unit": "ppm", "value": 1320.0, "high": 1000.0},
        keys=("r", "1", "Enter"),
    ),
    Matter(
        rule="sensor-silent", device="supply-probe-1", place="outlet", state="dismissed",
        row={"series_id": 4, "unit": "s", "value": 1260.0}, keys=("d", "2", "Enter"),
        reason="sensor_fault",
    ),
)  # fmt: skip


def _waiting(url: str) -> dict[str, Matter]:
    """Replaces what waits by ``MANY`` mixed alerts of falling risk; by id what is to be done."""
    found: dict[str, Matter] = {}
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alerts SET state = 'dismissed' WHERE state <> 'sealing'")
        for number in range(MANY):
            matter, alert_id = MATTERS[number % len(MATTERS)], digest_id("shift", str(number))
            party = matter.device.split("-")[0].replace("cam", "pool")
            at = NOW_MS - (number + 5) * MINUTE
            row = {
                "alert_id": alert_id, "rule_id": matter.rule, "rule_version": "1",
                "severity": "medium", "party_id": party, "site_id": f"{party}-1",
                "device_id": matter.device, "place": matter.place, "start_ms": at - 9 * MINUTE,
                "detected_ms": at, "end_ms": at, "inputs": "{}", "staged": False, "state": "open",
                "grade": "evidence", "grade_reasons": "[]", "risk": 99.0 - number,
                "input_at_ms": at, "stored_at_ms": at,
            } | matter.row  # fmt: skip
            names, holes = ", ".join(row), ", ".join(f"%({name})s" for name in row)
            connection.execute(f"INSERT INTO alerts ({names}) VALUES ({holes})".encode(), row)  # noqa: S608
            found[alert_id] = matter
    return found


def _decide(page: Page, site: str, matters: dict[str, Matter]) -> tuple[int, float]:
    """Decides the alert that is open; returns how many keys and seconds it took."""
    alert_id = page.url.rpartition("/")[2]
    before, began = page.url, time.monotonic()
    for key in matters[alert_id].keys:
        page.keyboard.press(key)
    expect(page).not_to_have_url(before)
    page.wait_for_load_state("domcontentloaded")
    assert page.url.startswith(site)
    return len(matters[alert_id].keys), time.monotonic() - began


def _say(config: pytest.Config, line: str) -> None:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.write_line(line)


def test_a_shift_by_keyboard_alone(
    browser: Browser, site: str, site_url: str, pytestconfig: pytest.Config
) -> None:
    """OFF-15, OFF-21: every alert decided as meant, with ground and name, in at most five keys."""
    matters = _waiting(site_url)
    with visit(browser, 1280) as page:
        sign_in(page, site)
        opening = ("j", "Enter")
        for key in opening:
            page.keyboard.press(key)
        expect(page.locator(".verdicts")).to_be_visible()
        page.wait_for_load_state("domcontentloaded")  # keys mean something once scripts ran
        done = [_decide(page, site, matters) for _ in matters]
        expect(page).to_have_url(f"{site}/")  # nothing waits any more
    keys = [pressed for pressed, _ in done]
    keys[0] += len(opening)
    seconds = [taken for _, taken in done]
    _say(
        pytestconfig,
        f"{MANY} alerts: {sum(keys) / MANY:.2f} keys each (most {max(keys)}),"
        f" median {median(seconds):.2f} s, longest {max(seconds):.2f} s",
    )
    assert max(keys) <= MOST_KEYS
    with psycopg.connect(site_url) as connection:
        rows = connection.execute(
            "SELECT a.alert_id, a.state, e.actor, e.action, e.reason_code, e.ground FROM alerts a"
            " JOIN alert_events e USING (alert_id) WHERE e.actor = '3301'"
        ).fetchall()
    assert len(rows) == MANY
    for alert_id, state, _, action, reason, ground in rows:
        matter = matters[alert_id]
        assert (state, action, reason) == (matter.state, matter.state, matter.reason)
        assert len(ground) >= 5, ground
