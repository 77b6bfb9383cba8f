// title:       Hosts that are set up alike
// summary:     A stranger's host agrees with one's own in several rare fingerprints of different sorts.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (IPAddress)<-[:REACHED]-(Run)
//              (IPAddress)-[:HAS_PORT]->(NetworkService)-[:SERVES]->{0,1}(NetworkService|URL)-[:HAS_FINGERPRINT]->(Fingerprint)<-[:HAS_FINGERPRINT]-(NetworkService|URL)<-[:SERVES]-{0,1}(NetworkService)<-[:HAS_PORT]-(IPAddress)<-[:REACHED]-(Run)
// params:
//              least: int = 3 -- how many sorts of fingerprint have to agree
//              most: int = 10 -- how many services and pages may have a fingerprint before it says nothing
// returns:
//              subject: IPAddress
//              evidence: list<NetworkService|URL|Fingerprint|IPAddress>
//              links: list<link>
//              other: IPAddress -- the stranger's host
//              sorts: list<str> -- what agrees
//              score: float -- more the more sorts agree
// keyed-by:    other
// headline:    {other} is set up like {subject}: the same {sorts}
// explanation: One fingerprint is shared by chance, or because two hosts run the same product. Several rare ones of
//              different sorts mean one hand: another host of the same owner, or a copy made by somebody who studied
//              it.
// remediation: Find out whose the other host is. Add it to what is scanned if it is yours; report it if it is a copy.
// false-positives: A product as it is installed gives thousands of hosts the same fingerprints: those of more than
//              `most` services and pages do not count. Two fingerprints of one thing, such as of one icon, are one
//              sort.
// references:
//              ATT&CK T1583.004
//              ATT&CK T1587.003
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&IPAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND EXISTS { MATCH (subject)<-[near:REACHED]-(:Run) WHERE near.distance <= 1 }
MATCH (subject)-[at:HAS_PORT WHERE at.holds_since IS NOT NULL]->(service:NetworkService)
MATCH (service)-[serves:SERVES WHERE serves.holds_since IS NOT NULL]->{0,1}(holder:NetworkService|URL)
MATCH (holder)-[shows:HAS_FINGERPRINT WHERE shows.holds_since IS NOT NULL]->(print:Fingerprint)
WITH subject, print,
     // An icon has a fingerprint by each of two methods, a handshake by several.
     CASE WHEN print.method STARTS WITH 'ja' THEN 'handshake' ELSE head(split(print.method, '_')) END AS sort,
     head(collect({nodes: [service, holder], links: [at.id, shows.id] + [step IN serves | step.id]})) AS own
  // Counted no further than it matters: what a product brings along is on thousands.
WHERE size(COLLECT {
  MATCH (print)<-[all:HAS_FINGERPRINT WHERE all.holds_since IS NOT NULL]-(:NetworkService|URL)
  RETURN 1 LIMIT $most + 1
}) <= $most
MATCH (print)<-[also:HAS_FINGERPRINT WHERE also.holds_since IS NOT NULL]-(copy:NetworkService|URL)
MATCH (copy)<-[served:SERVES WHERE served.holds_since IS NOT NULL]-{0,1}(server:NetworkService)
MATCH (server)<-[port:HAS_PORT WHERE port.holds_since IS NOT NULL]-(other:IPAddress)
WHERE NOT EXISTS { MATCH (other)<-[far:REACHED]-(:Run) WHERE far.distance <= 1 }
WITH subject, print, sort, own, copy, served, server, port, also, other ORDER BY sort, print.key, server.key, copy.key
WITH subject, other, sort,
     head(collect({nodes: own.nodes + [print, copy, server, other],
                   links: own.links + [also.id, port.id] + [step IN served | step.id]})) AS proof
WITH subject, other, collect(sort) AS sorts, collect(proof) AS proofs
WHERE size(sorts) >= $least
RETURN subject, reduce(nodes = [], proof IN proofs | nodes + proof.nodes) AS evidence,
       reduce(ids = [], proof IN proofs | ids + proof.links) AS links, other, sorts,
       CASE WHEN size(sorts) > $least THEN 1.0 ELSE 0.8 END AS score
