// title:       Weak TLS: old protocol, short key or broken signature
// summary:     A service offers TLS that can be read or forged with known methods.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.95
// reads:
//              (NetworkService)-[:PRESENTS]->(TLSCertificate)
// params:
//              versions: list<str> = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"] -- versions that are too old
//              rsa_bits: int = 2048 -- the shortest RSA key that will do
//              curve_bits: int = 224 -- the shortest key on an elliptic curve that will do
// returns:
//              subject: NetworkService
//              evidence: list<TLSCertificate>
//              links: list<link>
//              reasons: list<str>
//              score: float -- more with each reason
// keyed-by:    subject
// headline:    {subject} has weak TLS: {reasons}
// explanation: Old versions and short keys can be broken with affordable means, so that what is sent can be read, or
//              somebody can stand in the service's place.
// remediation: Offer TLS 1.2 and 1.3 only, and get a certificate with a key of at least 2048 bits (RSA) or 256 bits
//              (elliptic curve), signed with SHA-256.
// false-positives: A root certificate's own signature is never checked, so an old one on a certificate that vouches
//              for itself is not reported.
// references:
//              CWE-326
//              CWE-327
//              RFC 8996
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
OPTIONAL MATCH (subject)-[presents:PRESENTS]->(certificate:TLSCertificate)
WHERE presents.holds_since IS NOT NULL AND coalesce(presents.chain_position, 0) = 0
WITH subject, presents, certificate,
     [v IN coalesce(subject.tls_versions, []) WHERE v IN $versions | v] +
     CASE
       WHEN toLower(certificate.key_algorithm) STARTS WITH 'rsa' AND certificate.key_size_bits < $rsa_bits
       THEN ['a key of ' + certificate.key_size_bits + ' bits']
       WHEN toLower(certificate.key_algorithm) STARTS WITH 'ec' AND certificate.key_size_bits < $curve_bits
       THEN ['a key of ' + certificate.key_size_bits + ' bits']
       ELSE []
     END +
     CASE
       WHEN toLower(certificate.signature_algorithm) =~ '.*(md5|md2|sha-?1([^0-9].*|$)).*'
         AND NOT coalesce(certificate.is_self_signed, false)
       THEN ['signed with ' + certificate.signature_algorithm]
       ELSE []
     END AS found
UNWIND found AS reason
WITH subject, reason, certificate, presents ORDER BY reason
WITH subject, collect(DISTINCT reason) AS reasons, collect(DISTINCT certificate) AS evidence,
     collect(DISTINCT presents.id) AS links
RETURN subject, evidence, links, reasons, CASE WHEN size(reasons) > 1 THEN 1.0 ELSE 0.8 END AS score
