// title:       Port that no other host has open
// summary:     A host of a domain answers on a port that is closed on nearly all of the domain's other hosts.
// version:     2
// status:      experimental
// severity:    MEDIUM
// confidence:  0.6
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)-[:RESOLVES_TO]->(IPAddress)-[:LISTED_IN]->(Feed)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)-[:RESOLVES_TO]->(IPAddress)-[:HAS_PORT]->(NetworkService)
// params:
//              least: int = 20 -- how many hosts there have to be to compare with
//              share: float = 0.05 -- the share of hosts up to which a port is rare
//              usual: list<int> = [25, 53, 80, 443] -- ports that are nothing special, however few have them
// returns:
//              subject: DomainName
//              evidence: list<DomainName|IPAddress|NetworkService>
//              links: list<link>
//              port: str -- the transport and the port
//              services: list<NetworkService>
//              having: int -- how many hosts have it open
//              hosts: int -- how many hosts of the domain answer at all
//              score: float -- more where one host alone has it
// keyed-by:    port
// headline:    {port} is open on {having} of {hosts} hosts of {subject}: {services}
// explanation: The addresses that a domain's names lead to are compared with each other. What one of them alone
//              offers was mostly put up for a test or for one person and forgotten, and nobody brings it up to date.
// remediation: Ask who needs it. Close it if nobody can say; else write down what it is for, and keep it like the
//              rest.
// false-positives: Ports of the web, of mail and of the DNS are on few hosts by their nature and do not count, nor do
//              addresses that are known to serve many, such as a content network's. A domain with few hosts has no
//              rule that one of them could be the exception to.
// references:
//              CWE-1125
//              ATT&CK T1133
//              D3FEND D3-NM
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(name:DomainName)
MATCH (name)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(address:IPAddress)
WHERE NOT EXISTS {
  MATCH (address)-[known:LISTED_IN WHERE known.holds_since IS NOT NULL]->(common:Feed)
  WHERE common.polarity = 'known_common'
}
WITH subject, below, name, resolves, address ORDER BY size(below), name.key
WITH subject, address, head(collect({below: below, last: resolves})) AS way
MATCH (address)-[at:HAS_PORT WHERE at.holds_since IS NOT NULL]->(service:NetworkService)
WHERE coalesce(service.state, 'open') = 'open' AND service.server_name IS NULL
WITH subject, address, way, at, service ORDER BY service.key
WITH subject, size(collect(DISTINCT address)) AS hosts,
     collect({address: address, way: way, at: at, service: service}) AS open
WHERE hosts >= $least
UNWIND open AS one
WITH subject, hosts, one, one.service AS offered
WHERE NOT offered.port IN $usual
WITH subject, hosts, offered.transport + '/' + offered.port AS port, collect(one) AS having
WHERE size(having) <= hosts * $share
RETURN subject,
       reduce(nodes = [], one IN having[..5] |
         nodes + [step IN one.way.below | startNode(step)] + [one.address, one.service]) AS evidence,
       reduce(ids = [], one IN having[..5] |
         ids + [step IN one.way.below | step.id] + [one.way.last.id, one.at.id]) AS links,
       port, [one IN having[..5] | one.service] AS services, size(having) AS having, hosts,
       CASE WHEN size(having) = 1 THEN 0.8 ELSE 0.5 END AS score
