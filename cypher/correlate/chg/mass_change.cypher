// title:       Many names of a domain moved at once
// summary:     Within days, a large part of a domain's names got addresses in other networks than before.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)-[:RESOLVES_TO]->(IPAddress)<-[:CONTAINS]-(Netblock)
// params:
//              window: duration = P7D -- within what time they moved
//              least: int = 10 -- how many names have to have moved
//              share: float = 0.2 -- what share of the names that resolve
// returns:
//              subject: DomainName
//              evidence: list<DomainName|IPAddress>
//              links: list<link>
//              moved: int -- how many names moved
//              names: int -- how many names resolve
//              examples: list<DomainName>
//              score: float -- the share that moved
// keyed-by:    subject
// headline:    {moved} of {names} names of {subject} moved within days: {examples}
// explanation: That is what moving to another provider looks like, and what it looks like when somebody changes a
//              zone who should not. Those in charge know which of the two it is.
// remediation: Ask whoever keeps the zone. If nobody moved the names, take the zone back at the registrar or
//              provider, and change the log-in there.
// false-positives: Providers give names other addresses within their networks every day: a name has moved only where
//              no address of it is in a network that it was in before. Names that resolve for the first time have not
//              moved.
// references:
//              ATT&CK T1584.002
//              D3FEND D3-DNSTA
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(name:DomainName)
MATCH (name)-[resolves:RESOLVES_TO]->(address:IPAddress)
  // What ended lately counts here, too: it tells where the name was before.
WHERE resolves.holds_since IS NOT NULL OR resolves.past[-1] > $now - $window
WITH subject, below, name, collect({leads: resolves, address: address}) AS all
WHERE any(one IN all WHERE one.leads.holds_since IS NOT NULL)
WITH subject, size(collect(name)) AS names,
     collect(CASE WHEN any(one IN all WHERE one.leads.holds_since IS NULL)
                   AND none(one IN all WHERE one.leads.holds_since IS NOT NULL
                                         AND one.leads.first_seen <= $now - $window)
                  THEN {below: below, name: name, all: all} END) AS candidates
WHERE size(candidates) >= $least
UNWIND candidates AS candidate
UNWIND candidate.all AS one
WITH subject, names, candidate, one.leads AS leads, one.address AS address
WITH subject, names, candidate, leads, address,
     COLLECT {
       MATCH (block:Netblock)-[holds:CONTAINS WHERE holds.holds_since IS NOT NULL]->(address)
       RETURN block.cidr ORDER BY block.prefix_length DESC, block.cidr LIMIT 1
     } AS blocks
ORDER BY candidate.name.key, address.key, leads.id
WITH subject, names, candidate,
     collect(CASE WHEN leads.holds_since IS NULL THEN coalesce(head(blocks), address.address) END) AS former,
     collect(CASE WHEN leads.holds_since IS NOT NULL
                  THEN {place: coalesce(head(blocks), address.address), address: address, link: leads.id} END) AS now
WHERE none(one IN now WHERE one.place IN former)
WITH subject, names, candidate, now ORDER BY candidate.name.key
WITH subject, names,
     collect({name: candidate.name, nodes: [step IN candidate.below | startNode(step)] + [now[0].address],
              links: [step IN candidate.below | step.id] + [now[0].link]}) AS moved
WHERE size(moved) >= $least AND size(moved) > names * $share
RETURN subject, reduce(all = [], one IN moved[..10] | all + one.nodes) AS evidence,
       reduce(all = [], one IN moved[..10] | all + one.links) AS links, size(moved) AS moved, names,
       [one IN moved[..10] | one.name] AS examples, size(moved) * 1.0 / names AS score
