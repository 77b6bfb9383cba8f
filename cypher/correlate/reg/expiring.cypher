// title:       Domain ends soon
// summary:     The registration of a domain ends in less than six weeks, or is already waiting for deletion.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.9
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
// params:
//              notice: duration = P45D -- how long before its end to say so
// returns:
//              subject: DomainName
//              evidence: list<DomainRegistration>
//              links: list<link>
//              registration: DomainRegistration
//              ends: datetime
//              score: float -- rises as the end comes nearer
// keyed-by:    registration
// headline:    The registration of {subject} ends on {ends}
// explanation: When a registration ends, everything under the name stops, and whoever registers it next receives its
//              mail and visitors.
// remediation: Renew it and have it renewed by itself; check that the registrar has a valid card and mail address.
// false-positives: An earlier registration that ended and was followed by a new one is history; a domain whose newest
//              registration goes on is not reported. A domain that a run only came across is somebody else's and is
//              not reported.
// references:
//              CWE-672
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[has:HAS_REGISTRATION]->(registration:DomainRegistration)
WHERE has.holds_since IS NOT NULL
WITH subject, has, registration ORDER BY registration.valid_to IS NULL, registration.valid_to DESC, registration.key
WITH subject, collect({paper: registration, link: has.id})[0] AS newest
WITH subject, newest.paper AS registration, newest.link AS link
WITH subject, registration, link, registration.valid_to AS ends,
     any(s IN coalesce(registration.statuses, []) WHERE s IN ['pendingDelete', 'redemptionPeriod']) AS is_leaving
WHERE ends < $now + $notice OR is_leaving
RETURN subject, [registration] AS evidence, [link] AS links, registration, ends,
       CASE WHEN is_leaving OR ends < $now + duration('P7D') THEN 1.0
            WHEN ends < $now + duration('P21D') THEN 0.9 ELSE 0.7 END AS score
