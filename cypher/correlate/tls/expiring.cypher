// title:       Certificate expires soon
// summary:     A service presents a certificate that ends in less than three weeks.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.9
// reads:
//              (NetworkService)-[:PRESENTS]->(TLSCertificate)
// params:
//              notice: duration = P21D -- how long before its end to say so
// returns:
//              subject: NetworkService
//              evidence: list<TLSCertificate>
//              links: list<link>
//              certificate: TLSCertificate
//              ends: datetime -- when the certificate's time is over
//              score: float -- rises as the end comes nearer
// keyed-by:    certificate
// headline:    The certificate {certificate} at {subject} expires on {ends}
// explanation: Certificates that renew themselves are renewed a month before their end: one that is nearer to it is
//              most likely renewed by hand, or no longer at all.
// remediation: Renew it, and find out why that did not happen by itself.
// false-positives: Certificates made to live for a few days only are always near their end; those whose whole
//              life is shorter than twice the notice are not reported before their last third.
// references:
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
  AND certificate.not_after >= $now
  AND certificate.not_after < $now + $notice
WITH subject, presents, certificate,
     duration.inSeconds($now, certificate.not_after).seconds AS left_s,
     duration.inSeconds($now, $now + $notice).seconds AS notice_s,
     duration.inSeconds(certificate.not_before, certificate.not_after).seconds AS life_s
WHERE life_s IS NULL OR life_s >= 2 * notice_s OR left_s * 3 < life_s
RETURN subject, [certificate] AS evidence, [presents.id] AS links, certificate, certificate.not_after AS ends,
       CASE WHEN left_s * 7 < notice_s THEN 1.0 WHEN left_s * 3 < notice_s THEN 0.8 ELSE 0.6 END AS score
