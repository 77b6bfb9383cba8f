// title:       Own host shares its address with a listed name
// summary:     A name of one's own and a name on a block list lead to the same address, which few names do.
// version:     2
// status:      experimental
// severity:    LOW
// confidence:  0.7
// reads:
//              (IPAddress)<-[:RESOLVES_TO]-(DomainName)-[:LISTED_IN]->(Feed)
//              (IPAddress)<-[:RESOLVES_TO]-(DomainName)<-[:REACHED]-(Run)
// params:
//              most: int = 5 -- how many names may lead to the address before it counts as shared hosting
// returns:
//              subject: IPAddress
//              evidence: list<DomainName|Feed>
//              links: list<link>
//              names: list<DomainName> -- one's own
//              listed: list<DomainName> -- what is on a list
//              feeds: list<Feed>
//              score: float -- 0.7
// keyed-by:    subject
// shared:      subject
// headline:    {subject} is the address of {names} and of {listed}, known from {feeds}
// explanation: Where few names lead, they mostly belong together. Either the host has been broken into and serves
//              something else as well, or the address was given to others; and receivers of mail judge all of them
//              alike.
// remediation: Look at what the host serves under the other name. If it is not yours, take your name away from there.
// false-positives: On shared hosting strangers share addresses by the hundred: those with more than `most` names are
//              not reported. Lists of harmless or common names do not count.
// references:
//              ATT&CK T1584.004
//              ATT&CK T1583.003
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&IPAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND size(COLLECT {
    MATCH (subject)<-[any:RESOLVES_TO WHERE any.holds_since IS NOT NULL]-(:DomainName)
    RETURN 1 LIMIT $most + 1
  }) <= $most
MATCH (bad:DomainName)-[leads:RESOLVES_TO WHERE leads.holds_since IS NOT NULL]->(subject)
MATCH (bad)-[listed:LISTED_IN WHERE listed.holds_since IS NOT NULL]->(feed:Feed)
WHERE feed.polarity = 'blocks'
MATCH (name:DomainName)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(subject)
WHERE coalesce(name.registrable_domain, name.name) <> coalesce(bad.registrable_domain, bad.name)
  // A name that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (name)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
WITH subject, bad, leads, listed, feed, name, resolves ORDER BY name.key, bad.key, feed.key
WITH subject, collect(DISTINCT name) AS names, collect(DISTINCT bad) AS strangers, collect(DISTINCT feed)[..5] AS feeds,
     collect(DISTINCT {link: listed.id, feed: feed}) AS listings,
     collect(DISTINCT resolves.id) + collect(DISTINCT leads.id) AS led
RETURN subject, names + strangers + feeds AS evidence,
       led + [one IN listings WHERE one.feed IN feeds | one.link] AS links, names, strangers AS listed, feeds,
       0.7 AS score
