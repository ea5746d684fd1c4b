-- name: quiet_offsets
SELECT stage, partition, next_offset FROM stage_offsets WHERE log_id = %(log_id)s

-- name: quiet_rows
SELECT (SELECT count(*) FROM outbox) AS outbox,
    (SELECT count(*) FROM alerts WHERE state = 'sealing' AND NOT staged) AS sealing,
    (SELECT count(*) FROM notices WHERE state = 'queued') AS notices,
    (SELECT count(*) FROM case_sendings WHERE state = 'pending') AS sendings,
    (SELECT count(*) FROM log_pending) AS leaves

-- name: demo_counts
SELECT (SELECT count(*) FROM readings) AS readings_in,
    (SELECT count(*) FROM observations) AS frames_in,
    (SELECT count(*) FROM signals) AS signals,
    (SELECT count(*) FROM alerts) AS alerts,
    (SELECT count(*) FROM alerts WHERE staged) AS alerts_staged,
    (SELECT count(*) FROM incidents) AS incidents,
    (SELECT count(*) FROM evidence) AS evidence_sealed,
    (SELECT count(*) FROM log_leaves) AS log_leaves,
    (SELECT count(*) FROM log_stamps) AS log_stamps,
    (SELECT count(*) FROM notices WHERE state = 'sent') AS notices,
    (SELECT count(*) FROM cases WHERE sent_ms IS NOT NULL) AS cases_sent,
    (SELECT count(*) FROM cases WHERE acknowledged_ms IS NOT NULL) AS cases_acknowledged,
    (SELECT count(*) FROM cases WHERE decided_ms IS NOT NULL) AS cases_decided,
    (SELECT count(*) FROM credit_scores) AS credit_rows,
    (SELECT count(*) FROM dead_letters) AS dead_letters

-- name: demo_alerts_by_rule
SELECT rule_id, count(*) AS alerts FROM alerts GROUP BY rule_id ORDER BY rule_id

-- name: demo_dead_letters
SELECT reason, count(*) AS letters FROM dead_letters GROUP BY reason ORDER BY reason

-- name: demo_forms
SELECT wire, count(*) AS messages FROM raw_batches GROUP BY wire ORDER BY wire

-- name: demo_counters
SELECT name, value FROM counters ORDER BY name

-- name: demo_latency
SELECT (series_id IS NOT NULL) AS from_reading,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY stored_at_ms - input_at_ms) AS p50,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY stored_at_ms - input_at_ms) AS p95
FROM alerts WHERE input_at_ms > 0 GROUP BY 1

-- name: demo_alerts
SELECT a.alert_id, a.rule_id, a.severity, a.state, a.grade, a.risk, a.site_id, a.place,
    a.detected_ms, c.state AS case_state, c.decision
FROM alerts a LEFT JOIN cases c USING (alert_id) ORDER BY a.risk DESC

-- name: demo_unanswered
SELECT (
    SELECT count(*) FROM alerts a
    WHERE a.state = 'confirmed'
        AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.alert_id = a.alert_id)
        AND NOT EXISTS (SELECT 1 FROM alert_events e
            WHERE e.alert_id = a.alert_id AND e.action = 'case_withheld')
) + (SELECT count(*) FROM cases WHERE state IN ('pending', 'acknowledged')) AS unanswered

-- name: demo_gaps
SELECT camera_id || ' ' || cause AS gap, round(sum(end_ms - start_ms) / 1000.0, 1)::float8 AS seconds
FROM recording_gaps GROUP BY 1 ORDER BY 1

-- name: demo_camera_events
SELECT what, count(*) AS events FROM camera_events GROUP BY what ORDER BY what

-- name: demo_courses
SELECT case_id, status FROM cases WHERE sent_ms IS NOT NULL
