-- name: access_target_alert
SELECT s.unit_id, false AS secret,
    coalesce((SELECT array_agg(DISTINCT e.actor) FROM alert_events e
        WHERE e.alert_id = a.alert_id
          AND e.action IN ('acknowledged', 'confirmed', 'dismissed')), '{}') AS owners
FROM alerts a JOIN sites s USING (site_id)
WHERE a.alert_id = %(id)s AND a.state <> 'sealing' AND NOT a.staged;

-- name: access_target_record
SELECT r.unit_id, r.secrecy = 'secret' AS secret,
    coalesce((SELECT array_agg(o.officer_id) FROM record_officers o
        WHERE o.record_id = r.record_id), '{}') AS owners
FROM records r WHERE r.record_id = %(id)s;

-- name: access_object_alert
SELECT o.role, o.name, o.sha256, o.size_bytes, o.media_type
FROM evidence_objects o JOIN evidence e USING (evidence_id) JOIN alerts a USING (alert_id)
WHERE e.alert_id = %(id)s AND o.name = %(object_name)s AND a.state <> 'sealing' AND NOT a.staged;

-- name: access_object_record
SELECT role, name, sha256, size_bytes, media_type
FROM record_objects WHERE record_id = %(id)s AND name = %(object_name)s;

-- name: access_grants
SELECT request_id, action, to_ms FROM access_requests
WHERE applicant = %(officer_id)s AND target_kind = %(kind)s AND target_id = %(id)s AND approved
  AND from_ms <= %(now_ms)s AND to_ms > %(now_ms)s AND withdrawn_ms IS NULL
ORDER BY to_ms DESC;

-- name: access_ask
INSERT INTO access_requests (request_id, action, target_kind, target_id, unit_id, applicant,
    reason, matter, from_ms, to_ms, asked_ms)
VALUES (%(request_id)s, %(action)s, %(kind)s, %(id)s, %(unit_id)s, %(applicant)s, %(reason)s,
    %(matter)s, %(from_ms)s, %(to_ms)s, %(asked_ms)s)
ON CONFLICT (request_id) DO NOTHING;

-- name: access_request
SELECT r.*, o.name_zh AS applicant_zh, o.name_en AS applicant_en, o.role AS applicant_role,
    o.unit_id AS applicant_unit, u.name_zh AS unit_zh, u.name_en AS unit_en,
    d.name_zh AS decider_zh, d.name_en AS decider_en,
    t.taken_ms, t.until_ms AS taking_until_ms, t.sha256 AS taken_sha256
FROM access_requests r
JOIN officers o ON o.officer_id = r.applicant
JOIN units u ON u.unit_id = r.unit_id
LEFT JOIN officers d ON d.officer_id = r.decided_by
LEFT JOIN access_takings t USING (request_id)
WHERE r.request_id = %(request_id)s;

-- name: access_lock
SELECT * FROM access_requests WHERE request_id = %(request_id)s FOR UPDATE;

-- name: access_answer
UPDATE access_requests SET decided_by = %(decided_by)s, decided_ms = %(decided_ms)s,
    approved = %(approved)s, answer = %(answer)s
WHERE request_id = %(request_id)s AND decided_by IS NULL;

-- name: access_withdraw
UPDATE access_requests SET withdrawn_ms = %(now_ms)s
WHERE request_id = %(request_id)s AND approved AND withdrawn_ms IS NULL;

-- name: access_mine
SELECT r.*, d.name_zh AS decider_zh, d.name_en AS decider_en, t.taken_ms
FROM access_requests r
LEFT JOIN officers d ON d.officer_id = r.decided_by
LEFT JOIN access_takings t USING (request_id)
WHERE r.applicant = %(officer_id)s ORDER BY r.asked_ms DESC, r.request_id LIMIT 100;

-- name: access_of_unit
SELECT r.*, o.name_zh AS applicant_zh, o.name_en AS applicant_en,
    d.name_zh AS decider_zh, d.name_en AS decider_en
FROM access_requests r
JOIN officers o ON o.officer_id = r.applicant
LEFT JOIN officers d ON d.officer_id = r.decided_by
WHERE r.unit_id = %(unit_id)s
ORDER BY r.decided_by IS NOT NULL, r.asked_ms DESC, r.request_id LIMIT 100;

-- name: access_waiting
SELECT count(*) AS n FROM access_requests
WHERE unit_id = %(unit_id)s AND decided_by IS NULL AND applicant <> %(officer_id)s
  AND to_ms > %(now_ms)s;

-- name: access_look
INSERT INTO access_views (view_id, officer_id, session, target_kind, target_id, object_name, sha256,
    media_type, form, request_id, reason, at_ms)
VALUES (%(view_id)s, %(officer_id)s, %(session)s, %(kind)s, %(id)s, %(object_name)s, %(sha256)s,
    %(media_type)s, %(form)s, %(request_id)s, %(reason)s, %(at_ms)s);

-- name: access_view
SELECT * FROM access_views WHERE view_id = %(view_id)s;

-- name: access_views_of
SELECT v.view_id, v.officer_id, o.name_zh, o.name_en, v.object_name, v.form, v.request_id, v.reason,
    v.at_ms
FROM access_views v JOIN officers o USING (officer_id)
WHERE v.target_kind = %(kind)s AND v.target_id = %(id)s ORDER BY v.at_ms DESC, v.view_id LIMIT 50;

-- name: access_take
INSERT INTO access_takings (request_id, taken_ms, until_ms, sha256)
VALUES (%(request_id)s, %(taken_ms)s, %(until_ms)s, %(sha256)s);

-- name: access_taking
SELECT * FROM access_takings WHERE request_id = %(request_id)s;
