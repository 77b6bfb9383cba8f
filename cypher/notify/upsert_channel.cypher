// summary: Make a channel of an organization, or change what is given of one; null leaves a part as it is.
// mode:    write
// params:  id: str -- the channel's id
//          org: str -- the organization
//          module: str -- the module over which it tells; of one that is there, it stays
//          name: str
//          options: str -- those of the module, as JSON
//          events: list<str>
//          least_severity: str -- of findings
//          ceiling: str -- the strictest marking of what goes over it
//          is_enabled: bool
//          by: str -- id of the user
//          now: datetime
// returns: properties: map
// index:   Channel(id)
// rows:    1
MERGE (c:Channel {id: $id})
ON CREATE SET c.org = $org, c.module = $module, c.created_by = $by, c.created_at = $now
SET c.name = coalesce($name, c.name), c.options = coalesce($options, c.options), c.events = coalesce($events, c.events),
    c.least_severity = coalesce($least_severity, c.least_severity), c.ceiling = coalesce($ceiling, c.ceiling),
    c.is_enabled = coalesce($is_enabled, c.is_enabled), c.changed_by = $by, c.changed_at = $now
RETURN properties(c) AS properties
