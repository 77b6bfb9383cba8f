// summary: How a configuration was set, latest first.
// mode:    read
// params:  org: str -- the organization; empty for the platform
//          before: int -- only versions of a number below; null for all
//          limit: int -- how many at most
// returns: number: int, values: str -- as JSON, set_by: str -- id of a user, set_at: datetime, reason: str
// index:   ConfigurationVersion(org, number)
// rows:    at most limit, latest first
MATCH (v:ConfigurationVersion)
WHERE v.org = $org AND v.number < coalesce($before, 9223372036854775807)
RETURN v.number AS number, v.values AS values, v.set_by AS set_by, v.set_at AS set_at, v.reason AS reason
ORDER BY v.number DESC LIMIT $limit
