// title:       Name moves from network to network
// summary:     Within two weeks, a name led to addresses in three or more autonomous systems and left most of them
//              again.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)<-[:CONTAINS]-(Netblock)<-[:ANNOUNCES]-(AutonomousSystem)
// params:
//              window: duration = P14D -- within what time
//              least: int = 3 -- through how many autonomous systems
// returns:
//              subject: DomainName
//              evidence: list<IPAddress|Netblock|AutonomousSystem>
//              links: list<link>
//              systems: list<AutonomousSystem>
//              count: int -- how many autonomous systems
//              score: float -- more the more there are
// keyed-by:    subject
// headline:    {subject} moved through {count} networks lately: {systems}
// explanation: Sites move once in years. Who moves every few days is running away from being blocked, or lets a name
//              lead to one hijacked machine after the other (fast flux).
// remediation: Do not block addresses but the name. If it is one of yours, look at who can change the zone.
// false-positives: A name with addresses in several networks at once is spread on purpose: networks count as left
//              only where no address of the name is in them any more.
// references:
//              ATT&CK T1568.001
//              D3FEND D3-DNSTA
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[resolves:RESOLVES_TO]->(address:IPAddress)
  // What ended lately counts here, too: it is where the name was. That an address is in a network still holds.
WHERE resolves.holds_since IS NOT NULL OR resolves.past[-1] > $now - $window
WITH subject, resolves, address ORDER BY address.key
WITH subject, collect({address: address, is_left: resolves.holds_since IS NULL,
                       link: CASE WHEN resolves.holds_since IS NOT NULL THEN resolves.id END}) AS all
WHERE size([one IN all WHERE one.is_left]) >= $least - 1
UNWIND all[..200] AS one
WITH subject, one, one.address AS address
MATCH (block:Netblock)-[holds:CONTAINS WHERE holds.holds_since IS NOT NULL]->(address)
MATCH (system:AutonomousSystem)-[tells:ANNOUNCES WHERE tells.holds_since IS NOT NULL]->(block)
WITH subject, one, block, holds, system, tells
ORDER BY block.prefix_length DESC, block.key, system.number
WITH subject, one, head(collect({system: system, nodes: [one.address, block, system],
                                 links: [one.link, holds.id, tells.id]})) AS way
ORDER BY way.system.key, one.is_left, one.address.key
WITH subject, way.system AS system, collect(way) AS ways, size(collect(CASE WHEN NOT one.is_left THEN 1 END)) AS stays
WITH subject, collect(system)[..10] AS systems, size(collect(system)) AS count,
     size(collect(CASE WHEN stays = 0 THEN 1 END)) AS left, collect(head(ways))[..10] AS ways
WHERE count >= $least AND left >= $least - 1
RETURN subject, reduce(all = [], way IN ways | all + way.nodes) AS evidence,
       reduce(all = [], way IN ways | all + way.links) AS links, systems, count,
       CASE WHEN count > $least THEN 1.0 ELSE 0.7 END AS score
