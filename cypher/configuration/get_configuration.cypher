// summary: What is set for an organization or for the platform, as it is now.
// mode:    read
// params:  org: str -- the organization; empty for the platform
// returns: number: int -- how often it was set, values: str -- settings by place, as JSON
// index:   Configuration(org)
// rows:    0 or 1
MATCH (c:Configuration {org: $org})
RETURN c.number AS number, c.values AS values
