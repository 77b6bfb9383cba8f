// title:       Zone can be copied by anybody
// summary:     A name server of the domain hands the whole zone to whoever asks (AXFR).
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.95
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:OF]-(Observation)
//              (DomainName)-[:DELEGATED_TO]->(DomainName)
// returns:
//              subject: DomainName
//              evidence: list<DomainName>
//              links: list<link>
//              servers: list<DomainName> -- the domain's name servers
//              score: float -- 1
// keyed-by:    subject
// headline:    The zone of {subject} can be copied from one of {servers}
// explanation: The zone lists every host, also those that nobody was meant to find, and saves an attacker the search.
// remediation: Let the name server transfer zones to its own secondary servers only.
// false-positives: A transfer that was tried and refused is no finding, nor is one that was open once and was refused
//              when it was tried last. A domain that a run only came across is somebody else's and is not reported.
// references:
//              CWE-200
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
  AND EXISTS {
    MATCH (subject)<-[:OF]-(look:Observation {collector: 'dns.axfr', outcome: 'FOUND'})
    MATCH (claim:Claim {id: look.claim})
    WHERE claim.latest = look.id
  }
OPTIONAL MATCH (subject)-[delegated:DELEGATED_TO]->(server:DomainName)
WHERE delegated.holds_since IS NOT NULL
WITH subject, server, delegated ORDER BY server.key
WITH subject, collect(server)[..10] AS servers, collect(delegated.id)[..10] AS links
RETURN subject, servers AS evidence, links, servers, 1.0 AS score
