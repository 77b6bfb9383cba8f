// title:       Matches an indicator of compromise
// summary:     An indicator that counts now names something that a scan looks after.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.8
// reads:
//              (Indicator)-[:BASED_ON]->(DomainName|IPAddress|URL|File|TLSCertificate)<-[:REACHED]-(Run)
// params:
//              distance: int = 1 -- how many hops it may be from what a scan includes
// returns:
//              subject: Indicator
//              evidence: list<DomainName|IPAddress|URL|File|TLSCertificate>
//              links: list<link>
//              hits: list<DomainName|IPAddress|URL|File|TLSCertificate>
//              score: float -- how sure its author is
// keyed-by:    subject
// headline:    The indicator {subject} names {hits}
// explanation: Somebody saw this in an attack and published it so that others notice. A match on what you look after may
//              mean that it is being used against others, or against you.
// remediation: Read what the indicator stands for, look at the machine and its traffic, and tell its author if it is
//              wrong.
// false-positives: Indicators grow old: one whose time is over, or that its author took back, is not reported. Nor is what no
//              scan came near.
// references:
//              ATT&CK T1583
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&Indicator {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND NOT coalesce(subject.is_revoked, false)
  AND coalesce(subject.valid_from, $now) <= $now AND coalesce(subject.valid_to, $now) >= $now
MATCH (subject)-[based:BASED_ON WHERE based.holds_since IS NOT NULL]->(hit:DomainName|IPAddress|URL|File|TLSCertificate)
WHERE EXISTS { MATCH (hit)<-[reached:REACHED]-(:Run) WHERE reached.distance <= $distance }
WITH subject, hit, based ORDER BY hit.key
WITH subject, collect(hit)[..20] AS hits, collect(based.id)[..20] AS links
RETURN subject, hits AS evidence, links, hits, coalesce(subject.stated_confidence, 70) / 100.0 AS score
