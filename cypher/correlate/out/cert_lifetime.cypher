// title:       Certificate with a life unlike the others
// summary:     A certificate for names of a domain is valid for a far longer or shorter time than the domain's
//              others.
// version:     1
// status:      experimental
// severity:    INFO
// confidence:  0.6
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)<-[:COVERS]-(TLSCertificate)
// params:
//              least: int = 20 -- how many certificates there have to be to compare
//              deviations: float = 3.0 -- how many standard deviations from the mean count
//              days: int = 14 -- how many days of difference count at least
// returns:
//              subject: DomainName
//              evidence: list<TLSCertificate|DomainName>
//              links: list<link>
//              certificate: TLSCertificate
//              lifetime: int -- for how many days it is valid
//              usual: int -- for how many days they are on the average
//              score: float -- 0.5
// keyed-by:    certificate
// headline:    {certificate} is valid for {lifetime} days, those of {subject} for {usual} on the average
// explanation: All certificates for names of the domain that are valid now are compared by how long they last.
//              Programs that renew certificates give all of them the same life; an odd one was ordered by hand, is
//              renewed by nobody, and may not have been ordered by you.
// remediation: Find out who ordered it, and have it renewed like the others.
// false-positives: Where many certificates of two sorts are in use, such as while one moves to shorter lives, neither
//              sort is an exception. Certificates that a host made for itself, and forms for the logs, do not count.
// references:
//              CWE-298
//              D3FEND D3-CA
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(name:DomainName)
MATCH (certificate:TLSCertificate)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(name)
WHERE certificate.not_before <= $now AND certificate.not_after >= $now
  AND NOT coalesce(certificate.is_self_signed, false) AND NOT coalesce(certificate.is_precertificate, false)
WITH subject, certificate, below, name, covers ORDER BY size(below), name.key
WITH subject, certificate, duration.inDays(certificate.not_before, certificate.not_after).days AS lifetime,
     head(collect({nodes: [step IN below | startNode(step)], links: [step IN below | step.id] + [covers.id]})) AS way
ORDER BY certificate.key
WITH subject, avg(lifetime) AS mean, stDevP(lifetime) AS deviation,
     collect({certificate: certificate, way: way, lifetime: lifetime}) AS fleet
WHERE size(fleet) >= $least
UNWIND fleet AS one
WITH subject, mean, deviation, one
WHERE abs(one.lifetime - mean) >= $days AND abs(one.lifetime - mean) > $deviations * deviation
RETURN subject, one.way.nodes + [one.certificate] AS evidence, one.way.links AS links, one.certificate AS certificate,
       one.lifetime AS lifetime, toInteger(round(mean)) AS usual, 0.5 AS score
