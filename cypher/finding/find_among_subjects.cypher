// summary: What is stored of a rule's findings about very many subjects, by way of the rule.
// mode:    read
// params:  org: str -- the organization
//          rule: str -- the rule's name
//          subjects: list<str> -- ids of entities
// returns: id: str
//          fingerprint: str -- what makes the finding the same one again
//          subject: str -- the entity's id
//          state: str -- OPEN, CLOSED or SUPPRESSED
//          title: str
//          severity: str
//          score: float
//          evidence: list<str> -- ids of the entities it rests on
//          links: list<str> -- ids of the relationships it rests on
//          details: str -- the rule's plain columns as JSON
//          shared: list<str> -- ids of what its entities have in common
// index:   Finding(org, rule)
// rows:    a few a subject
MATCH (finding:Finding)
WHERE finding.org = $org AND finding.rule = $rule AND finding.subject IN $subjects
RETURN finding.id AS id, finding.fingerprint AS fingerprint, finding.subject AS subject, finding.state AS state,
       finding.title AS title, finding.severity AS severity, finding.score AS score,
       finding.evidence AS evidence, finding.evidence_relationships AS links, finding.details AS details,
       coalesce(finding.shared, []) AS shared
