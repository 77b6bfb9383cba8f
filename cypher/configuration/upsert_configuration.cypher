// summary: Set a configuration that is locked, as a new version.
// mode:    write
// params:  org: str -- the organization; empty for the platform
//          number: int -- the version's number
//          version_id: str -- the version's id
//          values: str -- settings by place, as JSON
//          by: str -- id of the user who sets it
//          at: datetime
//          reason: str -- why, for people
//          changes: list<str> -- what makes the last changes one each
// returns: number: int
// index:   Configuration(org), ConfigurationVersion(org, number)
// rows:    1
MATCH (c:Configuration {org: $org})
SET c.number = $number, c.values = $values, c.changes = $changes
MERGE (v:ConfigurationVersion {org: $org, number: $number})
ON CREATE SET v.id = $version_id, v.values = $values, v.set_by = $by, v.set_at = $at, v.reason = $reason
RETURN v.number AS number
