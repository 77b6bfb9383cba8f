// summary: What is set that counts for an organization: by the platform, and by itself.
// mode:    read
// params:  org: str -- the organization
// returns: org: str -- empty for the platform, values: str -- settings by place, as JSON
// index:   Configuration(org)
// rows:    0 to 2
MATCH (c:Configuration)
WHERE c.org IN ['', $org]
RETURN c.org AS org, c.values AS values
