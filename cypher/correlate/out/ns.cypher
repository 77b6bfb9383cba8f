// title:       Name servers unlike those of the other domains
// summary:     Of the domains that are registered for one holder, a few are answered for by a provider that the
//              holder hardly uses.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.6
// reads:
//              (LegalEntity)<-[:IDENTIFIES]-(ContactRecord)<-[:REGISTRANT]-(DomainRegistration)<-[:HAS_REGISTRATION]-(DomainName)<-[:REACHED]-(Run)
//              (LegalEntity)<-[:IDENTIFIES]-(ContactRecord)<-[:REGISTRANT]-(DomainRegistration)<-[:HAS_REGISTRATION]-(DomainName)-[:DELEGATED_TO]->(DomainName)
// params:
//              least: int = 20 -- how many domains there have to be to compare
//              share: float = 0.1 -- the share up to which a provider is rare
//              chance: float = 0.05 -- how likely so few may be by chance, were all providers used alike
// returns:
//              subject: LegalEntity
//              evidence: list<ContactRecord|DomainRegistration|DomainName>
//              links: list<link>
//              provider: str -- the domain that the name servers are under
//              domains: list<DomainName> -- those it answers for
//              count: int -- how many domains it answers for
//              all: int -- how many domains the holder has
//              score: float -- more the fewer there are
// keyed-by:    provider
// headline:    {provider} answers for {count} of {all} domains of {subject}: {domains}
// explanation: All domains that are registered for the same holder are compared with each other by where their name
//              servers are. A domain that is kept elsewhere is changed by other people, and is forgotten when log-ins
//              are cleared up.
// remediation: Find out who keeps the zone. Move it to where the others are kept.
// false-positives: A holder whose domains are spread over many providers has none that is an exception. Domains whose
//              name servers are below their own name tell nothing of a provider. Domains that a run only came across
//              do not count.
// references:
//              ATT&CK T1584.002
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
WITH subject, contact, names, registration, held, domain, has
ORDER BY registration.valid_to DESC, registration.key, contact.key
WITH subject, domain, head(collect({nodes: [contact, registration, domain], links: [names.id, held.id, has.id]})) AS way
MATCH (domain)-[served:DELEGATED_TO WHERE served.holds_since IS NOT NULL]->(server:DomainName)
WHERE server.registrable_domain <> domain.name
WITH subject, domain, way, server, served ORDER BY server.key
WITH subject, domain, way,
     head(collect({group: server.registrable_domain, nodes: [server], links: [served.id]})) AS place
ORDER BY domain.key
WITH subject, size(collect(domain)) AS all, size(collect(DISTINCT place.group)) AS groups,
     collect({member: domain, group: place.group, nodes: way.nodes + place.nodes,
              links: way.links + place.links}) AS fleet
WHERE all >= $least AND groups > 1
UNWIND fleet AS one
WITH subject, all, groups, one.group AS provider, collect(one) AS few
WHERE size(few) <= all * $share
  AND size(few) * groups < all
  // The lower tail of the binomial distribution: so few or fewer, if each group had as good a chance as the others.
  AND exp(reduce(ln = all * log(1.0 - 1.0 / groups), i IN range(1, size(few)) |
            ln + log((all - i + 1.0) / (i * (groups - 1.0)))))
      * reduce(tail = {sum: 1.0, term: 1.0}, i IN range(size(few), 1, -1) |
          {sum: tail.sum + tail.term * i * (groups - 1.0) / (all - i + 1),
           term: tail.term * i * (groups - 1.0) / (all - i + 1)}).sum <= $chance
RETURN subject, reduce(nodes = [], one IN few[..5] | nodes + one.nodes) AS evidence,
       reduce(ids = [], one IN few[..5] | ids + one.links) AS links, provider,
       [one IN few[..5] | one.member] AS domains, size(few) AS count, all,
       CASE WHEN size(few) = 1 THEN 0.7 ELSE 0.5 END AS score
