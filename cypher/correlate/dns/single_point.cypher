// title:       All name servers are in one place
// summary:     The domain's name servers are all in one network, so that one fault takes every name of it away.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.8
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:DELEGATED_TO]->(DomainName)-[:RESOLVES_TO]->(IPAddress)<-[:CONTAINS]-(Netblock)
// returns:
//              subject: DomainName
//              evidence: list<DomainName|IPAddress|Netblock>
//              links: list<link>
//              servers: list<DomainName>
//              place: str -- what they have in common
//              score: float -- 0.8
// keyed-by:    subject
// headline:    {servers}, all name servers of {subject}, are in {place}
// explanation: When that network fails, or is cut off, mail and web sites of the domain cannot be found, wherever they
//              are.
// remediation: Add a name server in another network, best with another provider.
// false-positives: A large provider's name servers lie in several networks, each announced from many places: those
//              are not reported, although one company runs them all. A domain that a run only came across is somebody
//              else's and is not reported.
// references:
//              RFC 2182
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[delegated:DELEGATED_TO]->(server:DomainName)
WHERE delegated.holds_since IS NOT NULL
WITH subject, server, delegated ORDER BY server.key
WITH subject, collect(DISTINCT server) AS servers, collect(DISTINCT delegated.id) AS delegations
MATCH (subject)-[names:DELEGATED_TO]->(host:DomainName)-[resolves:RESOLVES_TO]->(address:IPAddress)
WHERE names.holds_since IS NOT NULL AND resolves.holds_since IS NOT NULL
OPTIONAL MATCH (address)<-[holds:CONTAINS WHERE holds.holds_since IS NOT NULL]-(block:Netblock)
WHERE block.prefix_length >= 16
WITH subject, servers, delegations, host, resolves, address,
     coalesce(block.cidr, CASE WHEN address.version = 4 THEN
       reduce(left = '', part IN split(address.address, '.')[..3] | left + part + '.') + '0/24'
     END) AS place,
     block, holds
WHERE place IS NOT NULL
WITH subject, servers, delegations, place, collect(DISTINCT host) AS inside, collect(DISTINCT address) AS addresses,
     collect(DISTINCT resolves.id) AS resolved, collect(DISTINCT block) AS blocks, collect(DISTINCT holds.id) AS held
WHERE size(inside) = size(servers)
WITH subject, servers, delegations, place, addresses, resolved, blocks, held ORDER BY size(blocks) DESC, place
WITH subject, servers, delegations,
     collect({place: place, nodes: addresses + blocks, links: resolved + held})[0] AS common
RETURN subject, servers + common.nodes AS evidence, delegations + common.links AS links, servers,
       common.place AS place, 0.8 AS score
