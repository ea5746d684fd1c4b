-- name: cases_dossier
SELECT a.alert_id, a.rule_id, a.rule_version, a.severity, a.party_id, a.site_id, a.device_id,
    a.start_ms, a.detected_ms, a.end_ms, a.unit, a.value, a.low, a.high, a.inputs, a.staged,
    a.grade, a.grade_reasons, a.risk, p.uscc, p.district_id, p.name_zh AS party_zh,
    p.name_en AS party_en, coalesce(nullif(pt.kind, ''), s.kind) AS site_kind,
    s.name_zh AS site_zh, s.name_en AS site_en, coalesce(pt.name_zh, a.place) AS place_zh,
    coalesce(pt.name_en, a.place) AS place_en, o.name_zh AS officer_zh, o.name_en AS officer_en
FROM alerts a
JOIN parties p USING (party_id)
JOIN sites s ON s.site_id = a.site_id
LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
LEFT JOIN officers o ON o.officer_id = %(actor)s
WHERE a.alert_id = %(alert_id)s

-- name: cases_of_alert
SELECT case_id FROM cases WHERE alert_id = %(alert_id)s

-- name: cases_evidence
SELECT evidence_id, manifest, manifest_sha256, signature, key_id, sealed_at_ms
FROM evidence WHERE alert_id = %(alert_id)s

-- name: cases_evidence_objects
SELECT name, role, sha256, size_bytes, media_type
FROM evidence_objects WHERE evidence_id = %(evidence_id)s ORDER BY name

-- name: cases_add
INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms)
VALUES (%(case_id)s, %(alert_id)s, %(party_id)s, %(payload)s, 'pending', %(created_ms)s)
ON CONFLICT DO NOTHING

-- name: cases_party
SELECT party_id FROM cases WHERE case_id = %(case_id)s

-- name: cases_one
SELECT c.case_id, c.alert_id, c.party_id, c.payload, c.state, c.attempts, c.created_ms, a.severity
FROM cases c JOIN alerts a USING (alert_id) WHERE c.case_id = %(case_id)s

-- name: cases_waiting
-- No case system is configured: the case keeps waiting and says why.
UPDATE cases SET error = %(error)s WHERE case_id = %(case_id)s AND state = 'pending'

-- name: cases_acknowledged
-- A decision may have overtaken the acknowledgement: then it stays decided.
UPDATE cases SET receipt = %(receipt)s, attempts = attempts + %(attempts)s, error = '',
    sent_ms = coalesce(sent_ms, %(at_ms)s), acknowledged_ms = coalesce(acknowledged_ms, %(at_ms)s),
    state = CASE state WHEN 'decided' THEN 'decided' ELSE 'acknowledged' END
WHERE case_id = %(case_id)s

-- name: cases_not_taken
UPDATE cases SET state = %(state)s, attempts = attempts + %(attempts)s, error = %(error)s,
    sent_ms = %(at_ms)s
WHERE case_id = %(case_id)s AND state NOT IN ('acknowledged', 'decided')

-- name: cases_add_answer
INSERT INTO case_answers (answer_id, case_id, kind, at_ms, body)
VALUES (%(answer_id)s, %(case_id)s, %(kind)s, %(at_ms)s, %(body)s)
ON CONFLICT DO NOTHING

-- name: cases_decided
UPDATE cases SET state = 'decided', decision = %(decision)s, decided_ms = %(at_ms)s
WHERE case_id = %(case_id)s AND (decided_ms IS NULL OR decided_ms <= %(at_ms)s)

-- name: cases_list
SELECT c.case_id, c.alert_id, c.state, c.attempts, c.receipt, c.decision, c.error, c.created_ms,
    p.name_zh AS party_zh, p.name_en AS party_en
FROM cases c JOIN parties p USING (party_id)
WHERE %(state)s = '' OR c.state = %(state)s
ORDER BY c.created_ms, c.case_id

-- name: cases_to_resend
-- Without a case: what was never taken. With one: also a refused case, once its reason is put right.
SELECT case_id FROM cases
WHERE (%(case_id)s = '' AND state IN ('pending', 'undelivered'))
   OR (case_id = %(case_id)s AND state IN ('pending', 'undelivered', 'refused'))
ORDER BY created_ms, case_id
FOR UPDATE SKIP LOCKED

-- name: cases_again
UPDATE cases SET state = 'pending' WHERE case_id = %(case_id)s
