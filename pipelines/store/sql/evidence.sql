-- name: evidence_alert
SELECT a.*, p.name_zh AS party_zh, p.name_en AS party_en, p.uscc, p.service_email,
    t.name_zh AS site_zh, t.name_en AS site_en, d.kind AS device_kind, d.model AS device_model,
    coalesce(pt.name_zh, a.place) AS place_zh, coalesce(pt.name_en, a.place) AS place_en,
    s.quantity, e.evidence_id
FROM alerts a JOIN parties p USING (party_id) JOIN sites t ON t.site_id = a.site_id
    JOIN devices d USING (device_id) LEFT JOIN series s USING (series_id)
    LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
    LEFT JOIN evidence e USING (alert_id)
WHERE a.alert_id = %(alert_id)s

-- name: evidence_cameras
SELECT device_id FROM devices
WHERE kind = 'camera' AND (device_id = %(device_id)s OR device_id IN (
    SELECT p.device_id FROM placements p JOIN points USING (point_id)
    WHERE site_id = %(site_id)s AND place = %(place)s AND p.from_ms <= %(at_ms)s
        AND (p.to_ms IS NULL OR p.to_ms > %(at_ms)s)))
ORDER BY device_id

-- name: evidence_papers
SELECT device_id, document_id, kind, number, issued_by, valid_from_ms, valid_to_ms, clock_offset_ms
FROM documents
WHERE device_id = ANY (SELECT jsonb_array_elements_text(%(device_ids)s))
    AND valid_from_ms <= %(at_ms)s AND (valid_to_ms IS NULL OR valid_to_ms > %(at_ms)s)
ORDER BY device_id, kind, valid_from_ms, document_id

-- name: evidence_raw_count
SELECT count(*) AS n FROM raw_batches
WHERE device_id = %(device_id)s AND last_ms >= %(from_ms)s AND first_ms <= %(to_ms)s

-- name: evidence_raw
SELECT seq, sha256, received_ms, first_ms, last_ms, original FROM raw_batches
WHERE device_id = %(device_id)s AND last_ms >= %(from_ms)s AND first_ms <= %(to_ms)s
ORDER BY last_ms DESC, seq DESC, sha256 LIMIT %(most)s

-- name: evidence_readings
SELECT (extract(epoch FROM time) * 1000)::bigint AS time_ms, value, flag FROM readings
WHERE series_id = %(series_id)s AND time >= to_timestamp(%(from_ms)s / 1000.0)
    AND time <= to_timestamp(%(to_ms)s / 1000.0)
ORDER BY readings.time, value, flag

-- name: evidence_looks
SELECT camera_id, (extract(epoch FROM time) * 1000)::bigint AS time_ms, people, frame_sha256,
    model
FROM observations
WHERE camera_id = %(camera_id)s AND time >= to_timestamp(%(from_ms)s / 1000.0)
    AND time <= to_timestamp(%(to_ms)s / 1000.0)
ORDER BY observations.time, frame_sha256

-- name: evidence_zones
SELECT zone_id, kind, polygon, crowd_limit, active FROM zones
WHERE zone_id IN (SELECT body ->> 'zone_id' FROM signals WHERE alert_id = %(alert_id)s)
ORDER BY zone_id

-- name: evidence_gaps
SELECT start_ms, end_ms, reason FROM recording_gaps
WHERE camera_id = %(camera_id)s AND end_ms > %(from_ms)s AND start_ms < %(to_ms)s
ORDER BY start_ms

-- name: evidence_of_alert
SELECT * FROM evidence WHERE alert_id = %(alert_id)s

-- name: evidence_insert
INSERT INTO evidence (evidence_id, alert_id, manifest_sha256, manifest, signature, key_id,
    sealed_at_ms)
VALUES (%(evidence_id)s, %(alert_id)s, %(manifest_sha256)s, %(manifest)s, %(signature)s, %(key_id)s,
    %(sealed_at_ms)s)

-- name: evidence_insert_object
INSERT INTO evidence_objects (evidence_id, role, name, sha256, size_bytes, media_type, sm3)
VALUES (%(evidence_id)s, %(role)s, %(name)s, %(sha256)s, %(size_bytes)s, %(media_type)s, %(sm3)s)

-- name: evidence_objects_of
SELECT evidence_id, role, name, sha256, sm3, size_bytes, media_type FROM evidence_objects
WHERE evidence_id = %(evidence_id)s ORDER BY name
