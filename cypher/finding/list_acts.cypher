// summary: What happened to a finding, latest first: what its rule said, and what people did.
// mode:    read
// params:  org: str -- the organization
//          id: str -- of a finding that may be read
//          limit: int -- how many at most
// returns: at: datetime, happening: str -- OPENED, CLOSED, REOPENED, TRIAGED, SUPPRESSED, LIFTED
//          by: str -- null for the rule, comment: str -- or null, fields: list<str>, before: list<str>, after: list<str>
// index:   Finding(id)
// rows:    at most limit
MATCH (f:Finding {id: $id})
WHERE f.org = $org
CALL (f) {
  // Openings and closings by turns, of which only the last one says why.
  WITH f, coalesce(f.past, []) + [f.opened_at] + CASE WHEN f.closed_at IS NULL THEN [] ELSE [f.closed_at] END AS moments
  UNWIND range(0, size(moments) - 1) AS place
  RETURN moments[place] AS at, null AS by, [] AS fields, [] AS before, [] AS after,
         CASE WHEN place = 0 THEN 'OPENED' WHEN place % 2 = 0 THEN 'REOPENED' ELSE 'CLOSED' END AS happening,
         CASE WHEN place % 2 = 1 AND place = size(moments) - 1 THEN f.cleared_reason END AS comment
  UNION ALL
  MATCH (act:FindingAct)-[:ABOUT]->(f)
  RETURN act.at AS at, act.by AS by, act.fields AS fields, act.before AS before, act.after AS after,
         CASE WHEN act.fields <> ['SUPPRESSED_UNTIL'] THEN 'TRIAGED' WHEN act.after = [''] THEN 'LIFTED'
              ELSE 'SUPPRESSED' END AS happening,
         CASE act.comment WHEN '' THEN null ELSE act.comment END AS comment
}
RETURN at, happening, by, comment, fields, before, after
ORDER BY at DESC, happening
LIMIT $limit
