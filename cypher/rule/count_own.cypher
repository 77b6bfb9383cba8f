// summary: How many rules of its own an organization has.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   RuleSetting(org, rule)
// rows:    1
MATCH (s:RuleSetting)
WHERE s.org = $org AND s.rule > '' AND s.text IS NOT NULL
RETURN count(*) AS total
