// summary: Leave what happened to be told, with the transaction in which it did, where a channel of the organization asks for it.
// mode:    write
// params:  org: str -- the organization
//          at: datetime -- when it happened
//          notices: list<map> -- id, event, about, severity, title, details (JSON)
// returns: id: str -- of each that was left
// index:   Channel(org, name), Notice(id)
// rows:    at most one a notice
MATCH (c:Channel)
WHERE c.org = $org AND c.name > '' AND c.is_enabled
UNWIND c.events AS event
WITH collect(DISTINCT event) AS wanted
UNWIND $notices AS row
WITH row WHERE row.event IN wanted
MERGE (n:Notice {id: row.id})
ON CREATE SET n.org = $org, n.at = $at, n.event = row.event, n.about = row.about, n.severity = row.severity,
              n.title = row.title, n.details = row.details
RETURN n.id AS id
