// title:       Log-ins for one's own domain in data of password stealers
// summary:     Malicious programs on users' machines have collected log-ins for a domain of one's own, or of
//              mailboxes at it.
// version:     1
// status:      experimental
// severity:    CRITICAL
// confidence:  0.85
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:MAILBOX_AT]-{0,1}(DomainName|EmailAddress)-[:EXPOSED_IN]->(Breach)
// params:
//              lately: duration = P365D -- how lately the data has to have come to light to weigh most
// returns:
//              subject: DomainName
//              evidence: list<Breach|EmailAddress>
//              links: list<link>
//              breach: Breach
//              victims: list<DomainName|EmailAddress> -- what was collected
//              count: int -- how many
//              score: float -- more if it came to light lately
// keyed-by:    breach
// headline:    {breach}, data of password stealers, holds {count} log-ins for {subject}: {victims}
// explanation: Unlike a stolen table of customers, such data holds passwords as they were typed, with the cookies
//              that keep people logged in, from machines that may still be infected. It is sold by the day, and
//              whoever buys it walks in.
// remediation: End all sessions of these people, have them change their passwords from another machine, and clean
//              theirs. Ask for a second factor that cannot be passed on.
// false-positives: Thefts from some shop where people used their address, pastes and collections put together from
//              these are another matter. A domain that a run only came across is somebody else's.
// references:
//              ATT&CK T1555.003
//              ATT&CK T1539
//              ATT&CK T1078
//              D3FEND D3-MFA
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)<-[mailbox:MAILBOX_AT WHERE mailbox.holds_since IS NOT NULL]-{0,1}(victim:DomainName|EmailAddress)
MATCH (victim)-[exposed:EXPOSED_IN WHERE exposed.holds_since IS NOT NULL]->(breach:Breach)
WHERE breach.breach_type = 'stealer'
WITH subject, breach, victim, exposed, mailbox ORDER BY victim.key
WITH subject, breach, size(collect(victim)) AS count, collect(victim)[..10] AS victims,
     reduce(ids = [], one IN collect([exposed.id] + [step IN mailbox | step.id])[..10] | ids + one) AS links,
     coalesce(breach.published_at, datetime(breach.month + '-01T00:00:00Z')) AS at
RETURN subject, [breach] + victims AS evidence, links, breach, victims, count,
       CASE WHEN at >= $now - $lately THEN 1.0 ELSE 0.7 END AS score
