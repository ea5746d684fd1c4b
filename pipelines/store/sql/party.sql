-- name: party_link
SELECT l.*, p.uscc, p.name_zh AS party_zh, p.name_en AS party_en
FROM party_links l JOIN parties p USING (party_id) WHERE token_sha256 = %(token_sha256)s

-- name: party_link_locked
SELECT * FROM party_links WHERE token_sha256 = %(token_sha256)s FOR UPDATE

-- name: party_wrong
UPDATE party_links SET wrong = %(wrong)s, locked_until_ms = %(locked_until_ms)s,
    revoked_ms = coalesce(revoked_ms, %(revoked_ms)s),
    revoked_by = CASE WHEN revoked_ms IS NULL AND %(revoked_ms)s::bigint IS NOT NULL
        THEN 'too_many_wrong' ELSE revoked_by END
WHERE token_sha256 = %(token_sha256)s

-- name: party_opened
UPDATE party_links SET opened_ms = coalesce(opened_ms, %(now_ms)s), opens = opens + 1, wrong = 0
WHERE token_sha256 = %(token_sha256)s

-- name: party_revoke
UPDATE party_links SET revoked_ms = %(now_ms)s, revoked_by = %(by)s
WHERE revoked_ms IS NULL AND (token_sha256 = %(token_sha256)s OR notice_id = %(notice_id)s)

-- name: party_objects
SELECT o.role, o.name, o.sha256, o.media_type FROM evidence_objects o JOIN evidence e USING (evidence_id)
WHERE e.alert_id = %(alert_id)s AND o.role IN ('clip', 'poster') ORDER BY o.role, o.name

-- name: party_clocks
SELECT kind, started_ms, due_ms, state FROM clocks
WHERE alert_id = %(alert_id)s AND kind IN ('party_answer', 'rectification')
    AND state IN ('running', 'breached')
ORDER BY due_ms

-- name: party_answer_count
SELECT count(*) AS n, count(*) FILTER (WHERE at_ms > %(now_ms)s - 86400000) AS today
FROM party_answers WHERE token_sha256 = %(token_sha256)s

-- name: party_answer
SELECT * FROM party_answers WHERE answer_id = %(answer_id)s

-- name: party_put_answer
INSERT INTO party_answers (answer_id, alert_id, party_id, token_sha256, kind, words, by_name, at_ms,
    due_ms, late, digest)
VALUES (%(answer_id)s, %(alert_id)s, %(party_id)s, %(token_sha256)s, %(kind)s, %(words)s,
    %(by_name)s, %(at_ms)s, %(due_ms)s, %(late)s, %(digest)s)

-- name: party_put_file
INSERT INTO party_files (answer_id, number, name, sha256, size_bytes, media_type, picture_sha256)
VALUES (%(answer_id)s, %(number)s, %(name)s, %(sha256)s, %(size_bytes)s, %(media_type)s,
    %(picture_sha256)s)

-- name: party_status
UPDATE alerts SET party_status = %(status)s WHERE alert_id = %(alert_id)s

-- name: party_answers
SELECT a.*, r.outcome, r.words AS reply, r.at_ms AS replied_ms, r.officer_id,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('number', f.number, 'name', f.name,
        'size_bytes', f.size_bytes, 'sha256', f.sha256, 'media_type', f.media_type,
        'picture', f.picture_sha256 <> '') ORDER BY f.number), '[]')
     FROM party_files f WHERE f.answer_id = a.answer_id) AS files
FROM party_answers a LEFT JOIN party_replies r USING (answer_id)
WHERE a.alert_id = %(alert_id)s ORDER BY a.at_ms DESC, a.answer_id

-- name: party_file
SELECT f.*, a.alert_id, a.token_sha256 FROM party_files f JOIN party_answers a USING (answer_id)
WHERE f.answer_id = %(answer_id)s AND f.number = %(number)s

-- name: party_waiting
SELECT a.answer_id, a.alert_id, a.kind, a.words, a.by_name, a.at_ms, a.late, p.name_zh AS party_zh,
    p.name_en AS party_en, s.name_zh AS site_zh, s.name_en AS site_en, x.rule_id, c.due_ms AS answer_by_ms,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('number', f.number, 'name', f.name,
        'size_bytes', f.size_bytes, 'picture', f.picture_sha256 <> '') ORDER BY f.number), '[]')
     FROM party_files f WHERE f.answer_id = a.answer_id) AS files
FROM party_answers a JOIN parties p USING (party_id) JOIN alerts x ON x.alert_id = a.alert_id
    JOIN sites s ON s.site_id = x.site_id LEFT JOIN party_replies r USING (answer_id)
    LEFT JOIN clocks c ON c.kind = 'objection' AND c.subject_id = a.answer_id
WHERE r.answer_id IS NULL AND a.kind <> 'confirmed' AND s.unit_id = %(unit_id)s
ORDER BY c.due_ms NULLS LAST, a.at_ms LIMIT 100

-- name: party_put_reply
INSERT INTO party_replies (answer_id, officer_id, outcome, words, at_ms)
VALUES (%(answer_id)s, %(officer_id)s, %(outcome)s, %(words)s, %(at_ms)s) ON CONFLICT DO NOTHING

-- name: party_reply
SELECT * FROM party_replies WHERE answer_id = %(answer_id)s

-- name: party_consents
SELECT consent_id, method, address, signed_by, shown_sha256, at_ms, withdrawn_ms
FROM address_consents WHERE party_id = %(party_id)s ORDER BY at_ms DESC

-- name: party_put_consent
INSERT INTO address_consents (consent_id, party_id, method, address, signed_by, shown, shown_sha256,
    at_ms, token_sha256, recorded_by)
VALUES (%(consent_id)s, %(party_id)s, %(method)s, %(address)s, %(signed_by)s, %(shown)s,
    %(shown_sha256)s, %(at_ms)s, %(token_sha256)s, %(recorded_by)s) ON CONFLICT DO NOTHING

-- name: party_withdraw_consent
UPDATE address_consents SET withdrawn_ms = %(now_ms)s
WHERE consent_id = %(consent_id)s AND party_id = %(party_id)s AND withdrawn_ms IS NULL

-- name: party_messages
SELECT notice_id, subject, body, queued_ms, read_ms FROM notices
WHERE officer_id = %(officer_id)s ORDER BY queued_ms DESC LIMIT 30

-- name: party_messages_read
UPDATE notices SET read_ms = %(now_ms)s
WHERE officer_id = %(officer_id)s AND read_ms IS NULL AND state = 'sent'

-- name: party_known
SELECT party_id, name_zh, name_en FROM parties WHERE party_id = %(party_id)s

-- name: party_first_time
SELECT count(*) FILTER (WHERE a.state = 'confirmed') AS confirmed,
    count(*) FILTER (WHERE EXISTS (SELECT FROM alert_events e
        WHERE e.alert_id = a.alert_id AND e.action = 'reminded')) AS reminded
FROM alerts a JOIN alerts this ON this.alert_id = %(alert_id)s
WHERE a.party_id = this.party_id AND a.alert_id <> this.alert_id AND NOT a.staged
    AND a.detected_ms BETWEEN this.detected_ms - %(window_ms)s AND this.detected_ms
    AND (NOT %(same_rule)s OR a.rule_id = this.rule_id)

