-- name: clocks_start
-- Nothing when it runs, or ran over that moment. A step heard of before its clock is met at once.
WITH terms AS (
    INSERT INTO clock_terms (terms_id, terms) VALUES (%(terms_id)s, %(terms)s)
    ON CONFLICT DO NOTHING
), alert AS (
    SELECT party_id, site_id FROM alerts WHERE alert_id = %(alert_id)s
), place AS (
    SELECT coalesce(nullif(%(party_id)s, ''), (SELECT party_id FROM alert), '') AS party_id,
        coalesce(nullif(%(site_id)s, ''), (SELECT site_id FROM alert), '') AS site_id
), early AS (
    SELECT action, at_ms, actor, ground FROM clock_events
    WHERE kind = %(kind)s AND subject_id = %(subject_id)s AND clock_id = ''
        AND at_ms >= %(at_ms)s
    ORDER BY at_ms LIMIT 1
), born AS (
    INSERT INTO clocks (clock_id, kind, version, terms_id, subject_kind, subject_id, round,
        party_id, site_id, unit_id, alert_id, holder, started_ms, due_ms, given, next_ms, state,
        met_ms, by_whom, ground)
    SELECT %(clock_id)s, %(kind)s, %(version)s, %(terms_id)s, %(subject_kind)s, %(subject_id)s,
        (SELECT count(*) FROM clocks k
            WHERE k.kind = %(kind)s AND k.subject_id = %(subject_id)s),
        p.party_id, p.site_id,
        coalesce(nullif(%(unit_id)s, ''), (SELECT unit_id FROM sites s WHERE s.site_id = p.site_id),
            (SELECT min(unit_id) FROM sites s WHERE s.party_id = p.party_id), 'authority'),
        %(alert_id)s, %(holder)s, %(at_ms)s, %(due_ms)s, %(given)s, %(next_ms)s,
        CASE WHEN e.action IS NULL THEN 'running' WHEN e.action = 'ended' THEN 'ended'
            WHEN e.at_ms <= %(due_ms)s THEN 'met' ELSE 'met_late' END,
        e.at_ms, coalesce(e.actor, ''), coalesce(e.ground, '')
    FROM place p LEFT JOIN early e ON true
    WHERE NOT EXISTS (SELECT FROM clocks k
        WHERE k.kind = %(kind)s AND k.subject_id = %(subject_id)s
            AND (k.state IN ('running', 'paused', 'breached') OR k.started_ms >= %(at_ms)s
                OR k.met_ms > %(at_ms)s))
    ON CONFLICT DO NOTHING
    RETURNING clock_id, alert_id, due_ms, state, unit_id
), told AS (
    INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action)
    SELECT %(event_id)s, clock_id, %(kind)s, %(subject_id)s, %(at_ms)s, %(actor)s, %(action)s
    FROM born ON CONFLICT DO NOTHING
), shown AS (
    UPDATE alerts a SET due_ms = least(a.due_ms, b.due_ms) FROM born b
    WHERE a.alert_id = b.alert_id AND b.state = 'running' RETURNING 1
)
SELECT count(*) AS changed FROM born

-- name: clocks_finish
WITH target AS (
    SELECT clock_id FROM clocks
    WHERE kind = %(kind)s AND subject_id = %(subject_id)s AND started_ms <= %(at_ms)s
        AND state IN ('running', 'paused', 'breached')
    FOR UPDATE
), done AS (
    UPDATE clocks k SET met_ms = %(at_ms)s, by_whom = %(actor)s, ground = %(ground)s,
        paused_ms = NULL, next_ms = NULL, recount = false,
        state = CASE WHEN %(action)s = 'ended' THEN 'ended'
            WHEN least(%(at_ms)s, k.paused_ms) <= k.due_ms THEN 'met' ELSE 'met_late' END
    FROM target t WHERE k.clock_id = t.clock_id
    RETURNING k.clock_id, k.alert_id
), told AS (
    INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action, ground)
    SELECT %(event_id)s, coalesce((SELECT clock_id FROM done), ''), %(kind)s, %(subject_id)s,
        %(at_ms)s, %(actor)s, %(action)s, %(ground)s
    WHERE EXISTS (SELECT FROM done) OR NOT EXISTS (SELECT FROM clocks k
        WHERE k.kind = %(kind)s AND k.subject_id = %(subject_id)s AND k.met_ms >= %(at_ms)s)
    ON CONFLICT DO NOTHING
), shown AS (
    UPDATE alerts a SET due_ms = (SELECT min(k.due_ms) FROM clocks k
        WHERE k.alert_id = a.alert_id AND k.state IN ('running', 'breached')
            AND k.clock_id <> d.clock_id)
    FROM done d WHERE a.alert_id = d.alert_id AND d.alert_id <> '' RETURNING 1
)
SELECT count(*) AS changed FROM done

-- name: clocks_pause
WITH done AS (
    UPDATE clocks k SET state = 'paused', paused_ms = %(at_ms)s
    FROM clock_terms t
    WHERE t.terms_id = k.terms_id AND k.kind = %(kind)s AND k.subject_id = %(subject_id)s
        AND k.state = 'running' AND NOT k.given AND k.started_ms <= %(at_ms)s
        AND k.due_ms >= %(at_ms)s AND jsonb_exists(t.terms -> 'pause', %(reason_code)s)
    RETURNING k.clock_id, k.alert_id
), told AS (
    INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action,
        reason_code, ground)
    SELECT %(event_id)s, clock_id, %(kind)s, %(subject_id)s, %(at_ms)s, %(actor)s, %(action)s,
        %(reason_code)s, %(ground)s FROM done
), shown AS (
    UPDATE alerts a SET due_ms = (SELECT min(k.due_ms) FROM clocks k
        WHERE k.alert_id = a.alert_id AND k.state IN ('running', 'breached')
            AND k.clock_id <> d.clock_id)
    FROM done d WHERE a.alert_id = d.alert_id AND d.alert_id <> '' RETURNING 1
)
SELECT count(*) AS changed FROM done

-- name: clocks_resume
-- The end is provisional, by the length of the pause, until it is counted anew.
WITH done AS (
    UPDATE clocks k SET state = 'running', due_ms = k.due_ms + (%(at_ms)s - k.paused_ms),
        next_ms = NULL, paused_ms = NULL, recount = true
    WHERE k.kind = %(kind)s AND k.subject_id = %(subject_id)s AND k.state = 'paused'
        AND k.paused_ms <= %(at_ms)s
    RETURNING k.clock_id, k.alert_id, k.due_ms
), told AS (
    INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action, ground)
    SELECT %(event_id)s, clock_id, %(kind)s, %(subject_id)s, %(at_ms)s, %(actor)s, %(action)s,
        %(ground)s FROM done
), shown AS (
    UPDATE alerts a SET due_ms = least(a.due_ms, d.due_ms) FROM done d
    WHERE a.alert_id = d.alert_id AND d.alert_id <> '' RETURNING 1
)
SELECT count(*) AS changed FROM done

-- name: clocks_to_recount
SELECT k.clock_id, k.started_ms, t.terms,
    (SELECT jsonb_agg(jsonb_build_object('action', e.action, 'at_ms', e.at_ms)
        ORDER BY e.at_ms, e.action)
     FROM clock_events e
     WHERE e.clock_id = k.clock_id AND e.action IN ('paused', 'resumed')) AS pauses
FROM clocks k JOIN clock_terms t USING (terms_id)
WHERE k.recount AND k.state = 'running'
    AND (%(kind)s::text = '' OR (k.kind = %(kind)s AND k.subject_id = %(subject_id)s))
ORDER BY k.clock_id FOR UPDATE OF k SKIP LOCKED

-- name: clocks_recounted
WITH done AS (
    UPDATE clocks SET due_ms = %(due_ms)s, next_ms = %(next_ms)s, recount = false
    WHERE clock_id = %(clock_id)s RETURNING clock_id, alert_id, due_ms
)
UPDATE alerts a SET due_ms = least(d.due_ms, (SELECT min(k.due_ms) FROM clocks k
    WHERE k.alert_id = a.alert_id AND k.state IN ('running', 'breached')
        AND k.clock_id <> d.clock_id))
FROM done d WHERE a.alert_id = d.alert_id AND d.alert_id <> ''

-- name: clocks_to_look_at
SELECT k.*, t.terms, coalesce(nullif(k.holder, ''), nullif(a.assignee, ''), nullif(c.assignee, ''), '')
    AS held_by
FROM clocks k JOIN clock_terms t USING (terms_id)
    LEFT JOIN alerts a ON a.alert_id = k.alert_id
    LEFT JOIN clues c ON k.subject_kind = 'clue' AND c.clue_id = k.subject_id
WHERE k.next_ms <= %(now_ms)s AND k.state IN ('running', 'breached') AND NOT k.recount
ORDER BY k.next_ms LIMIT %(at_once)s FOR UPDATE OF k SKIP LOCKED

-- name: clocks_breach
WITH done AS (
    UPDATE clocks SET state = 'breached' WHERE clock_id = %(clock_id)s AND state = 'running'
    RETURNING kind, subject_id
)
INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action)
SELECT %(event_id)s, %(clock_id)s, kind, subject_id, %(at_ms)s, 'vigil', 'breached' FROM done
ON CONFLICT DO NOTHING

-- name: clocks_tell
INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action, ground, told)
SELECT %(event_id)s, clock_id, kind, subject_id, %(at_ms)s, 'vigil', %(action)s, %(ground)s, %(told)s
FROM clocks WHERE clock_id = %(clock_id)s
ON CONFLICT DO NOTHING

-- name: clocks_look_again
UPDATE clocks SET next_ms = %(next_ms)s WHERE clock_id = %(clock_id)s

-- name: clocks_people
SELECT officer_id FROM officers
WHERE unit_id = %(unit_id)s AND role = CASE %(to)s::text WHEN 'leader' THEN 'leader' ELSE 'officer' END
ORDER BY officer_id

-- name: clocks_show_nearest
UPDATE alerts a SET due_ms = n.due_ms
FROM (SELECT alert_id, min(due_ms) AS due_ms FROM clocks
    WHERE alert_id <> '' AND state IN ('running', 'breached') GROUP BY alert_id) n
WHERE a.alert_id = n.alert_id AND a.due_ms IS DISTINCT FROM n.due_ms

-- name: clocks_hear
WITH done AS (
    UPDATE clocks SET heard_ms = %(at_ms)s, heard_by = %(by)s,
        next_ms = CASE WHEN state = 'breached' THEN NULL ELSE next_ms END
    WHERE clock_id = %(clock_id)s AND heard_ms IS NULL AND state = 'breached'
    RETURNING kind, subject_id
)
INSERT INTO clock_events (event_id, clock_id, kind, subject_id, at_ms, actor, action, ground)
SELECT %(event_id)s, %(clock_id)s, kind, subject_id, %(at_ms)s, %(by)s, 'heard', %(ground)s FROM done

-- name: clocks_one
SELECT k.*, t.terms FROM clocks k JOIN clock_terms t USING (terms_id)
WHERE k.clock_id = %(clock_id)s FOR UPDATE OF k

-- name: clocks_events_of
SELECT * FROM clock_events WHERE clock_id = %(clock_id)s ORDER BY at_ms, action

-- name: clocks_page
SELECT k.*, t.terms, coalesce(nullif(k.holder, ''), nullif(a.assignee, ''), nullif(c.assignee, ''), '')
    AS held_by, o.name_zh AS holder_zh, o.name_en AS holder_en, s.name_zh AS site_name_zh,
    s.name_en AS site_name_en, u.name_zh AS unit_name_zh, u.name_en AS unit_name_en,
    coalesce(p.name_zh, nullif(c.party_name, ''), c.title) AS party_name_zh, p.name_en AS party_name_en
FROM clocks k JOIN clock_terms t USING (terms_id)
    LEFT JOIN alerts a ON a.alert_id = k.alert_id
    LEFT JOIN clues c ON k.subject_kind = 'clue' AND c.clue_id = k.subject_id
    LEFT JOIN officers o ON o.officer_id =
        coalesce(nullif(k.holder, ''), nullif(a.assignee, ''), nullif(c.assignee, ''))
    LEFT JOIN sites s ON s.site_id = k.site_id
    LEFT JOIN parties p ON p.party_id = k.party_id
    LEFT JOIN units u ON u.unit_id = k.unit_id
WHERE (%(unit_id)s = '' OR k.unit_id = %(unit_id)s)
    AND CASE %(state)s WHEN 'active' THEN k.state IN ('running', 'paused', 'breached')
        WHEN 'all' THEN true ELSE k.state = %(state)s END
    AND (%(kind)s = '' OR k.kind = %(kind)s)
    AND (%(holder)s = ''
        OR coalesce(nullif(k.holder, ''), nullif(a.assignee, ''), nullif(c.assignee, ''))
            = %(holder)s)
ORDER BY CASE WHEN %(state)s IN ('active', 'running', 'paused', 'breached') THEN k.due_ms
    ELSE -coalesce(k.met_ms, k.started_ms) END, k.clock_id
LIMIT %(at_most)s

-- name: clocks_counts
SELECT state, count(*) AS n FROM clocks
WHERE (%(unit_id)s = '' OR unit_id = %(unit_id)s) AND state IN ('running', 'paused', 'breached')
GROUP BY state

-- name: clocks_by_holder
SELECT x.held_by, o.name_zh, o.name_en, count(*) AS n,
    count(*) FILTER (WHERE x.state = 'breached') AS breached, min(x.due_ms) AS due_ms
FROM (SELECT k.state, k.due_ms,
        coalesce(nullif(k.holder, ''), nullif(a.assignee, ''), nullif(c.assignee, ''), '') AS held_by
    FROM clocks k LEFT JOIN alerts a ON a.alert_id = k.alert_id
        LEFT JOIN clues c ON k.subject_kind = 'clue' AND c.clue_id = k.subject_id
    WHERE (%(unit_id)s = '' OR k.unit_id = %(unit_id)s)
        AND k.state IN ('running', 'paused', 'breached')) x
    LEFT JOIN officers o ON o.officer_id = x.held_by
GROUP BY x.held_by, o.name_zh, o.name_en
ORDER BY breached DESC, n DESC, x.held_by

-- name: ledger_subjects
-- What is before the officers or was touched in the period; what is on trial or kept back is not.
WITH touched AS (
    SELECT 'alert' AS kind, e.alert_id AS id FROM alert_events e
    WHERE e.at_ms >= %(from_ms)s AND e.at_ms < %(to_ms)s
    UNION SELECT 'alert', alert_id FROM alerts
    WHERE state IN ('open', 'acknowledged', 'reminded') AND detected_ms < %(to_ms)s
    UNION SELECT 'case', case_id FROM cases
    WHERE created_ms < %(to_ms)s AND (decided_ms IS NULL OR decided_ms >= %(from_ms)s)
    UNION SELECT 'case', case_id FROM case_answers
    WHERE at_ms >= %(from_ms)s AND at_ms < %(to_ms)s
    UNION SELECT 'clue', clue_id FROM clues
    WHERE received_ms < %(to_ms)s
        AND (state NOT IN ('answered', 'returned', 'closed') OR changed_ms >= %(from_ms)s)
    UNION SELECT subject_kind, subject_id FROM clocks
    WHERE started_ms < %(to_ms)s
        AND (state IN ('running', 'paused', 'breached') OR met_ms >= %(from_ms)s)
), placed AS (
    SELECT t.kind AS subject_kind, t.id AS subject_id, a.alert_id, a.party_id, a.site_id, s.unit_id
    FROM touched t JOIN alerts a ON a.alert_id = t.id JOIN sites s USING (site_id)
    WHERE t.kind = 'alert' AND NOT a.staged
    UNION ALL
    SELECT t.kind, t.id, a.alert_id, a.party_id, a.site_id, s.unit_id
    FROM touched t JOIN cases c ON c.case_id = t.id JOIN alerts a USING (alert_id)
        JOIN sites s ON s.site_id = a.site_id
    WHERE t.kind = 'case'
    UNION ALL
    SELECT t.kind, t.id, c.alert_id, c.party_id, c.site_id, c.unit_id
    FROM touched t JOIN clues c ON c.clue_id = t.id WHERE t.kind = 'clue'
    UNION ALL
    SELECT DISTINCT ON (t.kind, t.id) t.kind, t.id, k.alert_id, k.party_id, k.site_id, k.unit_id
    FROM touched t JOIN clocks k ON k.subject_id = t.id AND k.subject_kind = t.kind
    WHERE t.kind NOT IN ('alert', 'case', 'clue')
)
SELECT * FROM placed WHERE %(unit_id)s = '' OR unit_id = %(unit_id)s
ORDER BY subject_kind, subject_id

-- name: ledger_facts
WITH asked AS MATERIALIZED (
    SELECT split_part(v, ':', 1) AS kind, substr(v, strpos(v, ':') + 1) AS id, v AS subject
    FROM jsonb_array_elements_text(%(subjects)s) v
)
SELECT q.subject, e.action AS name, e.at_ms, e.actor, e.ground
FROM asked q JOIN alert_events e ON e.alert_id = q.id
WHERE q.kind = 'alert' AND e.at_ms < %(to_ms)s
UNION ALL
SELECT q.subject, 'review_' || r.kind, r.at_ms, r.officer_id, ''
FROM asked q JOIN reviews r ON r.alert_id = q.id
WHERE q.kind = 'alert' AND r.at_ms < %(to_ms)s
UNION ALL
SELECT q.subject, 'told', t.ended_ms, 'vigil', t.channel
FROM asked q JOIN notices n ON n.alert_id = q.id JOIN notice_attempts t USING (notice_id)
WHERE q.kind = 'alert' AND n.party_id IS NOT NULL AND t.outcome IN ('taken', 'delivered')
    AND t.ended_ms < %(to_ms)s
UNION ALL
SELECT q.subject, 'told', s.at_ms, s.officer_id, s.how
FROM asked q JOIN notices n ON n.alert_id = q.id JOIN notice_services s USING (notice_id)
WHERE q.kind = 'alert' AND s.at_ms < %(to_ms)s
UNION ALL
SELECT q.subject, 'party_' || p.kind, p.at_ms, 'party', ''
FROM asked q JOIN party_answers p ON p.alert_id = q.id
WHERE q.kind = 'alert' AND p.at_ms < %(to_ms)s
UNION ALL
SELECT q.subject, 'replied', y.at_ms, y.officer_id, y.outcome
FROM asked q JOIN party_answers p ON p.alert_id = q.id JOIN party_replies y USING (answer_id)
WHERE q.kind = 'alert' AND p.kind = 'disputed' AND y.at_ms < %(to_ms)s
UNION ALL
SELECT q.subject, 'made', c.created_ms, 'vigil', ''
FROM asked q JOIN cases c ON c.case_id = q.id WHERE q.kind = 'case' AND c.created_ms < %(to_ms)s
UNION ALL
SELECT q.subject, 'acknowledged', c.acknowledged_ms, 'case_system', c.receipt
FROM asked q JOIN cases c ON c.case_id = q.id
WHERE q.kind = 'case' AND c.acknowledged_ms < %(to_ms)s
UNION ALL
SELECT q.subject, coalesce(nullif(w.status, ''), replace(w.kind, 'case.', '')), w.at_ms,
    'case_system', w.why
FROM asked q JOIN case_answers w ON w.case_id = q.id
WHERE q.kind = 'case' AND w.at_ms < %(to_ms)s AND w.taken <> 'impossible'
UNION ALL
SELECT q.subject, e.action, e.at_ms, e.actor, e.ground
FROM asked q JOIN clue_events e ON e.clue_id = q.id
WHERE q.kind = 'clue' AND e.at_ms < %(to_ms)s
UNION ALL
SELECT q.subject, 'clock_' || e.action || ':' || e.kind, e.at_ms, e.actor, e.ground
FROM asked q JOIN clock_events e ON e.subject_id = q.id
WHERE e.action IN ('started', 'met', 'ended') AND e.at_ms < %(to_ms)s

-- name: ledger_clocks
SELECT k.subject_kind || ':' || k.subject_id AS subject, k.kind, k.started_ms, k.due_ms, k.given,
    t.terms, (SELECT jsonb_agg(jsonb_build_object('action', e.action, 'at_ms', e.at_ms,
            'actor', e.actor, 'ground', e.ground) ORDER BY e.at_ms, e.action)
        FROM clock_events e WHERE e.clock_id = k.clock_id AND e.at_ms < %(to_ms)s
            AND e.action IN ('paused', 'resumed', 'ended', 'met')) AS events
FROM jsonb_array_elements_text(%(subjects)s) v
    JOIN clocks k ON k.subject_id = substr(v, strpos(v, ':') + 1)
        AND k.subject_kind = split_part(v, ':', 1)
    JOIN clock_terms t USING (terms_id)
WHERE k.started_ms < %(to_ms)s
ORDER BY k.subject_id, k.kind, k.started_ms
