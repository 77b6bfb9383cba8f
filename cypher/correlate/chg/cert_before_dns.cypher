// title:       Certificate before the name was in use
// summary:     A name has a certificate that was issued days before the name led anywhere.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.5
// reads:
//              (DomainName)-[:RESOLVES_TO|CNAME_TO]->(DomainName|IPAddress)
//              (DomainName)<-[:COVERS]-(TLSCertificate)
//              (DomainName)<-[:OF]-(Observation)
// params:
//              window: duration = P30D -- for how long this is news
//              ahead: duration = P1D -- how much earlier the certificate has to be
// returns:
//              subject: DomainName
//              evidence: list<TLSCertificate|DomainName|IPAddress>
//              links: list<link>
//              certificate: TLSCertificate
//              issued: datetime
//              resolved: datetime -- when the name was first seen to lead anywhere
//              targets: list<DomainName|IPAddress> -- where it leads
//              score: float -- 0.6
// keyed-by:    certificate
// headline:    {subject} had a certificate on {issued} and led nowhere until {resolved}; now it leads to {targets}
// explanation: Somebody prepared the name out of sight and has switched it on now. For a look-alike that is the day
//              on which the mail begins; for a name of one's own, somebody knew of the host long before you did.
// remediation: If the name is not yours, look at what it shows now and report it. If it is, find out who ordered the
//              certificate and why.
// false-positives: That a name was not seen to resolve does not mean that it did not: somebody has to have asked in
//              between, and to have been told that it has no address.
// references:
//              ATT&CK T1588.004
//              ATT&CK T1608.003
//              RFC 9162
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[leads:RESOLVES_TO|CNAME_TO]->(target:DomainName|IPAddress)
WITH subject, target, leads ORDER BY target.key, leads.id
WITH subject, min(leads.first_seen) AS resolved,
     // Where it led before counts for when it began.
     collect(CASE WHEN leads.holds_since IS NOT NULL THEN target END)[..5] AS targets,
     collect(CASE WHEN leads.holds_since IS NOT NULL THEN leads.id END)[..5] AS led
WHERE resolved > $now - $window AND size(targets) > 0
MATCH (certificate:TLSCertificate)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(subject)
WHERE coalesce(covers.is_exact, true) AND certificate.not_before + $ahead < resolved
  AND EXISTS {
    MATCH (subject)<-[:OF]-(look:Observation {collector: 'dns.resolve', part: 'A', outcome: 'ABSENT'})
    WHERE certificate.not_before < look.ended_at AND look.ended_at < resolved
  }
WITH subject, resolved, targets, led, certificate, covers
ORDER BY certificate.not_before, certificate.key, covers.id
WITH subject, resolved, targets, led, head(collect({certificate: certificate, link: covers.id})) AS first
RETURN subject, [first.certificate] + targets AS evidence, [first.link] + led AS links,
       first.certificate AS certificate, first.certificate.not_before AS issued, resolved, targets, 0.6 AS score
