// summary: Note how far people are with findings, whose they are and until when, and keep what was changed.
// mode:    write
// params:  org: str -- the organization
//          findings: list<map> -- id, act (the id of what is kept)
//          triage: str -- how far they are; null to leave it
//          assignee: str -- whose they are, an e-mail address; empty for nobody, null to leave it
//          due_at: datetime -- until when; null for no time
//          sets_due: bool -- whether that is to be changed
//          comment: str -- what is said about it; empty for nothing
//          act: str -- what is done, the same where it is sent again
//          by: str -- who does it
//          now: datetime
// returns: id: str -- of each finding that changed
// index:   Finding(id), FindingAct(id)
// rows:    one a finding that changed, or was commented
UNWIND $findings AS row
MATCH (f:Finding {id: row.id})
WHERE f.org = $org
WITH f, row, [change IN [
  {field: 'TRIAGE', before: coalesce(f.triage, 'NEW'), after: $triage},
  {field: 'ASSIGNEE', before: coalesce(f.assignee, ''), after: $assignee},
  {field: 'DUE_AT', before: coalesce(toString(f.due_at), ''),
   after: CASE WHEN $sets_due THEN coalesce(toString($due_at), '') END}
] WHERE change.after IS NOT NULL AND change.before <> change.after] AS changes
WITH f, row, changes
WHERE size(changes) > 0 OR $comment <> ''
SET f.triage = coalesce($triage, f.triage),
    f.triaged_at = CASE WHEN $triage IS NULL THEN f.triaged_at ELSE $now END,
    f.assignee = CASE WHEN $assignee IS NULL THEN f.assignee WHEN $assignee = '' THEN null ELSE $assignee END,
    f.due_at = CASE WHEN $sets_due THEN $due_at ELSE f.due_at END,
    f.changed_at = $now
MERGE (act:FindingAct {id: row.act})
ON CREATE SET act.org = $org, act.act = $act, act.at = $now, act.by = $by, act.comment = $comment,
              act.fields = [change IN changes | change.field], act.before = [change IN changes | change.before],
              act.after = [change IN changes | change.after]
MERGE (act)-[:ABOUT]->(f)
RETURN f.id AS id
