// title:       Name is known only from certificates
// summary:     A certificate was issued for a name that leads nowhere today and that nothing else mentions.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.6
// reads:
//              (DomainName)<-[:OF]-(Observation)
//              (DomainName)-[:RESOLVES_TO|CNAME_TO|DELEGATED_TO|MAIL_HANDLED_BY|HAS_RECORD]->(IPAddress|DomainName|DNSRecord)
//              (DomainName)<-[:POINTS_TO|CNAME_TO|DELEGATED_TO|MAIL_HANDLED_BY|SRV_TO|HOSTED_AT|ALLOWS_SENDER]-(IPAddress|DomainName|URL)
//              (DomainName)<-[:COVERS]-(TLSCertificate)<-[:PRESENTS]-(NetworkService)
// returns:
//              subject: DomainName
//              evidence: list<TLSCertificate>
//              links: list<link>
//              certificates: list<TLSCertificate>
//              score: float -- 0.6
// keyed-by:    subject
// headline:    {subject} is known only from certificates, and leads nowhere
// explanation: Logs of certificates tell of hosts that were meant to stay unseen: they may still run where the name
//              is only known inside, and an old name that is set up again by somebody else has a history to trade on.
// remediation: Check what the host was and whether it still runs; let old names go for good.
// false-positives: Not having looked is not the same as having found nothing: only names that were asked for and did
//              not resolve count. A name that an address points back to (a PTR record) is known from there, too.
// references:
//              RFC 9162
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND NOT coalesce(subject.is_registrable, true)
  AND coalesce(subject.dns_status, 'unknown') <> 'resolves'
  AND (subject.dns_status IN ['nonexistent', 'no_addresses'] OR EXISTS {
    MATCH (subject)<-[:OF]-(look:Observation {collector: 'dns.resolve', part: 'A', outcome: 'ABSENT'})
    MATCH (claim:Claim {id: look.claim})
    WHERE claim.latest = look.id
  })
  AND NOT EXISTS {
    MATCH (subject)-[leads:RESOLVES_TO|CNAME_TO|DELEGATED_TO|MAIL_HANDLED_BY|HAS_RECORD]->
          (:IPAddress|DomainName|DNSRecord)
    WHERE leads.holds_since IS NOT NULL
  }
  AND NOT EXISTS {
    MATCH (subject)<-[mentions:POINTS_TO|CNAME_TO|DELEGATED_TO|MAIL_HANDLED_BY|SRV_TO|HOSTED_AT|ALLOWS_SENDER]-
          (:IPAddress|DomainName|URL)
    WHERE mentions.holds_since IS NOT NULL
  }
MATCH (certificate:TLSCertificate)-[covers:COVERS]->(subject)
WHERE covers.holds_since IS NOT NULL
  AND NOT EXISTS {
    MATCH (certificate)<-[presents:PRESENTS]-(:NetworkService)
    WHERE presents.holds_since IS NOT NULL
  }
WITH subject, certificate, covers ORDER BY certificate.key
WITH subject, collect(DISTINCT certificate)[..10] AS certificates, collect(covers.id)[..20] AS links
RETURN subject, certificates AS evidence, links, certificates, 0.6 AS score
