// title:       Dates of a registration that cannot be
// summary:     A registration ends before it began, or was seen before it was made.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.9
// reads:
//              (DomainRegistration)<-[:HAS_REGISTRATION]-(DomainName)
// params:
//              slack: duration = P2D -- how far clocks and days may be apart
// returns:
//              subject: DomainRegistration
//              evidence: list<DomainName>
//              links: list<link>
//              reason: str
//              score: float -- 0.8
// keyed-by:    subject
// headline:    The registration {subject} {reason}
// explanation: One of the dates is wrong: a source wrote day and month the other way round, or a program read an
//              older registration's date as this one's. Whatever goes by these dates, such as what ends soon, is
//              wrong, too.
// remediation: Compare with the registry, and report it to whoever keeps the source or the collector.
// false-positives: Dates without a time of day, and clocks that differ, put moments hours apart: differences up to
//              `slack` are not reported.
// references:
//              RFC 9083
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainRegistration {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
WITH subject,
     CASE
       WHEN subject.valid_to + $slack < subject.valid_from THEN 'ends before it began'
       WHEN subject.first_seen + $slack < subject.valid_from THEN 'was seen before it was made'
     END AS reason
WHERE reason IS NOT NULL
MATCH (domain:DomainName)-[has:HAS_REGISTRATION]->(subject)
WHERE has.holds_since IS NOT NULL
RETURN subject, [domain] AS evidence, [has.id] AS links, reason, 0.8 AS score
