// title:       Country with few hosts
// summary:     A few hosts of a domain lie in a country where the domain has hardly any others.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.6
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)-[:RESOLVES_TO]->(IPAddress)-[:LISTED_IN]->(Feed)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)-[:RESOLVES_TO]->(IPAddress)-[:LOCATED_AT]->(Location)
// params:
//              least: int = 20 -- how many hosts there have to be to compare
//              share: float = 0.1 -- the share up to which a country is rare
//              chance: float = 0.05 -- how likely so few may be by chance, were all countries used alike
// returns:
//              subject: DomainName
//              evidence: list<DomainName|IPAddress|Location>
//              links: list<link>
//              country: str -- the country (ISO 3166-1)
//              hosts: list<IPAddress> -- the hosts there
//              count: int -- how many hosts are there
//              all: int -- how many hosts there are
//              score: float -- more the fewer there are
// keyed-by:    country
// headline:    {country} has {count} of {all} hosts of {subject}: {hosts}
// explanation: The addresses that a domain's names lead to are compared with each other by the country they lie in.
//              One far from the others is under other laws, is often a branch's or an agency's own, and may be no
//              host of the organization at all.
// remediation: Find out who set it up there and what data it holds. Where that is not wanted, move it.
// false-positives: Addresses on lists of common ones, such as those of content networks, are others' and do not
//              count. In an estate that is spread over many countries none of them is an exception.
// references:
//              ATT&CK T1583.003
//              D3FEND D3-AI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(name:DomainName)
MATCH (name)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(address:IPAddress)
WHERE NOT EXISTS {
  MATCH (address)-[known:LISTED_IN WHERE known.holds_since IS NOT NULL]->(common:Feed)
  WHERE common.polarity = 'known_common'
}
WITH subject, address, below, name, resolves ORDER BY size(below), name.key
WITH subject, address, head(collect({below: below, last: resolves})) AS way
MATCH (address)-[lies:LOCATED_AT WHERE lies.holds_since IS NOT NULL]->(location:Location)
WHERE location.country IS NOT NULL
WITH subject, address, way, location, lies ORDER BY location.key
WITH subject, address, way,
     head(collect({group: location.country, nodes: [location], links: [lies.id]})) AS place
ORDER BY address.key
WITH subject, size(collect(address)) AS all, size(collect(DISTINCT place.group)) AS groups,
     collect({member: address, way: way, place: place}) AS fleet
WHERE all >= $least AND groups > 1
UNWIND fleet AS one
WITH subject, all, groups, one.place.group AS country, collect(one) AS few
WHERE size(few) <= all * $share
  AND size(few) * groups < all
  // The lower tail of the binomial distribution: so few or fewer, if each group had as good a chance as the others.
  AND exp(reduce(ln = all * log(1.0 - 1.0 / groups), i IN range(1, size(few)) |
            ln + log((all - i + 1.0) / (i * (groups - 1.0)))))
      * reduce(tail = {sum: 1.0, term: 1.0}, i IN range(size(few), 1, -1) |
          {sum: tail.sum + tail.term * i * (groups - 1.0) / (all - i + 1),
           term: tail.term * i * (groups - 1.0) / (all - i + 1)}).sum <= $chance
RETURN subject,
       reduce(nodes = [], one IN few[..5] |
         nodes + [step IN one.way.below | startNode(step)] + [one.member] + one.place.nodes) AS evidence,
       reduce(ids = [], one IN few[..5] |
         ids + [step IN one.way.below | step.id] + [one.way.last.id] + one.place.links) AS links, country,
       [one IN few[..5] | one.member] AS hosts, size(few) AS count, all,
       CASE WHEN size(few) = 1 THEN 0.7 ELSE 0.5 END AS score
