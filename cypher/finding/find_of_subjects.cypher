// summary: What is stored of some rules' findings about some subjects.
// mode:    read
// params:  rules: list<str> -- the rules' names
//          subjects: list<str> -- ids of entities
// returns: id: str
//          rule: str -- the rule's name
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
// index:   Entity(id)
// rows:    a few a subject
UNWIND $subjects AS id
MATCH (subject:Entity {id: id})<-[:ABOUT]-(finding:Finding)
WHERE finding.rule IN $rules
RETURN finding.id AS id, finding.rule AS rule, finding.fingerprint AS fingerprint, id AS subject,
       finding.state AS state, finding.title AS title, finding.severity AS severity, finding.score AS score,
       finding.evidence AS evidence, finding.evidence_relationships AS links, finding.details AS details,
       coalesce(finding.shared, []) AS shared
