-- name: keeping_removed
SELECT DISTINCT ON (r.sha256) r.sha256, r.certificate_id, r.at_ms, r.basis
FROM keeping_removals r
WHERE r.sha256 NOT IN (SELECT sha256 FROM keeping_named)
ORDER BY r.sha256, r.at_ms DESC

-- name: keeping_lock
SELECT pg_advisory_xact_lock(hashtext('vigil.keeping'))

-- name: keeping_officer
SELECT officer_id, role, unit_id FROM officers WHERE officer_id = %(officer_id)s

-- name: keeping_evidence
SELECT e.evidence_id, e.alert_id, e.manifest_sha256, e.sealed_at_ms, a.party_id, a.site_id, a.state,
    a.staged, a.rule_id, t.unit_id, v.at_ms AS verdict_ms, c.case_id, c.state AS case_state, c.decided_ms,
    f.case_id IS NOT NULL AS filed, f.until_ms AS file_until_ms,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('role', o.role, 'name', o.name, 'sha256',
        o.sha256, 'sm3', o.sm3, 'size_bytes', o.size_bytes) ORDER BY o.name), '[]')
     FROM evidence_objects o WHERE o.evidence_id = e.evidence_id) AS objects
FROM evidence e JOIN alerts a USING (alert_id) JOIN sites t USING (site_id)
    LEFT JOIN cases c USING (alert_id) LEFT JOIN keeping_case_files f USING (case_id)
    LEFT JOIN LATERAL (
        SELECT max(at_ms) AS at_ms FROM alert_events
        WHERE alert_id = a.alert_id AND action IN ('confirmed', 'dismissed')) v ON true
WHERE e.evidence_id > %(after)s
    AND (%(item_id)s::text IS NULL OR e.evidence_id = %(item_id)s)
    AND NOT EXISTS (SELECT FROM keeping_certificates k
        WHERE k.kind = 'evidence' AND k.item_id = e.evidence_id)
ORDER BY e.evidence_id LIMIT 500

-- name: keeping_records
SELECT r.record_id, r.unit_id, r.party_id, r.start_ms, r.end_ms, r.matter, r.retention_class, c.decided_ms,
    coalesce(r.case_id, '') AS case_id, f.case_id IS NOT NULL AS filed,
    f.until_ms AS file_until_ms,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('role', o.role, 'name', o.name, 'sha256',
        o.sha256, 'sm3', o.sm3, 'size_bytes', o.size_bytes) ORDER BY o.role, o.name), '[]')
     FROM record_objects o WHERE o.record_id = r.record_id) AS objects
FROM records r LEFT JOIN cases c USING (case_id) LEFT JOIN keeping_case_files f USING (case_id)
WHERE r.record_id > %(after)s
    AND (%(item_id)s::text IS NULL OR r.record_id = %(item_id)s)
    AND NOT EXISTS (SELECT FROM keeping_certificates k
        WHERE k.kind = 'record' AND k.item_id = r.record_id)
ORDER BY r.record_id LIMIT 500

-- name: keeping_access
SELECT to_char(to_timestamp(l.at_ms / 1000.0) AT TIME ZONE %(zone)s, 'YYYY-MM') AS month,
    count(*) AS leaves, (extract(epoch FROM (date_trunc('month',
        min(to_timestamp(l.at_ms / 1000.0)) AT TIME ZONE %(zone)s) + interval '1 month')
        AT TIME ZONE %(zone)s) * 1000)::bigint AS end_ms,
    jsonb_agg(DISTINCT jsonb_build_array(coalesce(e.alert_id, l.subject),
        coalesce(a.party_id, r.party_id, ''), coalesce(a.site_id, ''),
        coalesce(c.case_id, r.case_id, ''))) AS subjects,
    jsonb_agg(l.leaf_index ORDER BY l.leaf_index) AS leaf_indices
FROM log_leaves l LEFT JOIN evidence e ON e.evidence_id = l.subject
    LEFT JOIN alerts a ON a.alert_id = coalesce(e.alert_id, l.subject)
    LEFT JOIN cases c ON c.alert_id = a.alert_id
    LEFT JOIN records r ON r.record_id = l.subject
WHERE l.body IS NOT NULL AND l.kind = ANY (SELECT jsonb_array_elements_text(%(kinds)s))
GROUP BY 1
HAVING %(item_id)s::text IS NULL
    OR to_char(min(to_timestamp(l.at_ms / 1000.0)) AT TIME ZONE %(zone)s, 'YYYY-MM') = %(item_id)s
ORDER BY 1

-- name: keeping_leaves_about
SELECT leaf_index FROM log_leaves
WHERE body IS NOT NULL AND subject = ANY (SELECT jsonb_array_elements_text(%(subjects)s))
    AND kind = ANY (SELECT jsonb_array_elements_text(%(kinds)s))
ORDER BY leaf_index

-- name: keeping_still_named
SELECT sha256 FROM keeping_named
WHERE sha256 = ANY (SELECT jsonb_array_elements_text(%(digests)s))
    AND NOT (kind = %(kind)s AND item_id = %(item_id)s)

-- name: keeping_naming
SELECT kind, item_id FROM keeping_named WHERE sha256 = %(sha256)s

-- name: keeping_stays
SELECT code, target_kind, target_id FROM keeping_standing ORDER BY code

-- name: keeping_stays_on_removed
SELECT s.code FROM keeping_standing s
WHERE (s.target_kind = 'object' AND s.target_id = %(sha256)s)
    OR (%(kind)s::text = 'evidence' AND EXISTS (
        SELECT FROM evidence e JOIN alerts a USING (alert_id) LEFT JOIN cases c USING (alert_id)
        WHERE e.evidence_id = %(item_id)s AND (s.target_kind, s.target_id) IN (
            ('alert', a.alert_id), ('party', a.party_id), ('site', a.site_id),
            ('case', c.case_id))))
    OR (%(kind)s::text = 'record' AND EXISTS (
        SELECT FROM records r
        WHERE r.record_id = %(item_id)s AND (s.target_kind, s.target_id) IN (
            ('record', r.record_id), ('party', r.party_id), ('case', r.case_id))))
ORDER BY s.code LIMIT 1

-- name: keeping_holds_page
SELECT h.*, o.name_zh, o.name_en FROM keeping_holds h JOIN officers o ON o.officer_id = h.by_officer
WHERE released_ms IS NULL AND o.unit_id = %(unit_id)s ORDER BY at_ms DESC LIMIT 200

-- name: keeping_hold
SELECT * FROM keeping_holds WHERE hold_id = %(hold_id)s FOR UPDATE

-- name: keeping_holds_on
SELECT * FROM keeping_holds WHERE target_kind = %(target_kind)s AND target_id = %(target_id)s
    AND released_ms IS NULL ORDER BY at_ms FOR UPDATE

-- name: keeping_add_hold
INSERT INTO keeping_holds (hold_id, target_kind, target_id, from_ms, to_ms, reason, by_officer, at_ms)
VALUES (%(hold_id)s, %(target_kind)s, %(target_id)s, %(from_ms)s, %(to_ms)s, %(reason)s,
    %(by_officer)s, %(at_ms)s)

-- name: keeping_release
UPDATE keeping_holds SET released_by = %(by)s, released_ms = %(now_ms)s, release_reason = %(reason)s
WHERE hold_id = %(hold_id)s AND released_ms IS NULL

-- name: keeping_marks_page
SELECT m.*, o.name_zh, o.name_en FROM keeping_marks m JOIN officers o ON o.officer_id = m.asked_by
WHERE approved IS NOT FALSE AND o.unit_id = %(unit_id)s
ORDER BY approved IS NOT NULL, asked_ms DESC LIMIT 200

-- name: keeping_mark
SELECT * FROM keeping_marks WHERE mark_id = %(mark_id)s FOR UPDATE

-- name: keeping_add_mark
INSERT INTO keeping_marks (mark_id, target_kind, target_id, ground, note, asked_by, asked_ms)
VALUES (%(mark_id)s, %(target_kind)s, %(target_id)s, %(ground)s, %(note)s, %(asked_by)s,
    %(asked_ms)s)
ON CONFLICT DO NOTHING

-- name: keeping_decide_mark
UPDATE keeping_marks SET decided_by = %(by)s, decided_ms = %(now_ms)s, approved = %(approved)s
WHERE mark_id = %(mark_id)s AND approved IS NULL

-- name: keeping_file_period
INSERT INTO keeping_case_files (case_id, until_ms, basis, set_by, set_ms)
VALUES (%(case_id)s, %(until_ms)s, %(basis)s, %(set_by)s, %(set_ms)s)
ON CONFLICT (case_id) DO UPDATE SET until_ms = excluded.until_ms, basis = excluded.basis,
    set_by = excluded.set_by, set_ms = excluded.set_ms

-- name: keeping_about
WITH about AS (
    SELECT a.alert_id, t.unit_id FROM alerts a JOIN sites t USING (site_id)
    WHERE CASE %(kind)s::text
        WHEN 'alert' THEN alert_id = %(id)s
        WHEN 'case' THEN alert_id IN (SELECT alert_id FROM cases WHERE case_id = %(id)s)
        WHEN 'object' THEN alert_id IN (SELECT alert_id FROM evidence e
            JOIN evidence_objects o USING (evidence_id) WHERE o.sha256 = %(id)s)
        ELSE false END
), recorded AS (
    SELECT record_id, unit_id FROM records r
    WHERE CASE %(kind)s::text
        WHEN 'record' THEN record_id = %(id)s
        WHEN 'case' THEN case_id = %(id)s
        WHEN 'object' THEN EXISTS (SELECT FROM record_objects o
            WHERE o.record_id = r.record_id AND o.sha256 = %(id)s)
        ELSE false END
), placed AS (
    SELECT unit_id FROM sites t WHERE CASE %(kind)s::text
        WHEN 'site' THEN t.site_id = %(id)s
        WHEN 'party' THEN t.party_id = %(id)s
        WHEN 'camera' THEN EXISTS (SELECT FROM points JOIN placements p USING (point_id)
            WHERE points.site_id = t.site_id AND p.device_id = %(id)s)
        ELSE false END
)
SELECT unit_id, (SELECT coalesce(jsonb_agg(actor), '[]') FROM alert_events
        WHERE alert_id IN (SELECT alert_id FROM about)
            AND action IN ('acknowledged', 'confirmed', 'dismissed')) AS owners
FROM about
UNION ALL
SELECT unit_id, (SELECT coalesce(jsonb_agg(officer_id), '[]') FROM record_officers
        WHERE record_id IN (SELECT record_id FROM recorded)) FROM recorded
UNION ALL
SELECT unit_id, '[]' FROM placed
LIMIT 1

-- name: keeping_add_proposal
INSERT INTO keeping_proposals (proposal_id, body, signature, key_id, proposed_by, proposed_ms)
VALUES (%(proposal_id)s, %(body)s, %(signature)s, %(key_id)s, %(proposed_by)s, %(proposed_ms)s)
ON CONFLICT DO NOTHING

-- name: keeping_proposal
SELECT * FROM keeping_proposals WHERE proposal_id = %(proposal_id)s

-- name: keeping_proposals_open
SELECT p.*, o.name_zh, o.name_en FROM keeping_proposals p
    JOIN officers o ON o.officer_id = p.proposed_by
WHERE approved IS NULL OR (approved AND finished_ms IS NULL) ORDER BY proposed_ms

-- name: keeping_decide_proposal
UPDATE keeping_proposals SET decided_by = %(by)s, decided_ms = %(now_ms)s, approved = %(approved)s,
    approval = %(approval)s, approval_signature = %(signature)s, approval_key_id = %(key_id)s
WHERE proposal_id = %(proposal_id)s AND approved IS NULL

-- name: keeping_finish_proposal
UPDATE keeping_proposals SET finished_ms = %(now_ms)s
WHERE proposal_id = %(proposal_id)s AND finished_ms IS NULL

-- name: keeping_certificate_of
SELECT * FROM keeping_certificates WHERE kind = %(kind)s AND item_id = %(item_id)s

-- name: keeping_certificates_page
SELECT c.*, (SELECT count(*) FROM keeping_removals r WHERE r.certificate_id = c.certificate_id
    AND r.removed_ms IS NULL) AS pending
FROM keeping_certificates c JOIN keeping_proposals p USING (proposal_id)
    JOIN officers o ON o.officer_id = p.proposed_by
WHERE o.unit_id = %(unit_id)s ORDER BY c.at_ms DESC, certificate_id LIMIT %(most)s

-- name: keeping_add_certificate
INSERT INTO keeping_certificates (certificate_id, proposal_id, kind, item_id, body, signature, key_id,
    at_ms)
VALUES (%(certificate_id)s, %(proposal_id)s, %(kind)s, %(item_id)s, %(body)s, %(signature)s,
    %(key_id)s, %(at_ms)s)

-- name: keeping_add_removal
INSERT INTO keeping_removals (sha256, certificate_id, basis, at_ms)
VALUES (%(sha256)s, %(certificate_id)s, %(basis)s, %(at_ms)s)

-- name: keeping_pending
SELECT r.sha256, r.certificate_id, r.waits, c.kind, c.item_id, c.proposal_id
FROM keeping_removals r JOIN keeping_certificates c USING (certificate_id)
WHERE r.removed_ms IS NULL ORDER BY r.sha256, r.certificate_id

-- name: keeping_removal_done
UPDATE keeping_removals SET removed_ms = %(now_ms)s, waits = ''
WHERE sha256 = %(sha256)s AND certificate_id = %(certificate_id)s AND removed_ms IS NULL

-- name: keeping_removal_waits
UPDATE keeping_removals SET waits = %(why)s
WHERE sha256 = %(sha256)s AND certificate_id = %(certificate_id)s AND removed_ms IS NULL

-- name: keeping_cameras
SELECT DISTINCT ON (d.device_id) d.device_id AS camera_id,
    coalesce(nullif(pt.kind, ''), t.kind) AS place_kind
FROM devices d JOIN placements p USING (device_id) JOIN points pt USING (point_id)
    JOIN sites t USING (site_id)
WHERE d.kind = 'camera' AND d.device_id = ANY (SELECT jsonb_array_elements_text(%(camera_ids)s))
ORDER BY d.device_id, p.to_ms DESC NULLS FIRST, p.from_ms DESC

-- name: keeping_camera_rates
SELECT d.device_id AS camera_id, r.bytes_per_day,
    ((last.start_ms - first.start_ms) / 86400000.0)::float8 AS days_recorded
FROM devices d
    JOIN LATERAL (SELECT start_ms FROM recording_parts
        WHERE camera_id = d.device_id ORDER BY start_ms DESC LIMIT 1) last ON true
    JOIN LATERAL (SELECT start_ms FROM recording_parts
        WHERE camera_id = d.device_id ORDER BY start_ms LIMIT 1) first ON true
    JOIN LATERAL (SELECT (sum(size_bytes)::float8 * 86400000
            / greatest(sum(end_ms - start_ms), 1))::float8 AS bytes_per_day FROM recording_parts
        WHERE camera_id = d.device_id AND start_ms > last.start_ms - 86400000) r ON true
WHERE d.kind = 'camera' ORDER BY d.device_id

-- name: keeping_went_early
SELECT DISTINCT ON (camera_id) camera_id, (inputs->>'least_h')::float8 AS least_h,
    (inputs->>'kept_h')::float8 AS kept_h
FROM camera_events WHERE what = 'kept_too_short' AND at_ms >= %(since_ms)s
ORDER BY camera_id, (inputs->>'kept_h')::float8

-- name: mirror_pins
SELECT e.evidence_id, e.manifest_sha256, e.manifest, e.signature, e.key_id FROM evidence e
WHERE e.evidence_id > %(after)s AND EXISTS (SELECT FROM log_leaves l
    WHERE l.subject = e.evidence_id AND l.kind = 'pin' AND l.leaf_index < %(size)s)
ORDER BY e.evidence_id LIMIT 500

-- name: mirror_objects
SELECT DISTINCT sha256 FROM keeping_named n WHERE kind = 'record' OR EXISTS (
    SELECT FROM log_leaves l
    WHERE l.subject = n.item_id AND l.kind = 'pin' AND l.leaf_index < %(size)s)
ORDER BY sha256

-- name: mirror_certificates
SELECT c.certificate_id, c.kind, c.item_id, c.body, c.signature, c.key_id
FROM keeping_certificates c
WHERE c.certificate_id > %(after)s AND EXISTS (SELECT FROM log_leaves l
    WHERE l.subject = c.item_id AND l.kind = 'deletion' AND l.leaf_index < %(size)s)
ORDER BY c.certificate_id LIMIT 500

-- name: mirror_leaf_pages
SELECT leaf_index / %(width)s AS page, count(*) AS leaves, count(body) AS bodies FROM log_leaves
WHERE leaf_index < %(size)s GROUP BY 1 ORDER BY 1

-- name: mirror_leaves
SELECT leaf_index, kind, subject, at_ms, commitment, salt, body FROM log_leaves
WHERE leaf_index >= %(first)s AND leaf_index < %(end)s ORDER BY leaf_index

-- name: mirror_ran
INSERT INTO mirror_runs (target, began_ms, ended_ms, copied, copied_bytes, let_go, faults, tree_size,
    index_sha256)
VALUES (%(target)s, %(began_ms)s, %(ended_ms)s, %(copied)s, %(copied_bytes)s, %(let_go)s,
    %(faults)s, %(tree_size)s, %(index_sha256)s)

-- name: mirror_last_run
SELECT * FROM mirror_runs WHERE target = %(target)s ORDER BY run_id DESC LIMIT 1

-- name: mirror_tested
INSERT INTO mirror_tests (target, at_ms, seed, share, restored, faults, report)
VALUES (%(target)s, %(at_ms)s, %(seed)s, %(share)s, %(restored)s, %(faults)s, %(report)s)

-- name: mirror_state
SELECT r.target, r.ended_ms, r.faults, t.at_ms AS tested_ms, t.faults AS test_faults
FROM (SELECT DISTINCT ON (target) * FROM mirror_runs ORDER BY target, run_id DESC) r
    LEFT JOIN (SELECT DISTINCT ON (target) * FROM mirror_tests ORDER BY target, test_id DESC) t
    USING (target)
ORDER BY r.target

-- name: keeping_ready
SELECT to_regclass('mirror_tests') IS NOT NULL AND to_regclass('keeping_holds') IS NOT NULL AS ready
