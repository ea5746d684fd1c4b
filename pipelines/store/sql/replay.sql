-- name: replay_messages
SELECT sha256, device_id, received_ms, partition, watermark_ms, wire, original FROM raw_batches
WHERE received_ms >= %(from_ms)s AND received_ms < %(to_ms)s
    AND (%(devices)s::jsonb IS NULL
        OR device_id IN (SELECT jsonb_array_elements_text(%(devices)s::jsonb)))
ORDER BY partition, watermark_ms, message_offset

-- name: replay_watermarks
SELECT partition, value FROM stage_state WHERE stage = 'readings' AND key = 'clock'

-- name: replay_found
SELECT body FROM signals
WHERE body ->> 'series_id' IS NOT NULL
    AND (%(site_id)s::text IS NULL OR body ->> 'site_id' = %(site_id)s::text)
ORDER BY at_ms, signal_id
