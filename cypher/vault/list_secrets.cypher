// summary: An organization's secrets, without their values.
// mode:    read
// params:  org: str -- the organization
// returns: id: str, source: str, name: str, key_version: str -- of the master key that seals it, version: int -- how often it was set
//          created_at: datetime, created_by: str -- id of the user who set it last, set_at: datetime, last_used_at: datetime
//          expires_at: datetime
// index:   Secret(org)
// rows:    one a secret, by source and name
MATCH (s:Secret)
WHERE s.org = $org
RETURN s.id AS id, s.source AS source, s.name AS name, s.key_version AS key_version, s.version AS version,
       s.created_at AS created_at, s.created_by AS created_by, s.set_at AS set_at, s.last_used_at AS last_used_at,
       s.expires_at AS expires_at
ORDER BY source, name
