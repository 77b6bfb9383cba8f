// title:       Certificate has expired
// summary:     A service presents a certificate whose time is over, so that careful clients refuse it and the
//              others learn to click warnings away.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.98
// reads:
//              (NetworkService)-[:PRESENTS]->(TLSCertificate)
// params:
//              grace: duration = P0D -- how long after its end a certificate is still tolerated
// returns:
//              subject: NetworkService
//              evidence: list<TLSCertificate>
//              links: list<link>
//              certificate: TLSCertificate
//              ended: datetime -- when the certificate's time was over
//              score: float -- 0..1
// keyed-by:    certificate
// headline:    The certificate {certificate} at {subject} expired on {ended}
// explanation: A certificate is a promise with a date. After it, clients cannot tell the service from somebody who
//              stands in its place, and nobody is told if the key is withdrawn.
// remediation: Renew the certificate and have it renewed by itself from now on; if the service is not needed any
//              more, close the port.
// false-positives: An expired certificate further up the chain is not reported: servers often send an old
//              intermediate one beside the valid one, and clients skip it.
// references:
//              CWE-298
//              RFC 5280, section 4.1.2.5
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[presents:PRESENTS]->(certificate:TLSCertificate)
WHERE presents.holds_since IS NOT NULL
  AND coalesce(presents.chain_position, 0) = 0
  AND certificate.not_after + $grace < $now
RETURN subject, [certificate] AS evidence, [presents.id] AS links, certificate, certificate.not_after AS ended,
       1.0 AS score
