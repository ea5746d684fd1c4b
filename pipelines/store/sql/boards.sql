-- name: boards_readings_per_minute
SELECT date_bin('1 minute', r.time, TIMESTAMPTZ '2000-01-01') AS time, s.quantity AS metric,
       count(*) AS readings
FROM readings r JOIN series s USING (series_id)
WHERE $__timeFilter(r.time)
GROUP BY 1, 2 ORDER BY 1

-- name: boards_in_limits
SELECT t.name_zh AS site, o.name_zh AS point, s.quantity, sum(r.n) AS readings,
       round((100 * sum(r.in_limits * r.n) / sum(r.n))::numeric, 1) AS in_limits_percent,
       min(r.lowest) AS lowest, max(r.highest) AS highest
FROM readings_1h r JOIN series s USING (series_id) JOIN placements p USING (placement_id)
    JOIN points o USING (point_id) JOIN sites t USING (site_id)
WHERE $__timeFilter(r.time) AND r.in_limits <> 'NaN'
GROUP BY 1, 2, 3 ORDER BY in_limits_percent, site, quantity LIMIT 100

-- name: boards_alerts_by_rule
SELECT rule_id, severity, count(*) AS alerts,
       count(*) FILTER (WHERE state = 'confirmed') AS confirmed,
       count(*) FILTER (WHERE state = 'dismissed') AS dismissed
FROM (SELECT *, to_timestamp(detected_ms / 1000.0) AS time FROM alerts) a
WHERE $__timeFilter(time) AND NOT staged
GROUP BY rule_id, severity ORDER BY alerts DESC, rule_id

-- name: boards_open_by_risk
SELECT a.risk, a.severity, a.rule_id, p.name_zh AS party, s.name_zh AS site, a.state, a.grade,
       to_timestamp(a.detected_ms / 1000.0) AS detected
FROM alerts a JOIN parties p USING (party_id) JOIN sites s ON s.site_id = a.site_id
WHERE a.state IN ('open', 'acknowledged') AND NOT a.staged
ORDER BY a.risk DESC, a.detected_ms LIMIT 50

-- name: boards_reading_to_alert
SELECT date_bin('5 minutes', time, TIMESTAMPTZ '2000-01-01') AS time,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took_ms) AS p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY took_ms) AS p95
FROM (SELECT to_timestamp(stored_at_ms / 1000.0) AS time,
             (stored_at_ms - input_at_ms)::float8 AS took_ms FROM alerts) a
WHERE $__timeFilter(time)
GROUP BY 1 ORDER BY 1

-- name: boards_people_per_camera
SELECT date_bin('10 seconds', o.time, TIMESTAMPTZ '2000-01-01') AS time, t.name_zh AS metric,
       max(o.people) AS people
FROM observations o
    JOIN placements p ON p.device_id = o.camera_id AND p.from_ms <= extract(epoch FROM o.time) * 1000
        AND (p.to_ms IS NULL OR p.to_ms > extract(epoch FROM o.time) * 1000)
    JOIN points t USING (point_id)
WHERE $__timeFilter(o.time)
GROUP BY 1, 2 ORDER BY 1

-- name: boards_pool_chlorine
SELECT r.time, o.name_zh AS metric, r.value AS free_chlorine
FROM readings r JOIN series s USING (series_id) JOIN placements p USING (placement_id)
    JOIN points o USING (point_id) JOIN sites t USING (site_id)
WHERE $__timeFilter(r.time) AND s.quantity = 'free_chlorine' AND r.flag = 0
    AND coalesce(nullif(o.kind, ''), t.kind) = 'pool'
ORDER BY r.time

-- name: boards_losses
SELECT name, value FROM counters
UNION ALL SELECT 'dead_letters', count(*) FROM dead_letters
UNION ALL SELECT 'recording_gaps', count(*) FROM recording_gaps
UNION ALL SELECT 'outbox', count(*) FROM outbox
ORDER BY name

-- name: boards_dead_letters
SELECT date_bin('5 minutes', time, TIMESTAMPTZ '2000-01-01') AS time, reason AS metric,
       count(*) AS dead_letters
FROM (SELECT to_timestamp(at_ms / 1000.0) AS time, reason FROM dead_letters) d
WHERE $__timeFilter(time)
GROUP BY 1, 2 ORDER BY 1

-- name: boards_sealing
SELECT count(*) FILTER (WHERE state = 'sealing') AS sealing,
       (SELECT count(*) FROM evidence) AS sealed,
       coalesce(extract(epoch FROM $__timeTo()::timestamptz)
                - min(stored_at_ms) FILTER (WHERE state = 'sealing') / 1000.0, 0) AS oldest_s
FROM alerts

-- name: boards_delivery
SELECT 'notice' AS what, state, count(*) AS n FROM notices GROUP BY state
UNION ALL SELECT 'case', state, count(*) FROM cases GROUP BY state
ORDER BY what, state

-- name: boards_credit
SELECT DISTINCT ON (c.party_id) p.name_zh AS party, c.grade, c.score, c.cause, c.time AS since
FROM credit_scores c JOIN parties p USING (party_id)
WHERE c.time <= $__timeTo()::timestamptz
ORDER BY c.party_id, c.time DESC
