// title:       Own name is near an attacker's
// summary:     A name of one's own leads to an address that reports tie to an attacker, or that it shares with a name
//              which they tie to one.
// version:     2
// status:      experimental
// severity:    HIGH
// confidence:  0.6
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)<-[:RESOLVES_TO]-(DomainName)
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)<-[:RESOLVES_TO]-{0,1}(IPAddress|DomainName)<-[:BASED_ON|COMMUNICATES_WITH]-(Indicator|Malware)-[:INDICATES|ATTRIBUTED_TO]->(ThreatActor|IntrusionSet|Campaign)
// params:
//              most: int = 10 -- how many names may lead to the address before it says nothing
//              least: float = 0.3 -- how far the way to the attacker has to be believed
// returns:
//              subject: DomainName
//              evidence: list<IPAddress|DomainName|Indicator|Malware|ThreatActor|IntrusionSet|Campaign>
//              links: list<link>
//              address: IPAddress
//              actor: ThreatActor|IntrusionSet|Campaign
//              near: IPAddress|DomainName -- what reports name
//              score: float -- how sure the report is, less the more names share the address
// keyed-by:    actor
// shared:      address
// headline:    {subject} leads to {address}, by which it is near {actor}: reports name {near}
// explanation: Attackers put their servers beside those of others, and use servers that they have broken into. An
//              address that few names share, one of them an attacker's, has been in their hands or still is.
// remediation: Read the report, look at the host and its traffic since the report's date, and ask who else has had
//              the address.
// false-positives: On shared hosting and content networks everybody is near everybody: addresses of more than `most`
//              names do not count. Indicators that were taken back, or whose time is over, tie nothing to anybody.
// references:
//              ATT&CK T1583
//              ATT&CK T1584.004
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A name that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(address:IPAddress)
WITH subject, resolves, address,
     // Counted no further than it matters: content networks have names by the thousand.
     size(COLLECT {
       MATCH (address)<-[any:RESOLVES_TO WHERE any.holds_since IS NOT NULL]-(:DomainName)
       RETURN 1 LIMIT $most + 1
     }) AS names
WHERE names <= $most
MATCH (address)<-[shared:RESOLVES_TO WHERE shared.holds_since IS NOT NULL]-{0,1}(near:IPAddress|DomainName)
WHERE near <> subject
MATCH (near)<-[seen:BASED_ON|COMMUNICATES_WITH WHERE seen.holds_since IS NOT NULL]-(sign:Indicator|Malware)
WHERE NOT coalesce(sign.is_revoked, false)
  AND coalesce(sign.valid_from, $now) <= $now AND coalesce(sign.valid_to, $now) >= $now
MATCH (sign)-[points:INDICATES|ATTRIBUTED_TO]->(actor:ThreatActor|IntrusionSet|Campaign)
WHERE points.holds_since IS NOT NULL
WITH subject, resolves, address, shared, near, seen, sign, points, actor,
     coalesce(sign.stated_confidence, 70) / 100.0 * CASE WHEN names <= 2 THEN 1.0 ELSE 2.0 / names END AS belief
WHERE belief >= $least
WITH subject, resolves, address, shared, near, seen, sign, points, actor, belief
ORDER BY belief DESC, size(shared), near.key, sign.key
WITH subject, actor,
     head(collect({address: address, near: near, belief: belief, nodes: [address, near, sign, actor],
                   links: [resolves.id, seen.id, points.id] + [step IN shared | step.id]})) AS way
RETURN subject, way.nodes AS evidence, way.links AS links, way.address AS address, actor, way.near AS near,
       way.belief AS score
