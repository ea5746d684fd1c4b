-- A part that began long before may reach into the span: the one before it and an hour are looked at.

-- name: custody_parts
SELECT camera_id, start_ms, end_ms, sha256, size_bytes FROM recording_parts
WHERE camera_id = %(camera_id)s AND start_ms < %(to_ms)s AND end_ms > %(from_ms)s
    AND start_ms >= least(%(from_ms)s - 3600000, (
        SELECT max(start_ms) FROM recording_parts
        WHERE camera_id = %(camera_id)s AND start_ms <= %(from_ms)s))
ORDER BY start_ms, recorded_ms

-- How a device's clock stood. A camera's: by the arrivals of its stream, noted every ten minutes; what
-- is still noted counts before what is not, the recorded stream before the other. Another device's: by
-- its last check; how far that may be off, by the least delay of an hour's messages, as the offset that
-- they allow reaches from there to what the check says.

-- name: custody_clock
WITH noted AS (
    SELECT offset_ms, uncertainty_ms FROM capture_clocks
    WHERE camera_id = %(device_id)s AND since_ms <= %(at_ms)s
    ORDER BY at_ms >= %(at_ms)s - 1200000 DESC, stream, since_ms DESC LIMIT 1
), checked AS (
    SELECT clock_offset_ms::bigint AS offset_ms FROM documents
    WHERE device_id = %(device_id)s AND kind = 'clock_check' AND valid_from_ms <= %(at_ms)s
        AND (valid_to_ms IS NULL OR valid_to_ms > %(at_ms)s)
    ORDER BY valid_from_ms DESC, document_id DESC LIMIT 1
), arrived AS (
    SELECT min(received_ms - last_ms) AS delay_ms FROM raw_batches
    WHERE device_id = %(device_id)s AND first_ms > %(at_ms)s - 7200000
        AND last_ms BETWEEN %(at_ms)s - 3600000 AND %(at_ms)s
)
SELECT offset_ms, uncertainty_ms FROM noted
UNION ALL
SELECT c.offset_ms, abs(a.delay_ms + coalesce(c.offset_ms, 0))
FROM arrived a LEFT JOIN checked c ON true
WHERE NOT EXISTS (SELECT FROM noted) AND (c.offset_ms IS NOT NULL OR a.delay_ms IS NOT NULL)
