// summary: How an organization had set a rule, latest first.
// mode:    read
// params:  org: str -- the organization
//          rule: str -- the rule's name
//          before: int -- only versions of a number below; null for all
//          limit: int -- how many at most
// returns: number: int
//          text: str -- null for a shipped rule, and where it was deleted
//          parameters: str -- as JSON
//          is_enabled: bool
//          set_by: str -- id of a user
//          set_at: datetime
//          comment: str
// index:   RuleVersion(org, rule, number)
// rows:    at most limit, latest first
MATCH (v:RuleVersion)
WHERE v.org = $org AND v.rule = $rule AND v.number < coalesce($before, 9223372036854775807)
RETURN v.number AS number, v.text AS text, v.parameters AS parameters, v.is_enabled AS is_enabled,
       v.set_by AS set_by, v.set_at AS set_at, v.comment AS comment
ORDER BY v.number DESC LIMIT $limit
