-- name: duty_posts
SELECT officer_id, unit_id, post, superior, from_ms, to_ms FROM officer_posts;

-- name: duty_aboves
SELECT unit_id, superior_id, from_ms, to_ms FROM unit_superiors;

-- name: duty_put_post
INSERT INTO officer_posts AS held (post_id, officer_id, unit_id, post, superior, from_ms, to_ms,
    entered_by, entered_ms)
VALUES (%(post_id)s, %(officer_id)s, %(unit_id)s, %(post)s, %(superior)s, %(from_ms)s, %(to_ms)s,
    %(entered_by)s, %(entered_ms)s)
ON CONFLICT (post_id) DO UPDATE SET to_ms = excluded.to_ms
WHERE held.to_ms IS NULL AND excluded.to_ms IS NOT NULL;

-- name: duty_put_above
INSERT INTO unit_superiors AS above (unit_id, superior_id, from_ms, to_ms)
VALUES (%(unit_id)s, %(superior_id)s, %(from_ms)s, %(to_ms)s)
ON CONFLICT (unit_id, from_ms) DO UPDATE SET to_ms = excluded.to_ms
WHERE above.to_ms IS NULL AND excluded.to_ms IS NOT NULL;

-- name: duty_known_officers
SELECT officer_id AS id FROM officers WHERE officer_id = ANY(%(ids)s);

-- name: duty_known_units
SELECT unit_id AS id FROM units WHERE unit_id = ANY(%(ids)s);

-- name: duty_officer
SELECT officer_id, role, unit_id, name_zh, name_en FROM officers WHERE officer_id = %(officer_id)s;

-- name: duty_names
SELECT o.officer_id, o.name_zh, o.name_en, o.role, o.unit_id, u.name_zh AS unit_zh,
    u.name_en AS unit_en
FROM officers o JOIN units u USING (unit_id) ORDER BY o.officer_id;

-- name: duty_units
SELECT unit_id, name_zh, name_en FROM units ORDER BY unit_id;

-- name: duty_subject_alert
SELECT a.alert_id AS id, s.unit_id, a.alert_id, coalesce(c.case_id, '') AS case_id
FROM alerts a JOIN sites s USING (site_id) LEFT JOIN cases c USING (alert_id)
WHERE a.alert_id = %(id)s AND a.state <> 'sealing' AND NOT a.staged;

-- name: duty_subject_case
SELECT c.case_id AS id, s.unit_id, c.alert_id, c.case_id
FROM cases c JOIN alerts a USING (alert_id) JOIN sites s USING (site_id) WHERE c.case_id = %(id)s;

-- name: duty_facts
SELECT 'event:' || e.event_id AS fact_id, e.at_ms, e.actor, e.action, e.alert_id, '' AS unit_id,
    e.reason_code, e.ground, NULL::jsonb AS details
FROM alert_events e WHERE e.alert_id = %(alert_id)s
UNION ALL
SELECT 'review:' || r.review_id, r.at_ms, r.officer_id, 'review_' || r.kind, r.alert_id, '',
    CASE WHEN r.passed THEN 'passed' ELSE 'failed' END, '',
    jsonb_build_object('manifest_sha256', r.manifest_sha256)
FROM reviews r WHERE r.alert_id = %(alert_id)s
UNION ALL
SELECT 'request:' || q.request_id, q.decided_ms, q.decided_by, 'access_answered', q.target_id, '',
    CASE WHEN q.approved THEN 'approved' ELSE 'refused' END, '',
    jsonb_build_object('applicant', q.applicant, 'action', q.action)
FROM access_requests q
WHERE q.target_kind = 'alert' AND q.target_id = %(alert_id)s AND q.decided_by IS NOT NULL
UNION ALL
SELECT 'mark:' || m.mark_id, m.decided_ms, m.decided_by, 'kept_for_good', m.target_id, '',
    CASE WHEN m.approved THEN 'approved' ELSE 'refused' END, '',
    jsonb_build_object('asked_by', m.asked_by)
FROM keeping_marks m
WHERE m.target_kind || ':' || m.target_id = ANY(%(subjects)s) AND m.decided_by IS NOT NULL
UNION ALL
SELECT 'case:' || c.case_id, c.created_ms, 'vigil', 'case_made', c.alert_id, '', c.state, '', NULL
FROM cases c WHERE c.alert_id = %(alert_id)s;

-- name: duty_own_facts
SELECT 'objection:' || o.objection_id AS fact_id, o.at_ms, o.officer_id AS actor,
    'objected' AS action, '' AS alert_id, '' AS unit_id, '' AS reason_code, o.objection AS ground,
    jsonb_build_object('superior', o.superior, 'ordered', o.ordered) AS details
FROM duty_objections o WHERE o.subject_kind || ':' || o.subject_id = ANY(%(subjects)s)
UNION ALL
SELECT 'objection_answer:' || a.objection_id, a.at_ms, a.by_officer, 'objection_answered', '', '',
    a.outcome, a.words, jsonb_build_object('officer', o.officer_id)
FROM duty_objection_answers a JOIN duty_objections o USING (objection_id)
WHERE o.subject_kind || ':' || o.subject_id = ANY(%(subjects)s)
UNION ALL
SELECT 'meeting:' || m.meeting_id, m.at_ms, '', 'decided_together', '', m.unit_id, '', m.decided,
    jsonb_build_object('members', m.members, 'minutes_sha256', m.minutes_sha256)
FROM duty_meetings m WHERE m.subject_kind || ':' || m.subject_id = ANY(%(subjects)s);

-- name: duty_subject_clue
SELECT clue_id AS id, unit_id, alert_id, '' AS case_id FROM clues WHERE clue_id = %(id)s;

-- name: duty_clue_facts
SELECT 'clue_event:' || event_id AS fact_id, at_ms, actor, action, '' AS alert_id, '' AS unit_id,
    to_state AS reason_code, ground
FROM clue_events WHERE clue_id = %(id)s;

-- name: duty_add_fault
INSERT INTO fault_files (fault_id, subject_kind, subject_id, unit_id, deciding_unit, about, opened_by,
    opened_ms)
VALUES (%(fault_id)s, %(subject_kind)s, %(subject_id)s, %(unit_id)s, %(deciding_unit)s, %(about)s,
    %(opened_by)s, %(opened_ms)s);

-- name: duty_fault
SELECT * FROM fault_files WHERE fault_id = %(fault_id)s;

-- name: duty_fault_lock
SELECT * FROM fault_files WHERE fault_id = %(fault_id)s FOR UPDATE;

-- name: duty_fault_entries
SELECT entry_id, number, act, by_officer, at_ms, body, former_sha256 FROM fault_entries
WHERE fault_id = %(fault_id)s ORDER BY number;

-- name: duty_add_fault_entry
INSERT INTO fault_entries (entry_id, fault_id, number, act, by_officer, at_ms, body, former_sha256)
VALUES (%(entry_id)s, %(fault_id)s, %(number)s, %(act)s, %(by_officer)s, %(at_ms)s, %(body)s,
    %(former_sha256)s);

-- name: duty_name_in_fault
INSERT INTO fault_people (fault_id, officer_id) VALUES (%(fault_id)s, %(officer_id)s)
ON CONFLICT DO NOTHING;

-- name: duty_faults_page
SELECT f.*, e.act, e.at_ms AS changed_ms, e.number AS entries,
    EXISTS (SELECT FROM fault_people p WHERE p.fault_id = f.fault_id
        AND p.officer_id = %(officer_id)s) AS concerned
FROM fault_files f
JOIN LATERAL (SELECT act, at_ms, number FROM fault_entries x WHERE x.fault_id = f.fault_id
    ORDER BY number DESC LIMIT 1) e ON true
WHERE f.deciding_unit = ANY(%(units)s)
   OR EXISTS (SELECT FROM fault_people p WHERE p.fault_id = f.fault_id
        AND p.officer_id = %(officer_id)s)
ORDER BY f.opened_ms DESC LIMIT %(most)s;

-- name: duty_units_below
SELECT unit_id FROM unit_superiors
WHERE superior_id = %(unit_id)s AND from_ms <= %(now_ms)s AND (to_ms IS NULL OR to_ms > %(now_ms)s);

-- name: duty_add_objection
INSERT INTO duty_objections (objection_id, subject_kind, subject_id, unit_id, officer_id, superior,
    ordered, objection, at_ms)
VALUES (%(objection_id)s, %(subject_kind)s, %(subject_id)s, %(unit_id)s, %(officer_id)s, %(superior)s,
    %(ordered)s, %(objection)s, %(at_ms)s);

-- name: duty_objection_lock
SELECT * FROM duty_objections WHERE objection_id = %(objection_id)s FOR UPDATE;

-- name: duty_answer_objection
INSERT INTO duty_objection_answers (objection_id, outcome, words, by_officer, at_ms)
VALUES (%(objection_id)s, %(outcome)s, %(words)s, %(by_officer)s, %(at_ms)s)
ON CONFLICT (objection_id) DO NOTHING;

-- name: duty_objections_about
SELECT o.objection_id, o.officer_id, o.superior, a.outcome
FROM duty_objections o LEFT JOIN duty_objection_answers a USING (objection_id)
WHERE o.subject_kind || ':' || o.subject_id = ANY(%(subjects)s) ORDER BY o.at_ms, o.objection_id;

-- name: duty_objections_page
SELECT o.*, a.outcome, a.words, a.at_ms AS answered_ms, n.name_zh AS officer_zh,
    n.name_en AS officer_en, s.name_zh AS superior_zh, s.name_en AS superior_en
FROM duty_objections o LEFT JOIN duty_objection_answers a USING (objection_id)
JOIN officers n ON n.officer_id = o.officer_id JOIN officers s ON s.officer_id = o.superior
WHERE (o.officer_id = %(officer_id)s OR o.superior = %(officer_id)s OR o.unit_id = %(unit_id)s)
  AND o.at_ms >= %(from_ms)s AND o.at_ms < %(to_ms)s
ORDER BY o.at_ms DESC LIMIT 200;

-- name: duty_add_meeting
INSERT INTO duty_meetings (meeting_id, subject_kind, subject_id, unit_id, members, decided,
    minutes_sha256, entered_by, at_ms)
VALUES (%(meeting_id)s, %(subject_kind)s, %(subject_id)s, %(unit_id)s, %(members)s, %(decided)s,
    %(minutes_sha256)s, %(entered_by)s, %(at_ms)s);
