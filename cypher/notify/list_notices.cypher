// summary: What happened and is still to be told, oldest first, of any organization.
// mode:    read
// params:  limit: int
// returns: id: str, org: str, org_name: str, at: datetime, event: str, about: str, severity: str, title: str, details: str -- JSON
// index:   Notice(org, at), Organization(id)
// rows:    at most limit
MATCH (n:Notice)
WHERE n.org > '' AND n.at IS NOT NULL
WITH n ORDER BY n.at LIMIT $limit
MATCH (org:Organization {id: n.org})
RETURN n.id AS id, n.org AS org, org.name AS org_name, n.at AS at, n.event AS event, n.about AS about,
       n.severity AS severity, n.title AS title, n.details AS details
ORDER BY n.at
