"""An incident and a silence in the dashboards' authority, as stage and officer leave them."""

from __future__ import annotations

import psycopg

from pipelines.alerts.incidents import incident_id_of
from tests.contract.dashboards.rows import CAMERA_ALERT, HOUR, NOW_MS, POOL_ALERT

INCIDENT = incident_id_of("pool-1", POOL_ALERT)
SILENCE = "5" * 24
HELD = "7" * 24


def joined(url: str) -> None:
    """The pool's chlorine and its empty stand are one; a third finding is held by a silence."""
    with psycopg.connect(url) as db:
        db.execute(
            "INSERT INTO incidents (incident_id, site_id, opened_ms) VALUES (%s, 'pool-1', %s)",
            (INCIDENT, NOW_MS - HOUR),
        )
        db.execute(
            "UPDATE alerts SET incident_id = %s WHERE alert_id IN (%s, %s)",
            (INCIDENT, POOL_ALERT, CAMERA_ALERT),
        )
        db.execute(
            "INSERT INTO incident_links VALUES (%s, %s, %s, 'bathing_load')",
            (INCIDENT, POOL_ALERT, CAMERA_ALERT),
        )
        db.execute(
            "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, reason_code,"
            " ground) VALUES ('joined-1', %s, %s, 'vigil', 'joined', 'bathing_load', %s)",
            (CAMERA_ALERT, NOW_MS - HOUR, INCIDENT),
        )
        db.execute(
            "INSERT INTO silences (silence_id, unit_id, site_id, rule_id, critical, reason,"
            " created_by, created_ms, from_ms, to_ms)"
            " VALUES (%s, 'authority', 'pool-1', 'pool-orp', false, '电极更换', '3301',"
            " %s, %s, %s)",
            (SILENCE, NOW_MS - 2 * HOUR, NOW_MS - 2 * HOUR, NOW_MS + HOUR),
        )
        db.execute(
            "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"
            " device_id, place, start_ms, detected_ms, unit, inputs, staged, state, grade,"
            " grade_reasons, risk, input_at_ms, stored_at_ms, held_by, held_ref)"
            " SELECT %s, 'pool-orp', '1', 'medium', party_id, site_id, device_id, place, start_ms,"
            " detected_ms, unit, inputs, false, 'held', grade, grade_reasons, 40, 0, 0, 'silenced',"
            " %s FROM alerts WHERE alert_id = %s",
            (HELD, SILENCE, POOL_ALERT),
        )
