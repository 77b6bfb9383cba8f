// title:       Name server under a domain that is free to register
// summary:     A zone names a name server under a domain that does not exist, so that anybody can register it and
//              answer.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:DELEGATED_TO]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)
// returns:
//              subject: DomainName
//              evidence: list<DomainName>
//              links: list<link>
//              target: DomainName
//              lapsed: DomainName -- the registrable domain that does not exist
//              score: float -- 0.9
// keyed-by:    target
// headline:    {subject} is answered for by {target}, but {lapsed} does not exist
// explanation: Whoever registers the domain answers for the zone: pages, mail and certificates included.
// remediation: Take the name server out at the registrar and in the zone, or register the domain again before
//              somebody else does.
// false-positives: A name server within one's own domain that does not exist is lame, but nobody else can take its
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
MATCH (subject)-[names:DELEGATED_TO]->(target:DomainName)
WHERE names.holds_since IS NOT NULL
  AND target.registrable_domain <> coalesce(subject.registrable_domain, subject.name)
MATCH (target)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->{0,8}(lapsed:DomainName)
WHERE lapsed.name = target.registrable_domain AND lapsed.dns_status = 'nonexistent'
RETURN subject, [step IN below | endNode(step)] + [target] AS evidence,
       [names.id] + [step IN below | step.id] AS links, target, lapsed, 0.9 AS score
