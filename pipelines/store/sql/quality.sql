-- name: quality_sight
-- Medians of the judged looks of a span.
SELECT count(*) AS looks, percentile_cont(0.5) WITHIN GROUP (ORDER BY brightness) AS brightness,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY contrast) AS contrast,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY sharpness) AS sharpness,
    max(tallest_px) AS tallest_px
FROM observations
WHERE camera_id = %(camera_id)s AND time >= to_timestamp(%(from_ms)s / 1000.0)
    AND time <= to_timestamp(%(to_ms)s / 1000.0)

-- name: quality_usual
-- One look each hour of the week before: as many index probes, however busy the camera was.
SELECT count(*) AS looks, percentile_cont(0.5) WITHIN GROUP (ORDER BY o.brightness) AS brightness,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY o.contrast) AS contrast,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY o.sharpness) AS sharpness
FROM generate_series(to_timestamp(%(before_ms)s / 1000.0) - interval '7 days',
    to_timestamp(%(before_ms)s / 1000.0) - interval '1 hour', interval '1 hour') AS t(at)
CROSS JOIN LATERAL (
    SELECT brightness, contrast, sharpness FROM observations
    WHERE camera_id = %(camera_id)s AND time >= t.at AND time < t.at + interval '1 hour'
    ORDER BY time LIMIT 1
) o

-- name: quality_events
SELECT DISTINCT what FROM camera_events
WHERE camera_id = %(camera_id)s AND at_ms >= %(from_ms)s AND at_ms <= %(to_ms)s
ORDER BY what

-- name: quality_device_alerts
-- Other alerts of the device over the span, of the whole device or of the same series.
SELECT DISTINCT rule_id FROM alerts
WHERE device_id = %(device_id)s AND alert_id <> %(alert_id)s AND NOT staged
    AND start_ms <= %(to_ms)s AND (end_ms IS NULL OR end_ms >= %(from_ms)s)
    AND (series_id IS NULL OR series_id = %(series_id)s)
    AND rule_id = ANY (SELECT jsonb_array_elements_text(%(rules)s))
ORDER BY rule_id

-- name: quality_place
-- Where the register has the device at a moment, and whether that was published by then.
SELECT pt.point_id, pt.published_location <> '' OR EXISTS (
        SELECT 1 FROM documents d WHERE d.device_id = p.device_id
            AND d.kind = 'published_location' AND d.valid_from_ms <= %(at_ms)s
            AND (d.valid_to_ms IS NULL OR d.valid_to_ms > %(at_ms)s)) AS published
FROM placements p JOIN points pt USING (point_id)
WHERE p.device_id = %(device_id)s AND pt.site_id = %(site_id)s AND pt.place = %(place)s
    AND p.from_ms <= %(at_ms)s AND (p.to_ms IS NULL OR p.to_ms > %(at_ms)s)

-- name: quality_maintained
SELECT 1 AS maintained FROM maintenance
WHERE device_id = %(device_id)s AND from_ms <= %(to_ms)s AND (to_ms IS NULL OR to_ms > %(from_ms)s)
LIMIT 1

-- name: quality_interval
SELECT quantity, interval_s FROM series WHERE series_id = %(series_id)s

-- name: quality_lock
-- The sealed evidence of an alert that is before the officers. The alert is held: a verdict and a
-- review at the same moment see one another.
SELECT a.alert_id, a.party_id, s.unit_id, e.evidence_id, e.manifest_sha256
FROM alerts a JOIN sites s USING (site_id) JOIN evidence e USING (alert_id)
WHERE a.alert_id = %(alert_id)s AND a.state <> 'sealing' AND NOT a.staged
FOR UPDATE OF a

-- name: quality_sealed
SELECT a.alert_id, a.state, s.unit_id, e.evidence_id, e.manifest_sha256, e.manifest
FROM alerts a JOIN sites s USING (site_id) JOIN evidence e USING (alert_id)
WHERE a.alert_id = %(alert_id)s AND a.state <> 'sealing' AND NOT a.staged

-- name: quality_officer
SELECT officer_id, name_zh, name_en, role, unit_id FROM officers WHERE officer_id = %(officer_id)s

-- name: quality_reviews
SELECT review_id, manifest_sha256, kind, statement, signature, key_id
FROM reviews WHERE alert_id = %(alert_id)s ORDER BY seq

-- name: quality_standing
SELECT DISTINCT ON (r.kind) r.kind, r.review_id, r.officer_id, r.at_ms, r.statement
FROM reviews r JOIN evidence e USING (evidence_id, manifest_sha256)
WHERE r.alert_id = %(alert_id)s ORDER BY r.kind, r.seq DESC

-- name: quality_add_review
INSERT INTO reviews (review_id, evidence_id, alert_id, manifest_sha256, kind, officer_id, at_ms,
    passed, statement, signature, key_id)
VALUES (%(review_id)s, %(evidence_id)s, %(alert_id)s, %(manifest_sha256)s, %(kind)s,
    %(officer_id)s, %(at_ms)s, %(passed)s, %(statement)s, %(signature)s, %(key_id)s)

-- name: quality_event
INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, ground)
VALUES (%(event_id)s, %(alert_id)s, %(at_ms)s, %(actor)s, %(action)s, %(ground)s)

-- name: quality_withheld
-- The confirmation of an alert of which no case was made yet.
SELECT v.event_id, v.actor, v.reason_code, v.at_ms
FROM alerts a JOIN alert_events v USING (alert_id)
WHERE a.alert_id = %(alert_id)s AND a.state = 'confirmed' AND v.action = 'confirmed'
    AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.alert_id = a.alert_id)
ORDER BY v.at_ms DESC LIMIT 1
