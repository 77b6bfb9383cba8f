// title:       Mailboxes that only thieves know
// summary:     Mailboxes at a domain of one's own stand in stolen data and nowhere else, although its pages were
//              read.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.6
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:MAILBOX_AT]-(EmailAddress)-[:EXPOSED_IN]->(Breach)
//              (DomainName)<-[:MAILBOX_AT]-(EmailAddress)<-[:HAS_EMAIL|IDENTIFIES|REGISTERED_WITH|CONTAINS_DATA|COVERS]-(LegalEntity|Person|ContactRecord|UserAccount|URL|File|Report|TLSCertificate)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)<-[:HOSTED_AT]-(URL)<-[:OF]-(Observation)
// returns:
//              subject: DomainName
//              evidence: list<EmailAddress|Breach>
//              links: list<link>
//              mailboxes: list<EmailAddress>
//              count: int
//              score: float -- more where passwords were stolen
// keyed-by:    subject
// headline:    Stolen data alone tells of mailboxes at {subject}: {mailboxes}
// explanation: Somebody who uses such a mailbox does not give it out in public: these are people inside, old
//              accounts, or mailboxes of machines. Who has the data knows whom to write to and what passwords they
//              once had, and nobody expects mail there from strangers.
// remediation: Check which of them still exist. Close those that nobody needs, and have the others change passwords
//              and use a second factor.
// false-positives: Mailboxes that a page, a registration or a certificate tells of are public anyway. As long as no
//              page of the domain has been read, it cannot be said what is public.
// references:
//              ATT&CK T1589.002
//              ATT&CK T1598
//              D3FEND D3-MFA
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (mailbox:EmailAddress)-[at:MAILBOX_AT WHERE at.holds_since IS NOT NULL]->(subject)
MATCH (mailbox)-[exposed:EXPOSED_IN WHERE exposed.holds_since IS NOT NULL]->(breach:Breach)
WHERE NOT coalesce(mailbox.is_role_mailbox, false)
  AND NOT EXISTS {
    MATCH (mailbox)<-[tells:HAS_EMAIL|IDENTIFIES|REGISTERED_WITH|CONTAINS_DATA|COVERS]-
          (:LegalEntity|Person|ContactRecord|UserAccount|URL|File|Report|TLSCertificate)
    WHERE tells.holds_since IS NOT NULL
  }
WITH subject, mailbox, at, exposed, breach ORDER BY mailbox.key, breach.key
WITH subject, mailbox, at, head(collect({breach: breach, link: exposed.id})) AS theft,
     max(CASE WHEN 'passwords' IN exposed.data_classes THEN 0.9 ELSE 0.6 END) AS weight
WITH subject, size(collect(mailbox)) AS count, collect(mailbox)[..10] AS mailboxes,
     [one IN collect({theft: theft, at: at.id})[..10] | one] AS proofs, max(weight) AS score
WHERE EXISTS {
  MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(host:DomainName)
  MATCH (page:URL)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(host)
  MATCH (page)<-[:OF]-(look:Observation {collector: 'http.extract'})
  WHERE look.outcome IN ['FOUND', 'ABSENT']
}
RETURN subject, mailboxes + [one IN proofs | one.theft.breach] AS evidence,
       [one IN proofs | one.at] + [one IN proofs | one.theft.link] AS links, mailboxes, count, score
