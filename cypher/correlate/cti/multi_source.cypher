// title:       Address on several block lists
// summary:     Two or more independent block lists carry an address.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (IPAddress)-[:LISTED_IN]->(Feed)
// params:
//              least: int = 2 -- how many independent lists have to agree
// returns:
//              subject: IPAddress
//              evidence: list<Feed>
//              links: list<link>
//              feeds: list<Feed>
//              score: float -- more with each list
// keyed-by:    subject
// headline:    {subject} is on the block lists {feeds}
// explanation: One list can be wrong or old. That several which do not copy each other agree makes it likely that
//              attacks really come from there.
// remediation: Block it where it should not be needed. If it is your own, look at the machine and what it talks to.
// false-positives: Many lists copy others: those that take their values from the same source count once, and lists of
//              harmless or common addresses do not count.
// references:
//              ATT&CK T1583
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&IPAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[listed:LISTED_IN]->(feed:Feed)
WHERE listed.holds_since IS NOT NULL AND feed.polarity = 'blocks'
WITH subject, feed, listed ORDER BY feed.key
WITH subject, collect(feed) AS feeds, collect(listed.id) AS links,
     size(collect(DISTINCT coalesce(feed.upstream, feed.slug))) AS sources
WHERE sources >= $least
RETURN subject, feeds[..20] AS evidence, links[..20] AS links, feeds,
       CASE WHEN sources > 2 THEN 1.0 ELSE 0.8 END AS score
