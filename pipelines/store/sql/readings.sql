-- name: readings_copy
COPY readings (time, series_id, value, flag) FROM STDIN (FORMAT BINARY)

-- name: readings_late_copy
COPY late_readings (time, series_id, value, flag) FROM STDIN (FORMAT BINARY)

-- name: readings_minutes_copy
COPY readings_1m FROM STDIN (FORMAT BINARY)

-- name: readings_hours_copy
COPY readings_1h FROM STDIN (FORMAT BINARY)

-- A series whose site was corrected goes on in another partition within an hour. What is merged was
-- summed up after a reload, which read the readings of both: the fuller row stands.

-- name: readings_minutes_merge
INSERT INTO readings_1m AS had VALUES (%(time)s, %(series_id)s, %(n)s, %(lowest)s, %(highest)s, %(mean)s,
    %(p95)s, %(in_limits)s)
ON CONFLICT (series_id, time) DO UPDATE SET n = excluded.n, lowest = excluded.lowest,
    highest = excluded.highest, mean = excluded.mean, p95 = excluded.p95,
    in_limits = excluded.in_limits
WHERE excluded.n >= had.n

-- name: readings_hours_merge
INSERT INTO readings_1h AS had VALUES (%(time)s, %(series_id)s, %(n)s, %(lowest)s, %(highest)s, %(mean)s,
    %(p95)s, %(in_limits)s)
ON CONFLICT (series_id, time) DO UPDATE SET n = excluded.n, lowest = excluded.lowest,
    highest = excluded.highest, mean = excluded.mean, p95 = excluded.p95,
    in_limits = excluded.in_limits
WHERE excluded.n >= had.n

-- name: readings_day
INSERT INTO readings_1d
SELECT to_timestamp(%(day_ms)s / 1000), r.series_id, count(*), min(r.value), max(r.value),
    avg(r.value), percentile_disc(0.95) WITHIN GROUP (ORDER BY r.value),
    coalesce((SELECT sum(h.in_limits * h.n) / sum(h.n) FROM readings_1h h
        WHERE h.series_id = r.series_id AND h.time >= to_timestamp(%(day_ms)s / 1000)
            AND h.time < to_timestamp(%(day_ms)s / 1000) + INTERVAL '24 hours'), 'NaN')
FROM readings r
WHERE r.series_id = %(series_id)s AND r.time >= to_timestamp(%(day_ms)s / 1000)
    AND r.time < to_timestamp(%(day_ms)s / 1000) + INTERVAL '24 hours' AND r.flag = 0
GROUP BY r.series_id
ON CONFLICT (series_id, time) DO UPDATE SET n = excluded.n, lowest = excluded.lowest,
    highest = excluded.highest, mean = excluded.mean, p95 = excluded.p95,
    in_limits = excluded.in_limits

-- name: readings_late_span
INSERT INTO late_spans (series_id, from_ms, to_ms, partition, created_ms)
VALUES (%(series_id)s, %(from_ms)s, %(to_ms)s, %(partition)s,
    (extract(epoch FROM now()) * 1000)::bigint)

-- name: readings_recall
SELECT r.series_id, FALSE AS late, array_agg((date_part('epoch', r.time) * 1000)::bigint) AS time_ms,
    array_agg(r.value) AS value, array_agg(r.flag) AS flag
FROM jsonb_each_text(%(since)s) w JOIN readings r ON r.series_id = w.key::integer
    AND r.time >= to_timestamp(w.value::bigint / 1000.0)
WHERE r.time >= to_timestamp(%(least_ms)s / 1000.0)
GROUP BY r.series_id
UNION ALL
SELECT l.series_id, TRUE, array_agg((date_part('epoch', l.time) * 1000)::bigint),
    array_agg(l.value), array_agg(l.flag)
FROM jsonb_each_text(%(since)s) w JOIN late_readings l ON l.series_id = w.key::integer
    AND l.time >= to_timestamp(w.value::bigint / 1000.0)
WHERE l.time >= to_timestamp(%(least_ms)s / 1000.0)
GROUP BY l.series_id

-- name: readings_raw_batch
INSERT INTO raw_batches (sha256, device_id, seq, received_ms, first_ms, last_ms, partition,
    message_offset, watermark_ms, wire, original)
VALUES (%(sha256)s, %(device_id)s, %(seq)s, %(received_ms)s, %(first_ms)s, %(last_ms)s,
    %(partition)s, %(message_offset)s, %(watermark_ms)s, %(wire)s, %(original)s)
ON CONFLICT DO NOTHING

-- name: readings_raw_known
SELECT device_id, sha256 FROM raw_batches
WHERE (device_id, sha256) IN (
    SELECT batch->>0, batch->>1 FROM jsonb_array_elements(%(batches)s) AS batch)
