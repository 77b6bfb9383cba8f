// title:       Address in several breaches
// summary:     An email address is among the data of several breaches, one of them lately.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (EmailAddress)-[:EXPOSED_IN]->(Breach)
// params:
//              least: int = 3 -- how many breaches there have to be
//              lately: duration = P365D -- how old the latest may be
// returns:
//              subject: EmailAddress
//              evidence: list<Breach>
//              links: list<link>
//              breaches: list<Breach>
//              count: int
//              score: float -- more where passwords were among the data
// keyed-by:    subject
// headline:    {subject} is in {count} breaches
// explanation: Who collects such data puts together what each breach says of a person: passwords that may still be in use
//              somewhere, and enough about them to be believed in a mail.
// remediation: Have the person change every password that resembles one from then, and use a second factor; expect mails
//              that know a lot about them.
// false-positives: Collections put old breaches together under a new name: those, and pastes, do not count. Old breaches
//              alone are not reported.
// references:
//              ATT&CK T1589.001
//              ATT&CK T1110.004
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&EmailAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[exposed:EXPOSED_IN WHERE exposed.holds_since IS NOT NULL]->(breach:Breach)
WHERE coalesce(breach.breach_type, 'breach') IN ['breach', 'stealer']
WITH subject, exposed, breach, coalesce(breach.published_at, datetime(breach.month + '-01T00:00:00Z')) AS at
ORDER BY at DESC, breach.key
WITH subject, size(collect(breach)) AS count, collect(breach)[..20] AS breaches, collect(exposed.id)[..20] AS links,
     max(at) AS latest, max(CASE WHEN 'passwords' IN exposed.data_classes THEN 1.0 ELSE 0.7 END) AS score
WHERE count >= $least AND latest >= $now - $lately
RETURN subject, breaches AS evidence, links, breaches, count, score
