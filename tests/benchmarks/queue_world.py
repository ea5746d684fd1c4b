"""Owns the authority that the queue is measured on: 400 sites, 3 units, 100,000 alerts that wait.

Written by the database itself from series of numbers, so that it is the same each time.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from argon2 import PasswordHasher

from detectors.catalogue import bundled

PASSWORD = "correct horse battery"
OFFICER, LEADER = "q-officer", "q-leader"
SITES, UNITS = 400, 3
SEARCHED = "清波 17 号"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there is."""

    waiting: int = 100_000
    decided: int = 300_000
    events: int = 10_000_000


QUICK = Size(waiting=100_000, decided=20_000, events=500_000)

_REGISTER = """
INSERT INTO districts (district_id, name_zh, name_en) VALUES ('q', '婺城区', 'Wucheng');
INSERT INTO units (unit_id, name_zh, name_en)
SELECT 'q-unit-' || n, '执法队 ' || n, 'Team ' || n FROM generate_series(0, %(units)s - 1) n;
INSERT INTO parties (party_id, district_id, uscc, name_zh, name_en, service_email)
SELECT 'q-party-' || n, 'q', 'Q' || n, '清波 ' || n || ' 号单位', 'Party ' || n, 'p@example.invalid'
FROM generate_series(0, %(sites)s - 1) n;
INSERT INTO sites (site_id, party_id, kind, name_zh, name_en, hours, unit_id)
SELECT 'q-site-' || n, 'q-party-' || n, 'pool', '场所 ' || n, 'Site ' || n,
    '{"spans": [], "zone": "Asia/Shanghai"}', 'q-unit-' || n %% %(units)s
FROM generate_series(0, %(sites)s - 1) n;
INSERT INTO devices (device_id, kind, model)
SELECT 'q-device-' || n, 'sensor', 'M' FROM generate_series(0, %(sites)s - 1) n;
INSERT INTO points (point_id, site_id, place, kind, name_zh, name_en, mounting, siting_reason,
    published_location)
SELECT 'q-point-' || n || '-' || p, 'q-site-' || n, 'place-' || p, '', '点位 ' || p, 'Place ' || p,
    'fixed', '', '' FROM generate_series(0, %(sites)s - 1) n, generate_series(0, 2) p;
"""
_ALERTS = """
INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id, device_id, place,
    start_ms, detected_ms, end_ms, unit, value, low, high, inputs, staged, state, grade,
    grade_reasons, risk, input_at_ms, stored_at_ms, unit_id, incident_id, assignee, due_ms)
SELECT substr(encode(sha256(('a' || n)::bytea), 'hex'), 1, 24),
    (%(rules)s::text[])[1 + (n * 7919) %% cardinality(%(rules)s)], '1',
    (ARRAY['low', 'medium', 'medium', 'high', 'critical'])[1 + (n * 31) %% 5],
    'q-party-' || n %% %(sites)s, 'q-site-' || n %% %(sites)s, 'q-device-' || n %% %(sites)s,
    'place-' || n %% 3, t - 900000, t, t, 'mg/L', 1.6, 0.3, 1.0,
    '{"median": 1.62, "window_readings": 15, "bad_for_s": 900}', false,
    CASE WHEN n > %(waiting)s THEN (ARRAY['confirmed', 'dismissed'])[1 + n %% 2]
        ELSE (ARRAY['open', 'open', 'open', 'open', 'open', 'open', 'acknowledged', 'acknowledged',
              'reminded', 'held'])[1 + (n * 13) %% 10] END,
    (ARRAY['evidence', 'lead', 'nothing'])[1 + (n * 17) %% 3], '[]',
    ((n * 2654435761) %% 10000) / 100.0, t, t, 'q-unit-' || (n %% %(sites)s) %% %(units)s,
    CASE WHEN n %% 20 = 0 THEN 'incident-' || n / 200 ELSE '' END,
    CASE WHEN (n * 13) %% 10 IN (6, 7) AND n %% 7 = 0 THEN %(officer)s ELSE '' END,
    t + 86400000
FROM (SELECT n, %(now_ms)s - (n * 48271 %% 604800)::bigint * 1000 AS t
      FROM generate_series(1, %(alerts)s::bigint) n) made;
"""
_EVENTS = """
INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action)
SELECT md5(e || a.alert_id), a.alert_id, a.detected_ms + e, 'vigil',
    (ARRAY['detected', 'joined', 'notice_sent', 'ended', 'sealed'])[1 + e %% 5]
FROM alerts a, generate_series(1, %(each)s) e WHERE a.party_id LIKE 'q-%%'
"""


def fill(connection: psycopg.Connection, size: Size, now_ms: int) -> None:
    """Writes it all; triggers and foreign keys rest meanwhile."""
    rules = sorted({e.id for e in bundled().entries if e.version == "1"})
    alerts = size.waiting + size.decided
    given = {
        "sites": SITES, "units": UNITS, "rules": rules, "waiting": size.waiting, "now_ms": now_ms,
        "alerts": alerts, "officer": OFFICER, "each": size.events // alerts,
    }  # fmt: skip
    hashed = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for text in (_REGISTER, _ALERTS, _EVENTS):
            for one in filter(str.strip, text.split(";\n")):
                cursor.execute(one.encode(), given)
        for officer, role in ((OFFICER, "officer"), (LEADER, "leader")):
            cursor.execute(
                "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id)"
                " VALUES (%s, %s, %s, %s, %s, 'q-unit-0')",
                (officer, officer, officer, role, hashed),
            )
    connection.execute("VACUUM ANALYZE")  # as the server does by itself, sooner or later
