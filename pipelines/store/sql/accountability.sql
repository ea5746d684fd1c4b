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
SELECT officer_id AS id FROM officers WHERE officer_id IN (SELECT jsonb_array_elements_text(%(ids)s));

-- name: duty_known_units
SELECT unit_id AS id FROM units WHERE unit_id IN (SELECT jsonb_array_elements_text(%(ids)s));

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
WHERE m.target_kind || ':' || m.target_id IN (SELECT jsonb_array_elements_text(%(subjects)s)) AND m.decided_by IS NOT NULL
UNION ALL
SELECT 'case:' || c.case_id, c.created_ms, 'vigil', 'case_made', c.alert_id, '', c.state, '', NULL
FROM cases c WHERE c.alert_id = %(alert_id)s;

-- name: duty_own_facts
SELECT 'objection:' || o.objection_id AS fact_id, o.at_ms, o.officer_id AS actor,
    'objected' AS action, '' AS alert_id, '' AS unit_id, '' AS reason_code, o.objection AS ground,
    jsonb_build_object('superior', o.superior, 'ordered', o.ordered) AS details
FROM duty_objections o WHERE o.subject_kind || ':' || o.subject_id IN (SELECT jsonb_array_elements_text(%(subjects)s))
UNION ALL
SELECT 'objection_answer:' || a.objection_id, a.at_ms, a.by_officer, 'objection_answered', '', '',
    a.outcome, a.words, jsonb_build_object('officer', o.officer_id)
FROM duty_objection_answers a JOIN duty_objections o USING (objection_id)
WHERE o.subject_kind || ':' || o.subject_id IN (SELECT jsonb_array_elements_text(%(subjects)s))
UNION ALL
SELECT 'meeting:' || m.meeting_id, m.at_ms, '', 'decided_together', '', m.unit_id, '', m.decided,
    jsonb_build_object('members', m.members, 'minutes_sha256', m.minutes_sha256)
FROM duty_meetings m WHERE m.subject_kind || ':' || m.subject_id IN (SELECT jsonb_array_elements_text(%(subjects)s));

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
SELECT f.*, coalesce(e.act, 'open') AS moved, l.at_ms AS changed_ms, l.number AS entries,
    EXISTS (SELECT FROM fault_people p WHERE p.fault_id = f.fault_id
        AND p.officer_id = %(officer_id)s) AS concerned
FROM fault_files f
LEFT JOIN LATERAL (SELECT act FROM fault_entries x WHERE x.fault_id = f.fault_id
    AND x.act IN (SELECT jsonb_array_elements_text(%(moving)s)) ORDER BY number DESC LIMIT 1) e ON true
JOIN LATERAL (SELECT at_ms, number FROM fault_entries x WHERE x.fault_id = f.fault_id
    ORDER BY number DESC LIMIT 1) l ON true
WHERE f.deciding_unit IN (SELECT jsonb_array_elements_text(%(units)s))
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
WHERE o.subject_kind || ':' || o.subject_id IN (SELECT jsonb_array_elements_text(%(subjects)s)) ORDER BY o.at_ms, o.objection_id;

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

-- name: duty_matters
SELECT a.alert_id, a.rule_id, a.rule_version, a.start_ms, a.state, a.grade, s.unit_id, a.detected_ms,
    a.assignee, coalesce(c.case_id, '') AS case_id, coalesce(c.state, '') AS case_state,
    coalesce((SELECT count(*) FROM evidence e JOIN evidence_objects o USING (evidence_id)
        WHERE e.alert_id = a.alert_id), 0) AS sealed
FROM alerts a JOIN sites s USING (site_id) LEFT JOIN cases c USING (alert_id)
WHERE s.unit_id = %(unit_id)s AND a.state NOT IN ('sealing', 'held') AND NOT a.staged
  AND a.detected_ms < %(to_ms)s
  AND (a.detected_ms >= %(from_ms)s OR a.state IN ('open', 'acknowledged', 'reminded')
    OR EXISTS (SELECT FROM alert_events e WHERE e.alert_id = a.alert_id
        AND e.at_ms >= %(from_ms)s AND e.at_ms < %(to_ms)s))
ORDER BY a.detected_ms DESC, a.alert_id LIMIT %(most)s;

-- name: duty_facts_of_many
SELECT 'event:' || event_id AS fact_id, at_ms, actor, action, alert_id, reason_code, ground
FROM alert_events WHERE alert_id IN (SELECT jsonb_array_elements_text(%(ids)s))
UNION ALL
SELECT 'review:' || review_id, at_ms, officer_id, 'review_' || kind, alert_id,
    CASE WHEN passed THEN 'passed' ELSE 'failed' END, ''
FROM reviews WHERE alert_id IN (SELECT jsonb_array_elements_text(%(ids)s))
UNION ALL
SELECT 'case:' || case_id, created_ms, 'vigil', 'case_made', alert_id, state, ''
FROM cases WHERE alert_id IN (SELECT jsonb_array_elements_text(%(ids)s));

-- name: duty_looks
SELECT target_id, officer_id, min(at_ms) AS first_ms FROM access_views
WHERE target_kind = 'alert' AND target_id IN (SELECT jsonb_array_elements_text(%(ids)s)) GROUP BY 1, 2;

-- name: duty_clocks
SELECT c.clock_id, c.kind, c.subject_kind, c.subject_id, c.alert_id,
    coalesce(nullif(c.holder, ''),
        CASE WHEN c.state IN ('met', 'met_late') AND EXISTS
            (SELECT FROM officers o WHERE o.officer_id = c.by_whom) THEN c.by_whom END,
        nullif(a.assignee, ''), nullif(u.assignee, ''), '') AS officer_id,
    coalesce(t.terms->>'held_by' = 'party', false) AS by_party,
    c.started_ms, c.due_ms, c.met_ms, c.state
FROM clocks c JOIN clock_terms t USING (terms_id)
LEFT JOIN alerts a ON a.alert_id = c.alert_id LEFT JOIN clues u ON u.clue_id = c.subject_id
WHERE c.unit_id = %(unit_id)s AND c.started_ms < %(to_ms)s
  AND coalesce(c.met_ms, %(to_ms)s) >= %(from_ms)s
ORDER BY c.due_ms, c.clock_id;

-- name: duty_officers_of
SELECT officer_id, role FROM officers WHERE unit_id = %(unit_id)s ORDER BY officer_id;

-- name: duty_overruled
SELECT o.objection_id, o.officer_id, o.superior, a.at_ms
FROM duty_objections o JOIN duty_objection_answers a USING (objection_id)
WHERE o.unit_id = %(unit_id)s AND a.outcome = 'overruled'
  AND a.at_ms >= %(from_ms)s AND a.at_ms < %(to_ms)s ORDER BY a.at_ms;

-- name: duty_case_answers
SELECT w.case_id, c.alert_id, a.rule_id, w.at_ms, w.body
FROM case_answers w JOIN cases c USING (case_id) JOIN alerts a USING (alert_id)
JOIN sites s USING (site_id)
WHERE s.unit_id = %(unit_id)s AND w.at_ms >= %(from_ms)s AND w.at_ms < %(to_ms)s ORDER BY w.at_ms;

-- name: duty_checks
SELECT d.draw_id || '#' || k.number AS check_id, k.kind || ':' || k.subject AS subject, d.drawn_by,
    d.due_ms, k.answered_ms
FROM spot_checks k JOIN spot_draws d USING (draw_id)
WHERE d.unit_id = %(unit_id)s AND d.due_ms >= %(from_ms)s AND d.due_ms < %(to_ms)s
  AND d.due_ms < %(now_ms)s ORDER BY d.due_ms, k.number;

-- name: duty_add_entry
INSERT INTO duty_entries (entry_id, officer_id, kind, title, words, at_ms, file_name, file_sha256,
    size_bytes, by_officer, entered_ms)
VALUES (%(entry_id)s, %(officer_id)s, %(kind)s, %(title)s, %(words)s, %(at_ms)s, %(file_name)s,
    %(file_sha256)s, %(size_bytes)s, %(by_officer)s, %(entered_ms)s);

-- name: duty_add_package
INSERT INTO duty_packages (package_id, officer_id, by_officer, reason, from_ms, to_ms, sums_sha256,
    at_ms)
VALUES (%(package_id)s, %(officer_id)s, %(by_officer)s, %(reason)s, %(from_ms)s, %(to_ms)s,
    %(sums_sha256)s, %(at_ms)s);

-- name: duty_leaves_about
SELECT leaf_index FROM log_leaves WHERE subject IN (SELECT jsonb_array_elements_text(%(subjects)s))
    AND kind IN ('duty', 'verdict', 'review', 'approval', 'request', 'record') ORDER BY leaf_index LIMIT 2000;

-- name: duty_of_entries
SELECT entry_id AS id, entry_id AS subject, kind, at_ms, kind || ': ' || title AS what, words, file_name,
    file_sha256, size_bytes, by_officer, entered_ms
FROM duty_entries WHERE officer_id = %(officer_id)s AND at_ms >= %(from_ms)s AND at_ms < %(to_ms)s
ORDER BY at_ms, entry_id;

-- name: duty_of_acts
SELECT 'event:' || event_id AS id, alert_id AS subject, at_ms, action AS what, ground AS words,
    alert_id, reason_code
FROM alert_events WHERE actor = %(officer_id)s AND at_ms >= %(from_ms)s AND at_ms < %(to_ms)s
ORDER BY at_ms, event_id;

-- name: duty_of_reviews
SELECT 'review:' || review_id AS id, evidence_id AS subject, at_ms,
    kind || CASE WHEN passed THEN ' passed' ELSE ' failed' END AS what, '' AS words, alert_id,
    manifest_sha256
FROM reviews WHERE officer_id = %(officer_id)s AND at_ms >= %(from_ms)s AND at_ms < %(to_ms)s
ORDER BY at_ms, review_id;

-- name: duty_of_approvals
SELECT 'request:' || request_id AS id, request_id AS subject, coalesce(decided_ms, asked_ms) AS at_ms,
    CASE WHEN applicant = %(officer_id)s THEN 'asked: ' ELSE 'answered: ' END || action || ' '
        || target_kind || ':' || target_id AS what, reason AS words, applicant, decided_by, approved
FROM access_requests
WHERE (applicant = %(officer_id)s OR decided_by = %(officer_id)s)
  AND coalesce(decided_ms, asked_ms) >= %(from_ms)s AND coalesce(decided_ms, asked_ms) < %(to_ms)s
ORDER BY 3, 1;

-- name: duty_of_inspections
SELECT 'act:' || a.act_id AS id, a.act_id AS subject, a.start_ms AS at_ms,
    a.kind || ': ' || a.matter AS what, a.place AS words,
    (SELECT count(*) FROM records r JOIN record_officers x USING (record_id)
     WHERE x.officer_id = %(officer_id)s AND r.start_ms < a.end_ms AND r.end_ms > a.start_ms) AS records
FROM acts a JOIN act_officers o USING (act_id)
WHERE o.officer_id = %(officer_id)s AND a.start_ms >= %(from_ms)s AND a.start_ms < %(to_ms)s
ORDER BY a.start_ms, a.act_id;

-- name: duty_of_clocks
SELECT 'clock:' || c.clock_id AS id, c.subject_id AS subject, coalesce(c.met_ms, c.due_ms) AS at_ms,
    c.kind || ': ' || c.state AS what, c.ground AS words, c.started_ms, c.due_ms, c.met_ms, c.state
FROM clocks c LEFT JOIN alerts a ON a.alert_id = c.alert_id
WHERE (c.holder = %(officer_id)s OR c.by_whom = %(officer_id)s OR a.assignee = %(officer_id)s)
  AND c.started_ms >= %(from_ms)s AND c.started_ms < %(to_ms)s
ORDER BY 3, 1;

-- name: duty_of_objections
SELECT 'objection:' || o.objection_id AS id, o.objection_id AS subject, o.at_ms,
    o.subject_kind || ':' || o.subject_id || ' ' || coalesce(a.outcome, 'unanswered') AS what,
    o.objection AS words, o.ordered, o.superior, a.words AS answer, a.at_ms AS answered_ms
FROM duty_objections o LEFT JOIN duty_objection_answers a USING (objection_id)
WHERE o.officer_id = %(officer_id)s AND o.at_ms >= %(from_ms)s AND o.at_ms < %(to_ms)s
ORDER BY o.at_ms, o.objection_id;

-- name: duty_of_posts
SELECT 'post:' || post_id AS id, '' AS subject, from_ms AS at_ms, post || ' @ ' || unit_id AS what,
    coalesce(superior, '') AS words, to_ms
FROM officer_posts
WHERE officer_id = %(officer_id)s AND from_ms < %(to_ms)s
  AND (to_ms IS NULL OR to_ms > %(from_ms)s) ORDER BY from_ms;

-- name: duty_entries_page
SELECT e.*, o.name_zh, o.name_en FROM duty_entries e JOIN officers o USING (officer_id)
WHERE e.officer_id = %(officer_id)s AND e.at_ms >= %(from_ms)s AND e.at_ms < %(to_ms)s
ORDER BY e.at_ms DESC LIMIT 200;

-- name: duty_cases_to_draw
SELECT c.case_id FROM cases c JOIN alerts a USING (alert_id) JOIN sites s USING (site_id)
WHERE s.unit_id = %(unit_id)s AND c.created_ms >= %(from_ms)s AND c.created_ms < %(to_ms)s
  AND NOT EXISTS (SELECT FROM duty_case_reviews r WHERE r.case_id = c.case_id) ORDER BY c.case_id;

-- name: duty_add_draw
INSERT INTO duty_case_draws (draw_id, unit_id, seed, checkpoint, population, drawn_by, drawn_ms)
VALUES (%(draw_id)s, %(unit_id)s, %(seed)s, %(checkpoint)s, %(population)s, %(drawn_by)s,
    %(drawn_ms)s);

-- name: duty_add_case_review
INSERT INTO duty_case_reviews (draw_id, case_id) VALUES (%(draw_id)s, %(case_id)s);

-- name: duty_case_review_lock
SELECT r.*, d.unit_id, coalesce((SELECT array_agg(DISTINCT x.who) FROM
    (SELECT e.actor AS who FROM alert_events e WHERE e.alert_id = c.alert_id
     UNION SELECT v.officer_id FROM reviews v WHERE v.alert_id = c.alert_id) x), '{}') AS workers
FROM duty_case_reviews r JOIN duty_case_draws d USING (draw_id) JOIN cases c USING (case_id)
WHERE r.draw_id = %(draw_id)s AND r.case_id = %(case_id)s FOR UPDATE OF r;

-- name: duty_answer_case_review
UPDATE duty_case_reviews SET answers = %(answers)s, answered_by = %(answered_by)s,
    answered_ms = %(answered_ms)s
WHERE draw_id = %(draw_id)s AND case_id = %(case_id)s AND answered_by IS NULL;

-- name: duty_case_reviews_page
SELECT r.*, d.drawn_ms, d.drawn_by, c.alert_id, a.rule_id, p.name_zh AS party_zh, p.name_en AS party_en
FROM duty_case_reviews r JOIN duty_case_draws d USING (draw_id) JOIN cases c USING (case_id)
JOIN alerts a USING (alert_id) JOIN parties p ON p.party_id = c.party_id
WHERE d.unit_id = %(unit_id)s ORDER BY d.drawn_ms DESC, r.case_id LIMIT 200;

-- name: duty_all_faults
SELECT fault_id FROM fault_files ORDER BY opened_ms;

-- name: duty_fault_clocks
SELECT kind, state, due_ms, met_ms FROM clocks
WHERE subject_kind = 'fault' AND subject_id = %(fault_id)s ORDER BY started_ms;

-- name: duty_case_review_one
SELECT r.*, d.unit_id, d.drawn_ms, d.drawn_by, c.alert_id, c.created_ms, a.detected_ms
FROM duty_case_reviews r JOIN duty_case_draws d USING (draw_id) JOIN cases c USING (case_id)
JOIN alerts a USING (alert_id)
WHERE r.draw_id = %(draw_id)s AND r.case_id = %(case_id)s;
