// title:       Domain can be moved away without a lock
// summary:     Neither registrar nor registry refuses to transfer the domain to somebody else.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.9
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
// returns:
//              subject: DomainName
//              evidence: list<DomainRegistration>
//              links: list<link>
//              registration: DomainRegistration
//              score: float -- 0.7
// keyed-by:    registration
// headline:    {subject} has no transfer lock
// explanation: Whoever gets into the account at the registrar, or learns the transfer code, can take the domain away
//              within minutes; a lock makes that slow and noticed.
// remediation: Switch the transfer lock on at the registrar; for names that matter ask for a registry lock, too.
// false-positives: Some registries publish no statuses; nothing is said about domains without any. A registration
//              that is new, or was just transferred, cannot be locked yet. A domain that a run only came across is
//              somebody else's and is not reported.
// references:
//              RFC 5731
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
  AND size(registration.statuses) > 0
  AND none(s IN registration.statuses
           WHERE s IN ['clientTransferProhibited', 'serverTransferProhibited', 'addPeriod', 'transferPeriod',
                       'pendingTransfer', 'pendingCreate'])
RETURN subject, [registration] AS evidence, [has.id] AS links, registration, 0.7 AS score
