// title:       Address went to another operator, the name stayed
// summary:     A name still leads to an address that another body runs now than when the name was set.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.6
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)-[:OPERATED_BY]->(LegalEntity)
// params:
//              window: duration = P30D -- for how long this is news
// returns:
//              subject: DomainName
//              evidence: list<IPAddress|LegalEntity>
//              links: list<link>
//              address: IPAddress
//              former: list<str> -- who ran it
//              holders: list<LegalEntity> -- who runs it now
//              since: datetime -- when that was seen first
//              score: float -- 0.8
// keyed-by:    address
// headline:    {subject} still leads to {address}, which went from {former} to {holders} by {since}
// explanation: The address was given back, sold or rented to somebody else, and the name was forgotten. Whoever has
//              it now answers for your name, and can get certificates for it.
// remediation: Ask whether the address is still yours. If not, delete the record and look through the certificate
//              logs for certificates that others got for the name.
// false-positives: Sources word one body in many ways: a new operator whose name begins with the same word is the old
//              one. A name that was set after the change knows what it leads to.
// references:
//              CWE-672
//              ATT&CK T1584.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A name that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(address:IPAddress)
MATCH (address)-[runs:OPERATED_BY]->(body:LegalEntity)
  // What ended lately tells who it was before: it is named, but nothing rests on it.
WHERE runs.holds_since IS NOT NULL OR runs.past[-1] > $now - $window
WITH subject, resolves, address, runs, body,
     toLower(head(split(coalesce(body.name, body.name_fingerprint, body.key), ' '))) AS word
ORDER BY body.key
WITH subject, resolves, address,
     collect(CASE WHEN runs.holds_since IS NULL THEN {name: body.caption, word: word} END)[..5] AS former,
     collect(CASE WHEN runs.holds_since IS NOT NULL
                  THEN {body: body, link: runs.id, word: word, at: runs.first_seen} END)[..5] AS holders
WHERE size(former) > 0 AND size(holders) > 0
  AND all(one IN holders WHERE one.at > $now - $window AND one.at > resolves.first_seen
                               AND none(other IN former WHERE other.word = one.word))
RETURN subject, [address] + [one IN holders | one.body] AS evidence,
       [resolves.id] + [one IN holders | one.link] AS links, address, [one IN former | one.name] AS former,
       [one IN holders | one.body] AS holders,
       reduce(at = holders[0].at, one IN holders | CASE WHEN one.at < at THEN one.at ELSE at END) AS since, 0.8 AS score
