-- name: verify_page
SELECT evidence_id, alert_id, manifest_sha256, manifest, signature, key_id, sealed_at_ms
FROM evidence
WHERE alert_id > %(after)s AND (%(alerts)s::jsonb IS NULL
    OR alert_id IN (SELECT jsonb_array_elements_text(%(alerts)s::jsonb)))
ORDER BY alert_id LIMIT 200

-- name: verify_objects
SELECT evidence_id, role, name, sha256, sm3, size_bytes, media_type FROM evidence_objects
WHERE evidence_id IN (SELECT jsonb_array_elements_text(%(evidence_ids)s)) ORDER BY name

-- name: verify_alerts
SELECT * FROM alerts WHERE alert_id IN (SELECT jsonb_array_elements_text(%(alerts)s))

-- name: verify_alerts_of_case
SELECT alert_id FROM cases WHERE case_id = %(case_id)s

-- name: verify_leaves
SELECT leaf_index, kind, subject, at_ms, body FROM log_leaves
WHERE kind IN (SELECT jsonb_array_elements_text(%(kinds)s))
    AND subject IN (SELECT jsonb_array_elements_text(%(subjects)s)) ORDER BY leaf_index

-- name: verify_pending
SELECT leaves FROM log_pending ORDER BY pending_id

-- name: verify_unsealed
SELECT a.alert_id, a.rule_id, a.rule_version, a.site_id, a.place, a.device_id, a.detected_ms
FROM alerts a LEFT JOIN evidence e USING (alert_id)
WHERE a.state <> 'sealing' AND e.evidence_id IS NULL AND (%(alerts)s::jsonb IS NULL
    OR a.alert_id IN (SELECT jsonb_array_elements_text(%(alerts)s::jsonb)))
ORDER BY a.alert_id

-- name: verify_lost_pins
SELECT l.leaf_index, l.subject, l.at_ms, l.body FROM log_leaves l
WHERE l.kind = 'pin' AND NOT EXISTS (SELECT FROM evidence e WHERE e.evidence_id = l.subject)
ORDER BY l.leaf_index

-- name: verify_raw_count
SELECT count(*) AS n FROM raw_batches

-- name: verify_raw_changed
SELECT device_id, seq, sha256, received_ms, first_ms, last_ms,
    encode(sha256(original), 'hex') AS found FROM raw_batches
WHERE encode(sha256(original), 'hex') <> sha256 ORDER BY device_id, seq, sha256

-- name: verify_raw_unlogged
SELECT b.device_id, b.seq, b.sha256, b.received_ms, b.first_ms, b.last_ms FROM raw_batches b
WHERE NOT EXISTS (SELECT FROM log_leaves l WHERE l.subject = b.sha256 AND l.kind = 'raw_batch')
ORDER BY b.device_id, b.seq, b.sha256

-- name: verify_raw_gone
SELECT l.leaf_index, l.subject, l.at_ms FROM log_leaves l
WHERE l.kind = 'raw_batch' AND NOT EXISTS (SELECT FROM raw_batches b WHERE b.sha256 = l.subject)
ORDER BY l.leaf_index

-- name: verify_raw_first_leaf
SELECT min(at_ms) AS at_ms FROM log_leaves WHERE kind = 'raw_batch'

-- name: verify_raw_of
SELECT device_id, seq, sha256, received_ms, first_ms, last_ms,
    encode(sha256(original), 'hex') AS found FROM raw_batches
WHERE sha256 IN (SELECT jsonb_array_elements_text(%(digests)s))

-- name: verify_naming
SELECT DISTINCT o.sha256, e.alert_id FROM evidence_objects o JOIN evidence e USING (evidence_id)
WHERE o.sha256 IN (SELECT jsonb_array_elements_text(%(digests)s)) ORDER BY e.alert_id

-- name: verify_officers
SELECT officer_id, name_zh, name_en, role FROM officers
WHERE officer_id IN (SELECT jsonb_array_elements_text(%(officers)s))

-- name: verify_export_insert
INSERT INTO evidence_exports (export_id, alert_id, evidence_id, maker, extractor, approved_by,
    reason, at_ms, sums_sha256)
VALUES (%(export_id)s, %(alert_id)s, %(evidence_id)s, %(maker)s, %(extractor)s, %(approved_by)s,
    %(reason)s, %(at_ms)s, %(sums_sha256)s)

-- name: verify_certificates
SELECT certificate_id, item_id, body, signature, key_id FROM keeping_certificates
WHERE certificate_id IN (SELECT jsonb_array_elements_text(%(certificates)s))

-- name: verify_first_stamp
-- Of the first checkpoint of at least so many leaves that was stamped.
SELECT tree_size, authority, token FROM log_stamps
WHERE tree_size = (SELECT min(tree_size) FROM log_stamps WHERE tree_size >= %(size)s)
ORDER BY authority

-- name: verify_checkpoint_newest
SELECT tree_size, note FROM log_checkpoints ORDER BY tree_size DESC LIMIT 1

-- name: verify_checkpoint_at
SELECT tree_size, note FROM log_checkpoints
WHERE tree_size >= %(size)s ORDER BY tree_size LIMIT 1

-- name: verify_records
SELECT o.record_id, o.role, o.name, o.sha256, o.size_bytes, r.start_ms, r.matter
FROM record_objects o JOIN records r USING (record_id) ORDER BY o.record_id, o.role, o.name

-- name: verify_record_leaves
SELECT leaf_index, subject, at_ms, body FROM log_leaves WHERE kind = 'record' ORDER BY leaf_index

-- name: verify_reviews
SELECT review_id, evidence_id, alert_id, manifest_sha256, kind, officer_id, at_ms, passed,
    statement, signature, key_id FROM reviews
WHERE %(alerts)s::jsonb IS NULL
    OR alert_id IN (SELECT jsonb_array_elements_text(%(alerts)s::jsonb)) ORDER BY seq

-- name: verify_exports
SELECT export_id, alert_id, evidence_id, maker, extractor, approved_by, reason, at_ms, sums_sha256
FROM evidence_exports
WHERE %(alerts)s::jsonb IS NULL
    OR alert_id IN (SELECT jsonb_array_elements_text(%(alerts)s::jsonb)) ORDER BY at_ms, export_id

-- name: verify_act_leaves
SELECT kind, subject, body FROM log_leaves
WHERE kind IN ('review', 'export') AND (%(subjects)s::jsonb IS NULL
    OR subject IN (SELECT jsonb_array_elements_text(%(subjects)s::jsonb))) ORDER BY leaf_index
