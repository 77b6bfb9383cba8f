// summary: Suppressions whose time is over while their finding is still set aside.
// mode:    read
// params:  org: str -- the organization
//          now: datetime
// returns: rule: str -- the rule's name
//          subject: str -- the entity's id
// index:   Suppression(org, until)
// rows:    one a suppression
MATCH (suppression:Suppression)
WHERE suppression.org = $org AND suppression.until <= $now
MATCH (suppression)<-[:SUPPRESSED_BY]-(finding:Finding {state: 'SUPPRESSED'})
RETURN finding.rule AS rule, finding.subject AS subject
