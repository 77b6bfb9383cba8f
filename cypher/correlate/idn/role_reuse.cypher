// title:       Private mailbox holds a domain
// summary:     A domain of one's own is registered with a mailbox at a provider of free mail.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (EmailAddress)<-[:IDENTIFIES]-(ContactRecord)<-[:REGISTRANT|ADMIN_CONTACT|TECH_CONTACT]-(DomainRegistration)<-[:HAS_REGISTRATION]-(DomainName)<-[:REACHED]-(Run)
// params:
//              providers: list<str> = ["gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com",
//                "msn.com", "yahoo.com", "ymail.com", "aol.com", "icloud.com", "me.com", "mac.com", "gmx.de",
//                "gmx.net", "gmx.com", "web.de", "mail.ru", "yandex.ru", "yandex.com", "qq.com", "163.com", "126.com",
//                "proton.me", "protonmail.com", "tutanota.com", "mail.com", "zoho.com", "t-online.de", "orange.fr",
//                "free.fr"] -- domains at which anybody gets a mailbox
// returns:
//              subject: EmailAddress
//              evidence: list<ContactRecord|DomainRegistration|DomainName>
//              links: list<link>
//              domains: list<DomainName>
//              score: float -- more where it is the holder's or the administrator's
// keyed-by:    subject
// headline:    The private mailbox {subject} holds {domains}
// explanation: Whoever gets into that mailbox can reset the log-in at the registrar and take the domain. It is not
//              under the organization's rules, and goes with the person who leaves.
// remediation: Change the contact to a mailbox of a function at a domain of yours, but not at the one it is for.
// false-positives: Mailboxes at the organization's own domains, or a registrar's, are how it should be. A domain that
//              a run only came across is somebody else's.
// references:
//              CWE-640
//              ATT&CK T1586.002
//              ATT&CK T1584.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&EmailAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.domain IN $providers
MATCH (contact:ContactRecord)-[names:IDENTIFIES WHERE names.holds_since IS NOT NULL]->(subject)
MATCH (registration:DomainRegistration)-[leads:REGISTRANT|ADMIN_CONTACT|TECH_CONTACT]->(contact)
WHERE leads.holds_since IS NOT NULL
MATCH (domain:DomainName)-[has:HAS_REGISTRATION WHERE has.holds_since IS NOT NULL]->(registration)
  // A domain that runs only came across is somebody else's.
WHERE coalesce(COLLECT { MATCH (domain)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
WITH subject, contact, names, registration, leads, domain, has
ORDER BY CASE type(leads) WHEN 'TECH_CONTACT' THEN 1 ELSE 0 END, registration.key, contact.key, leads.id
WITH subject, domain,
     head(collect({domain: domain, nodes: [contact, registration, domain], links: [names.id, leads.id, has.id],
                   weight: CASE type(leads) WHEN 'TECH_CONTACT' THEN 0.6 ELSE 0.9 END})) AS one
ORDER BY domain.key
WITH subject, collect(one)[..10] AS all, max(one.weight) AS score
RETURN subject, reduce(nodes = [], one IN all | nodes + one.nodes) AS evidence,
       reduce(ids = [], one IN all | ids + one.links) AS links, [one IN all | one.domain] AS domains, score
