// title:       Name server that does not answer for its zone
// summary:     A zone is delegated to a name server that has no address.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (DomainName)-[:DELEGATED_TO]->(DomainName)
//              (DomainName)<-[:REACHED]-(Run)
// returns:
//              subject: DomainName
//              evidence: list<DomainName>
//              links: list<link>
//              servers: list<DomainName>
//              score: float -- more where all of its servers are so
// keyed-by:    subject
// headline:    {subject} is delegated to {servers}, which no resolver finds
// explanation: Each question that a resolver asks there waits in vain, and with the last good server the whole zone is
//              gone. Somebody who gets hold of the server's name answers for the zone.
// remediation: Take the server out of the delegation at the registrar, or give it its address back.
// false-positives: A server that was not looked up, or whose look-up failed, is not reported; nor are zones that a scan only
//              came across.
// references:
//              RFC 1912
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[delegated:DELEGATED_TO WHERE delegated.holds_since IS NOT NULL]->(server:DomainName)
WITH subject, delegated, server, server.dns_status IN ['no_addresses', 'nonexistent'] AS is_lost ORDER BY server.key
WITH subject, size(collect(server)) AS all,
     collect(CASE WHEN is_lost THEN server END)[..10] AS servers,
     collect(CASE WHEN is_lost THEN delegated.id END)[..10] AS links
WHERE size(servers) > 0
RETURN subject, servers AS evidence, links, servers, CASE WHEN size(servers) = all THEN 1.0 ELSE 0.7 END AS score
