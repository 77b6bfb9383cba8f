// title:       Domain is verified for a service that nobody approved
// summary:     A domain proves to an outside service that it belongs to an account there, and the service is not
//              among those that the organization approves.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:HAS_RECORD|VERIFIED_FOR]->(DNSRecord|LegalEntity|CloudTenant)
// params:
//              approved: list<str> = [] -- words of the services that are approved, such as "google" and "microsoft"
// returns:
//              subject: DomainName
//              evidence: list<DNSRecord|LegalEntity|CloudTenant>
//              links: list<link>
//              service: str -- the service, as its token names it
//              score: float -- 0.7
// keyed-by:    service
// headline:    {subject} is verified for {service}, which is not among the approved services
// explanation: Somebody made an account for the organization there. Data goes to it that nobody answers for, with
//              log-ins that stay when people leave.
// remediation: Find out who made the account. Approve the service and take the account over, or close it and delete
//              the record that proves the domain to it.
// false-positives: Which services are right differs from one organization to the next: as long as none is named as
//              approved, nothing is reported. Tokens often stay when an account is long gone. A domain that a run
//              only came across is somebody else's and is not reported.
// references:
//              ATT&CK T1199
//              ATT&CK T1526
//              D3FEND D3-AI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND size($approved) > 0
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[says:HAS_RECORD|VERIFIED_FOR]->(proof:DNSRecord|LegalEntity|CloudTenant)
WHERE says.holds_since IS NOT NULL
WITH subject, says, proof, toLower(coalesce(proof.verifies, proof.provider, proof.name)) AS service
WHERE none(word IN $approved WHERE service CONTAINS toLower(word))
WITH subject, says, proof, service ORDER BY proof.key
WITH subject, service, collect(proof)[..10] AS proofs, collect(says.id)[..10] AS links
RETURN subject, proofs AS evidence, links, service, 0.7 AS score
