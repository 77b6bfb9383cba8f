// title:       Forged mail is not refused
// summary:     A domain that takes mail does not ask receivers to refuse mail forged in its name.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.9
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:MAIL_HANDLED_BY]->(DomainName)
//              (DomainName)<-[:SUBDOMAIN_OF]-(DomainName)-[:HAS_RECORD]->(DNSRecord)
//              (DomainName)<-[:OF]-(Observation)
// params:
//              trial: duration = P0D -- for how long a policy of `none` is accepted as a trial
// returns:
//              subject: DomainName
//              evidence: list<DomainName|DNSRecord>
//              links: list<link>
//              reason: str
//              score: float -- 1 without any policy
// keyed-by:    subject
// headline:    {subject} takes mail and {reason}
// explanation: Without an enforcing DMARC policy anybody can write in the domain's name to customers and colleagues,
//              and the mail arrives.
// remediation: Publish a DMARC policy, read its reports until all genuine mail passes, then ask for `quarantine` and
//              `reject`.
// false-positives: A domain that takes no mail (no MX record, or the null one) is not reported. Not having asked for
//              the policy is not the same as there being none: only an answer that there is none counts. A domain
//              that a run only came across is somebody else's and is not reported.
// references:
//              RFC 7489
//              RFC 7505
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND NOT coalesce(subject.has_null_mx, false)
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[handled:MAIL_HANDLED_BY]->(host:DomainName)
WHERE handled.holds_since IS NOT NULL
WITH subject, handled, host ORDER BY host.key
WITH subject, collect(DISTINCT host)[..5] AS hosts, collect(handled.id)[..5] AS mail_links
OPTIONAL MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-(place:DomainName)
               -[has:HAS_RECORD WHERE has.holds_since IS NOT NULL]->(record:DNSRecord)
WHERE place.name = '_dmarc.' + subject.name AND record.purpose = 'dmarc'
WITH subject, hosts, mail_links, place, record, below, has,
     CASE
       WHEN record.dmarc_policy = 'none' AND has.first_seen + $trial <= $now
       THEN 'only watches forged mail (its DMARC policy is none)'
       WHEN record IS NULL AND EXISTS {
         MATCH (subject)<-[:OF]-(look:Observation {collector: 'dns.mailauth', part: 'dmarc', outcome: 'ABSENT'})
         MATCH (claim:Claim {id: look.claim})
         WHERE claim.latest = look.id
       }
       THEN 'has no DMARC policy'
     END AS reason
WHERE reason IS NOT NULL
RETURN subject, hosts + CASE WHEN record IS NULL THEN [] ELSE [place, record] END AS evidence,
       mail_links + CASE WHEN record IS NULL THEN [] ELSE [below.id, has.id] END AS links,
       reason, CASE WHEN record IS NULL THEN 1.0 ELSE 0.8 END AS score
