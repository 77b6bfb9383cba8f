// title:       Senders' list lets nearly anybody send
// summary:     The SPF record lets everybody, or very many addresses, send mail in the domain's name, or is so long
//              that receivers give up on it.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.95
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:HAS_RECORD]->(DNSRecord)
// params:
//              addresses: int = 65536 -- how many addresses may send at most
//              lookups: int = 10 -- how many questions the check may take (RFC 7208)
// returns:
//              subject: DomainName
//              evidence: list<DNSRecord>
//              links: list<link>
//              reason: str
//              score: float -- 1 where everybody may send
// keyed-by:    subject
// headline:    The SPF record of {subject} {reason}
// explanation: The record is there to tell receivers which mail is forged. One that allows too much tells them that
//              forged mail is genuine.
// remediation: Name the hosts that really send, and end the record with `-all`.
// false-positives: `~all` and `?all` only ask receivers to be lenient; they are not reported here. A domain that a
//              run only came across is somebody else's and is not reported.
// references:
//              RFC 7208, section 4.6.4
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[has:HAS_RECORD]->(record:DNSRecord)
WHERE has.holds_since IS NOT NULL AND record.purpose = 'spf'
WITH subject, has, record,
     CASE
       WHEN record.spf_all = 'pass' THEN 'lets everybody send (+all)'
       WHEN record.spf_address_count > $addresses
       THEN 'lets ' + toInteger(record.spf_address_count) + ' addresses send'
       WHEN record.spf_lookup_count > $lookups
       THEN 'takes ' + record.spf_lookup_count + ' questions to check, so that receivers give up'
     END AS reason
WHERE reason IS NOT NULL
RETURN subject, [record] AS evidence, [has.id] AS links, reason,
       CASE WHEN record.spf_all = 'pass' THEN 1.0 ELSE 0.7 END AS score
