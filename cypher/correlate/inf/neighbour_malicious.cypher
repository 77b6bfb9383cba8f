// title:       Listed address in a network of one's own
// summary:     A block list carries an address of a network that names of a scanned domain are in, too.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.8
// reads:
//              (IPAddress)-[:LISTED_IN]->(Feed)
//              (IPAddress)<-[:CONTAINS]-(Netblock)-[:CONTAINS]->(IPAddress)<-[:RESOLVES_TO]-(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)<-[:REACHED]-(Run)
// params:
//              shortest: int = 22 -- the shortest prefix of a network that still counts as one's own
// returns:
//              subject: IPAddress
//              evidence: list<Feed|Netblock|IPAddress|DomainName>
//              links: list<link>
//              feeds: list<Feed>
//              network: Netblock
//              score: float -- more with each list
// keyed-by:    subject
// headline:    {subject} in {network}, a network of one's own, is on {feeds}
// explanation: Somebody saw attacks come from it: the machine may be taken over. Receivers of mail also judge a
//              network by its worst address.
// remediation: Look at the machine and what it talks to; when it is clean, ask the lists to take the address off.
// false-positives: In a hosting company's large network the neighbours are strangers: networks with a shorter prefix
//              than `shortest` do not count, nor do lists of harmless or common addresses.
// references:
//              ATT&CK T1584.004
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&IPAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[listed:LISTED_IN]->(feed:Feed)
WHERE listed.holds_since IS NOT NULL AND feed.polarity = 'blocks'
WITH subject, feed, listed ORDER BY feed.key
WITH subject, collect(feed)[..10] AS feeds, collect(listed.id)[..10] AS feed_links
MATCH (network:Netblock)-[holds:CONTAINS]->(subject)
WHERE holds.holds_since IS NOT NULL AND network.prefix_length >= CASE network.version WHEN 4 THEN $shortest ELSE 48 END
MATCH (network)-[around:CONTAINS WHERE around.holds_since IS NOT NULL]->(neighbour:IPAddress)
MATCH (neighbour)<-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]-(name:DomainName)
WHERE neighbour <> subject
  AND EXISTS {
    MATCH (name)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->{0,8}(apex:DomainName)
    MATCH (apex)<-[:REACHED {distance: 0}]-(:Run)
  }
WITH subject, feeds, feed_links, network, holds, neighbour, around, name, resolves
ORDER BY network.prefix_length DESC, neighbour.key, name.key
WITH subject, feeds, feed_links,
     collect({network: network, nodes: [network, neighbour, name], links: [holds.id, around.id, resolves.id]})[0] AS own
RETURN subject, feeds + own.nodes AS evidence, feed_links + own.links AS links, feeds, own.network AS network,
       CASE WHEN size(feeds) > 1 THEN 1.0 ELSE 0.7 END AS score
