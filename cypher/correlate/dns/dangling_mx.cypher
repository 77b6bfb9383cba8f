// title:       Mail goes to a domain that is free to register
// summary:     A domain names a mail host under a domain that does not exist, so that anybody can register it
//              and get the mail.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:MAIL_HANDLED_BY]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)
// returns:
//              subject: DomainName
//              evidence: list<DomainName>
//              links: list<link>
//              target: DomainName
//              lapsed: DomainName -- the registrable domain that does not exist
//              score: float -- 0.9
// keyed-by:    target
// headline:    Mail for {subject} goes to {target}, but {lapsed} does not exist
// explanation: Whoever registers the domain receives the mail: password resets and certificates for the name
//              included.
// remediation: Take the MX record out, or register the domain again before somebody else does.
// false-positives: A mail host within one's own domain that does not exist only loses mail; nobody else can take its
//              place. A domain that a run only came across is somebody else's and is not reported.
// references:
//              CWE-350
//              ATT&CK T1584.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[names:MAIL_HANDLED_BY]->(target:DomainName)
WHERE names.holds_since IS NOT NULL
  AND target.registrable_domain <> coalesce(subject.registrable_domain, subject.name)
MATCH (target)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->{0,8}(lapsed:DomainName)
WHERE lapsed.name = target.registrable_domain AND lapsed.dns_status = 'nonexistent'
RETURN subject, [step IN below | endNode(step)] + [target] AS evidence,
       [names.id] + [step IN below | step.id] AS links, target, lapsed, 0.9 AS score
