// summary: A configuration, locked until the transaction's end; made where there was none.
// mode:    write
// params:  id: str -- the configuration's id
//          org: str -- the organization; empty for the platform
// returns: number: int, values: str -- as JSON, changes: list<str> -- what made the last changes one each
// index:   Configuration(org)
// rows:    1
MERGE (c:Configuration {org: $org})
ON CREATE SET c.id = $id, c.number = 0, c.values = '{}', c.changes = []
REMOVE c._lock
RETURN c.number AS number, c.values AS values, c.changes AS changes
