// title:       New host
// summary:     A name of one's own leads to an address that was not known before, and something answers there.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.7
// reads:
//              (IPAddress)-[:LISTED_IN]->(Feed)
//              (IPAddress)<-[:RESOLVES_TO]-(DomainName)<-[:REACHED]-(Run)
//              (IPAddress)<-[:RESOLVES_TO]-(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)<-[:OF]-(Observation)
//              (IPAddress)-[:HAS_PORT]->(NetworkService)
// params:
//              window: duration = P7D -- for how long a host is new
//              settled: duration = PT12H -- how much earlier the name or its domain has to have been looked up
// returns:
//              subject: IPAddress
//              evidence: list<DomainName|NetworkService>
//              links: list<link>
//              names: list<DomainName> -- what leads to it
//              services: list<NetworkService> -- what answers there
//              appeared: datetime -- when it was seen first
//              score: float -- 0.7
// keyed-by:    subject
// headline:    {subject} is a new host of {names} since {appeared}, with {services}
// explanation: What was put up this week has been hardened and entered into nobody's list yet. It is also what
//              somebody sets up who has got hold of a domain's records.
// remediation: Find out who put it up. Enter it into the inventory, and check what it offers before others do.
// false-positives: When a domain is looked up for the first time, all of its hosts are new to us, not to the world.
//              Content networks answer from other addresses every day: addresses on lists of common ones do not
//              count.
// references:
//              ATT&CK T1583.003
//              ATT&CK T1595.001
//              D3FEND D3-AI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&IPAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.first_seen > $now - $window
  AND NOT EXISTS {
    MATCH (subject)-[known:LISTED_IN]->(common:Feed)
    WHERE known.holds_since IS NOT NULL AND common.polarity = 'known_common'
  }
MATCH (name:DomainName)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(subject)
  // A name that runs only came across is somebody else's.
WHERE coalesce(COLLECT { MATCH (name)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
  AND EXISTS {
    MATCH (name)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->{0,8}(apex:DomainName)
    MATCH (apex)<-[:OF]-(look:Observation)
    WHERE look.collector = 'dns.resolve' AND look.ended_at + $settled < subject.first_seen
  }
WITH subject, name, resolves ORDER BY name.key
WITH subject, collect(DISTINCT name)[..5] AS names, collect(resolves.id)[..5] AS led
MATCH (subject)-[at:HAS_PORT WHERE at.holds_since IS NOT NULL]->(service:NetworkService)
WHERE coalesce(service.state, 'open') = 'open' AND service.server_name IS NULL
WITH subject, names, led, service, at ORDER BY service.key
WITH subject, names, led, collect(service)[..10] AS services, collect(at.id)[..10] AS ports
RETURN subject, names + services AS evidence, led + ports AS links, names, services,
       subject.first_seen AS appeared, 0.7 AS score
