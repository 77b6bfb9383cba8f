// title:       Stranger's domain with the same contact
// summary:     A domain outside of the scan is registered with a contact that domains of the scan have, and few
//              others.
// version:     2
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (EmailAddress)<-[:IDENTIFIES]-(ContactRecord)<-[:REGISTRANT|ADMIN_CONTACT|TECH_CONTACT]-(DomainRegistration)<-[:HAS_REGISTRATION]-(DomainName)<-[:REACHED]-(Run)
// params:
//              most: int = 10 -- how many domains may have a contact before it says nothing
// returns:
//              subject: EmailAddress
//              evidence: list<ContactRecord|DomainRegistration|DomainName>
//              links: list<link>
//              strangers: list<DomainName> -- the domains outside of the scan
//              owned: list<DomainName> -- the domains of one's own
//              score: float -- less the more domains have it
// keyed-by:    subject
// shared:      subject
// headline:    {strangers} and {owned} are registered with {subject}
// explanation: Mail about a registration goes to its contact, who can move the domain. Two domains with one contact
//              are in one hand, or somebody registers domains on the side with an address of the organization.
// remediation: Find out who registered them. Add what is yours to what is scanned; have the contact changed where an
//              agency or a former colleague still has a hand in your domains.
// false-positives: An agency or a privacy service is the contact of very many domains: those of more than `most` are
//              not reported. A domain that is registered for the same organization is no stranger's.
// references:
//              ATT&CK T1583.001
//              ATT&CK T1596.002
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&EmailAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (contact:ContactRecord)-[names:IDENTIFIES WHERE names.holds_since IS NOT NULL]->(subject)
MATCH (registration:DomainRegistration)-[leads:REGISTRANT|ADMIN_CONTACT|TECH_CONTACT]->(contact)
WHERE leads.holds_since IS NOT NULL
MATCH (domain:DomainName)-[has:HAS_REGISTRATION WHERE has.holds_since IS NOT NULL]->(registration)
WITH subject, contact, names, registration, leads, domain, has
ORDER BY registration.valid_to DESC, registration.key, contact.key, leads.id
WITH subject, domain, head(collect({domain: domain, holder: toLower(registration.registrant_organization),
                                    nodes: [contact, registration, domain],
                                    links: [names.id, leads.id, has.id]})) AS one
ORDER BY domain.key
WITH subject, one, EXISTS { MATCH (domain)<-[:REACHED {distance: 0}]-(:Run) } AS is_own
WITH subject, collect(CASE WHEN is_own THEN one END) AS owned, collect(CASE WHEN NOT is_own THEN one END) AS others
WHERE size(owned) > 0 AND size(owned) + size(others) <= $most
WITH subject, owned, [one IN others WHERE NOT coalesce(one.holder IN [own IN owned | own.holder], false)] AS strangers
WHERE size(strangers) > 0
RETURN subject, reduce(all = [], one IN owned[..5] + strangers[..5] | all + one.nodes) AS evidence,
       reduce(all = [], one IN owned[..5] + strangers[..5] | all + one.links) AS links,
       [one IN strangers[..5] | one.domain] AS strangers, [one IN owned[..5] | one.domain] AS owned,
       CASE WHEN size(owned) + size(strangers) <= 5 THEN 0.8 ELSE 0.5 END AS score
