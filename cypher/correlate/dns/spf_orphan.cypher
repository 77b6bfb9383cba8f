// title:       Senders' list names a domain that is free to register
// summary:     The SPF record lets hosts of a domain send mail that does not exist any more.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.9
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:ALLOWS_SENDER]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)
// returns:
//              subject: DomainName
//              evidence: list<DomainName>
//              links: list<link>
//              target: DomainName -- what the record names
//              lapsed: DomainName -- the registrable domain that does not exist
//              score: float -- 0.9
// keyed-by:    target
// headline:    The SPF record of {subject} lets {target} send, but {lapsed} does not exist
// explanation: Whoever registers the domain may publish any addresses there, and mail they send in your name passes
//              the check. Mostly a service was cancelled and its `include` was left.
// remediation: Take the mechanism out of the record.
// false-positives: A name below one's own domain that does not exist makes the check fail, but nobody else can
//              register it. A domain that a run only came across is somebody else's and is not reported.
// references:
//              RFC 7208, section 5.2
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[allows:ALLOWS_SENDER]->(target:DomainName)
WHERE allows.holds_since IS NOT NULL
  AND target.registrable_domain <> coalesce(subject.registrable_domain, subject.name)
MATCH (target)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->{0,8}(lapsed:DomainName)
WHERE lapsed.name = target.registrable_domain AND lapsed.dns_status = 'nonexistent'
RETURN subject, [step IN below | endNode(step)] + [target] AS evidence,
       [allows.id] + [step IN below | step.id] AS links, target, lapsed, 0.9 AS score
