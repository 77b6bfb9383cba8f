// summary: How many of an organization's saved queries are watched, but for one, by those who belong to it.
// mode:    read
// params:  org: str -- the organization
//          id: str -- of the one that does not count
// returns: total: int
// index:   Watch(org), Membership(org, user)
// rows:    1
MATCH (w:Watch)
WHERE w.org = $org AND w.id <> $id AND EXISTS { MATCH (:Membership {org: $org, user: w.owner}) }
RETURN count(*) AS total
