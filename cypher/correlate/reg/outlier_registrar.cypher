// title:       Domain with another registrar than the rest
// summary:     Of the domains that are registered for one holder, a few are kept by a registrar that the holder
//              hardly uses.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.7
// reads:
//              (LegalEntity)<-[:IDENTIFIES]-(ContactRecord)<-[:REGISTRANT]-(DomainRegistration)<-[:HAS_REGISTRATION]-(DomainName)<-[:REACHED]-(Run)
//              (LegalEntity)<-[:IDENTIFIES]-(ContactRecord)<-[:REGISTRANT]-(DomainRegistration)-[:SPONSORED_BY]->(LegalEntity)
// params:
//              least: int = 10 -- how many domains the holder has to have
//              share: float = 0.1 -- the share of domains up to which a registrar is an exception
// returns:
//              subject: LegalEntity
//              evidence: list<ContactRecord|DomainRegistration|DomainName|LegalEntity>
//              links: list<link>
//              registrar: LegalEntity
//              domains: list<DomainName> -- those it keeps
//              count: int -- how many domains the holder has
//              score: float -- 0.7
// keyed-by:    registrar
// headline:    Of {count} domains of {subject}, {registrar} keeps {domains}
// explanation: A domain that is kept elsewhere than the rest was mostly registered by one person or an agency, with
//              an account of their own: it is renewed by nobody when they go, and does not have the locks of the
//              others.
// remediation: Move it to the registrar that keeps the others.
// false-positives: A holder who uses many registrars alike has none that is an exception: there has to be one that
//              keeps half of the domains or more. Domains that a run only came across do not count.
// references:
//              D3FEND D3-AI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&LegalEntity {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (contact:ContactRecord)-[names:IDENTIFIES WHERE names.holds_since IS NOT NULL]->(subject)
WHERE NOT coalesce(contact.is_redacted, false)
MATCH (registration:DomainRegistration)-[held:REGISTRANT WHERE held.holds_since IS NOT NULL]->(contact)
MATCH (domain:DomainName)-[has:HAS_REGISTRATION WHERE has.holds_since IS NOT NULL]->(registration)
  // A domain that runs only came across is somebody else's.
WHERE coalesce(COLLECT { MATCH (domain)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (registration)-[kept:SPONSORED_BY WHERE kept.holds_since IS NOT NULL]->(registrar:LegalEntity)
WITH subject, contact, names, registration, held, domain, has, registrar, kept
ORDER BY registration.valid_to DESC, registration.key, registrar.key, contact.key
WITH subject, domain,
     head(collect({registrar: registrar, domain: domain, nodes: [contact, registration, domain, registrar],
                   links: [names.id, held.id, has.id, kept.id]})) AS one
ORDER BY domain.key
WITH subject, one, one.registrar AS registrar
WITH subject, registrar, collect(one) AS its
WITH subject, collect({registrar: registrar, its: its}) AS all, sum(size(its)) AS count, max(size(its)) AS most
WHERE count >= $least AND 2 * most >= count
UNWIND all AS one
WITH subject, count, one.registrar AS registrar, one.its AS few
WHERE size(few) <= count * $share
RETURN subject, reduce(all = [], one IN few[..5] | all + one.nodes) AS evidence,
       reduce(all = [], one IN few[..5] | all + one.links) AS links, registrar,
       [one IN few[..5] | one.domain] AS domains, count, 0.7 AS score
