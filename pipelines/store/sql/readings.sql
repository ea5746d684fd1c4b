-- name: readings_copy
COPY readings (time, series_id, value, flag) FROM STDIN (FORMAT BINARY)

-- name: readings_raw_batch
INSERT INTO raw_batches (sha256, device_id, seq, received_ms, first_ms, last_ms, partition,
    message_offset, watermark_ms, original)
VALUES (%(sha256)s, %(device_id)s, %(seq)s, %(received_ms)s, %(first_ms)s, %(last_ms)s,
    %(partition)s, %(message_offset)s, %(watermark_ms)s, %(original)s)
ON CONFLICT DO NOTHING

-- name: frames_copy
COPY observations (time, camera_id, people, brightness, contrast, sharpness, frame_sha256)
FROM STDIN (FORMAT BINARY)

-- name: frames_gap
INSERT INTO recording_gaps (camera_id, start_ms, end_ms, reason)
VALUES (%(camera_id)s, %(start_ms)s, %(end_ms)s, %(reason)s)
ON CONFLICT (camera_id, start_ms) DO UPDATE SET end_ms = excluded.end_ms

-- name: replay_batches
SELECT r.sha256, r.received_ms, r.partition, r.watermark_ms, r.original, o.site_id
FROM raw_batches r
    JOIN LATERAL (SELECT point_id FROM placements WHERE device_id = r.device_id
        AND from_ms <= r.received_ms ORDER BY from_ms DESC LIMIT 1) p ON true
    JOIN points o USING (point_id)
ORDER BY r.partition, r.message_offset

-- name: replay_clocks
SELECT partition, value FROM stage_state WHERE stage = 'readings' AND key = 'clock'

-- name: replay_signals
SELECT signal_id, rule_id, phase, at_ms, body FROM signals
WHERE body ->> 'series_id' IS NOT NULL
