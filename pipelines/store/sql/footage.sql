-- name: footage_gap
WITH known AS (
    SELECT 1 FROM recording_gaps
    WHERE camera_id = %(camera_id)s AND start_ms <= %(start_ms)s AND end_ms >= %(end_ms)s
), grown AS (
    UPDATE recording_gaps SET end_ms = %(end_ms)s
    WHERE camera_id = %(camera_id)s AND end_ms = %(start_ms)s AND reason = %(reason)s
        AND cause = %(cause)s AND NOT EXISTS (SELECT FROM known)
    RETURNING 1
)
INSERT INTO recording_gaps (camera_id, start_ms, end_ms, reason, cause)
SELECT %(camera_id)s, %(start_ms)s, %(end_ms)s, %(reason)s, %(cause)s
WHERE NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM grown)
ON CONFLICT (camera_id, start_ms) DO UPDATE
SET end_ms = greatest(recording_gaps.end_ms, excluded.end_ms)

-- name: footage_clock
INSERT INTO capture_clocks (camera_id, stream, since_ms, at_ms, offset_ms, uncertainty_ms,
    drift_ppm)
VALUES (%(camera_id)s, %(stream)s, %(since_ms)s, %(at_ms)s, %(offset_ms)s, %(uncertainty_ms)s,
    %(drift_ppm)s)
ON CONFLICT (camera_id, stream, since_ms) DO UPDATE
SET at_ms = excluded.at_ms, offset_ms = excluded.offset_ms,
    uncertainty_ms = excluded.uncertainty_ms, drift_ppm = excluded.drift_ppm
WHERE capture_clocks.at_ms <= excluded.at_ms

-- name: footage_pins
SELECT DISTINCT c.device_id AS camera_id, a.detected_ms - %(before_ms)s AS start_ms,
    a.detected_ms + %(after_ms)s AS end_ms, a.alert_id AS why
FROM alerts a JOIN devices c ON c.kind = 'camera' AND (c.device_id = a.device_id
    OR c.device_id IN (
        SELECT p.device_id FROM placements p JOIN points USING (point_id)
        WHERE site_id = a.site_id AND place = a.place AND p.from_ms <= a.detected_ms
            AND (p.to_ms IS NULL OR p.to_ms > a.detected_ms)))
WHERE a.state = 'sealing'
    AND c.device_id = ANY (SELECT jsonb_array_elements_text(%(camera_ids)s))
UNION ALL
SELECT target_id, from_ms, to_ms, 'hold ' || hold_id FROM keeping_holds
WHERE target_kind = 'camera' AND released_ms IS NULL
    AND target_id = ANY (SELECT jsonb_array_elements_text(%(camera_ids)s))
ORDER BY start_ms, camera_id

-- name: footage_parts
INSERT INTO recording_parts (camera_id, start_ms, end_ms, sha256, size_bytes, recorded_ms)
SELECT camera_id, start_ms, end_ms, sha256, size_bytes, recorded_ms
FROM jsonb_to_recordset(%(parts)s) AS closed (camera_id text, start_ms bigint, end_ms bigint,
    sha256 text, size_bytes bigint, recorded_ms bigint)
ON CONFLICT DO NOTHING
RETURNING camera_id, start_ms, end_ms, sha256, size_bytes, recorded_ms

-- name: footage_parts_known
SELECT coalesce(array_agg(start_ms), '{}') AS starts FROM recording_parts
WHERE camera_id = %(camera_id)s AND start_ms >= %(from_ms)s
