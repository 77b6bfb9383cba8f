// title:       Web server unlike the others
// summary:     A few sites of a domain name a server software that its other sites do not use.
// version:     1
// status:      experimental
// severity:    INFO
// confidence:  0.6
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)<-[:HOSTED_AT]-(URL)
// params:
//              least: int = 20 -- how many sites there have to be to compare
//              share: float = 0.1 -- the share up to which a server software is rare
//              chance: float = 0.05 -- how likely so few may be by chance, were all server softwares used alike
// returns:
//              subject: DomainName
//              evidence: list<DomainName|URL>
//              links: list<link>
//              server: str -- the software, without its version
//              pages: list<URL> -- the sites there
//              count: int -- how many sites are there
//              all: int -- how many sites there are
//              score: float -- more the fewer there are
// keyed-by:    server
// headline:    {server} serves {count} of {all} sites of {subject}: {pages}
// explanation: The first pages of a domain's sites are compared with each other by the server that they name. The odd
//              one out is brought up to date by other people, or by nobody.
// remediation: Find out who keeps it, and whether it is in the list of what is brought up to date.
// false-positives: A site that only sends visitors on, or shows an error, tells of the machine before it and does not
//              count. In an estate with many softwares none of them is an exception.
// references:
//              CWE-1104
//              D3FEND D3-SWI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(name:DomainName)
MATCH (page:URL)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(name)
WHERE page.path = '/' AND page.server IS NOT NULL AND 200 <= page.status < 300
WITH subject, name, below, page, hosted,
     head(split(head(split(toLower(page.server), '/')), ' ')) AS server
ORDER BY page.scheme DESC, page.key
WITH subject, name, head(collect(page)) AS page,
     head(collect({below: below, last: hosted})) AS way, head(collect({group: server})) AS place
ORDER BY page.key
WITH subject, size(collect(page)) AS all, size(collect(DISTINCT place.group)) AS groups,
     collect({member: page, way: way, place: place}) AS fleet
WHERE all >= $least AND groups > 1
UNWIND fleet AS one
WITH subject, all, groups, one.place.group AS server, collect(one) AS few
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
         nodes + [step IN one.way.below | startNode(step)] + [one.member]) AS evidence,
       reduce(ids = [], one IN few[..5] | ids + [step IN one.way.below | step.id] + [one.way.last.id]) AS links, server,
       [one IN few[..5] | one.member] AS pages, size(few) AS count, all,
       CASE WHEN size(few) = 1 THEN 0.7 ELSE 0.5 END AS score
