-- name: rejudge_claim
SELECT pg_try_advisory_xact_lock(hashtext('vigil.rejudge')) AS claimed

-- name: rejudge_spans
SELECT late_span_id, series_id, from_ms, to_ms, partition FROM late_spans
ORDER BY to_ms LIMIT 1000

-- name: rejudge_clocks
SELECT partition, value FROM stage_state WHERE stage = 'readings' AND key = 'clock'

-- name: rejudge_readings
SELECT (extract(epoch FROM time) * 1000)::bigint AS time_ms, value, flag FROM readings
WHERE series_id = %(series_id)s AND time >= to_timestamp(%(from_ms)s / 1000.0)
    AND time <= to_timestamp(%(to_ms)s / 1000.0)
ORDER BY time

-- name: rejudge_signals
SELECT s.body FROM alerts a JOIN signals s USING (alert_id)
WHERE a.site_id = %(site_id)s AND a.start_ms <= %(to_ms)s
    AND (a.end_ms IS NULL OR a.end_ms >= %(from_ms)s)
    AND (s.body ->> 'series_id')::integer = %(series_id)s

-- name: rejudge_done
DELETE FROM late_spans
WHERE late_span_id = ANY (SELECT jsonb_array_elements_text(%(ids)s)::bigint)

-- name: rejudge_minutes
INSERT INTO readings_1m
SELECT date_bin('1 minute', time, 'epoch'), series_id, count(*), min(value), max(value), avg(value),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY value),
    CASE WHEN %(low)s::float8 = 'NaN' THEN 'NaN'
        ELSE avg((value BETWEEN %(low)s::float8 AND %(high)s::float8)::integer) END
FROM readings
WHERE series_id = %(series_id)s AND flag = 0 AND time >= to_timestamp(%(first_ms)s / 1000)
    AND time < to_timestamp(%(until_ms)s / 1000)
GROUP BY 1, 2
ON CONFLICT (series_id, time) DO UPDATE SET n = excluded.n, lowest = excluded.lowest,
    highest = excluded.highest, mean = excluded.mean, p95 = excluded.p95,
    in_limits = excluded.in_limits

-- name: rejudge_hours
INSERT INTO readings_1h
SELECT date_bin('1 hour', time, 'epoch'), series_id, count(*), min(value), max(value), avg(value),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY value),
    CASE WHEN %(low)s::float8 = 'NaN' THEN 'NaN'
        ELSE avg((value BETWEEN %(low)s::float8 AND %(high)s::float8)::integer) END
FROM readings
WHERE series_id = %(series_id)s AND flag = 0 AND time >= to_timestamp(%(first_ms)s / 1000)
    AND time < to_timestamp(%(until_ms)s / 1000)
GROUP BY 1, 2
ON CONFLICT (series_id, time) DO UPDATE SET n = excluded.n, lowest = excluded.lowest,
    highest = excluded.highest, mean = excluded.mean, p95 = excluded.p95,
    in_limits = excluded.in_limits
