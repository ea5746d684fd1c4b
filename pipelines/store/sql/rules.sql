-- name: rules_alert
SELECT alert_id, rule_id, rule_version, severity, site_id, device_id, place, series_id, start_ms,
    detected_ms, end_ms, unit, value, low, high, staged, state, grade, grade_reasons, risk
FROM alerts WHERE alert_id = %(alert_id)s

-- name: rules_signals
SELECT body FROM signals WHERE alert_id = %(alert_id)s ORDER BY at_ms, signal_id

-- name: rules_evidence
SELECT e.evidence_id, e.manifest_sha256, e.sealed_at_ms, o.role, o.name, o.sha256, o.size_bytes
FROM evidence e LEFT JOIN evidence_objects o USING (evidence_id)
WHERE e.alert_id = %(alert_id)s ORDER BY o.role, o.name

-- name: rules_readings
SELECT series_id, (extract(epoch FROM time) * 1000)::bigint AS time_ms, value, flag FROM (
    SELECT series_id, time, value, flag FROM readings
    WHERE series_id IN (SELECT jsonb_array_elements_text(%(series)s)::integer)
        AND time >= to_timestamp(%(from_ms)s / 1000.0)
        AND time <= to_timestamp(%(to_ms)s / 1000.0)
    EXCEPT ALL
    SELECT series_id, time, value, flag FROM late_readings
    WHERE NOT %(late)s AND series_id IN (SELECT jsonb_array_elements_text(%(series)s)::integer)
        AND time >= to_timestamp(%(from_ms)s / 1000.0)
        AND time <= to_timestamp(%(to_ms)s / 1000.0)
) AS judged
ORDER BY time_ms, series_id, flag, value
