// title:       Look-alike and one's own site link to each other
// summary:     A site under a name that looks like one's own links to it, and is linked from there.
// version:     2
// status:      experimental
// severity:    INFO
// confidence:  0.7
// reads:
//              (DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)-[:SIMILAR_TO]->(DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,4}(DomainName)<-[:HOSTED_AT]-(URL)<-[:LINKS_TO]-(URL)-[:HOSTED_AT]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,4}(DomainName)<-[:HOSTED_AT]-(URL)-[:LINKS_TO]->(URL)-[:HOSTED_AT]->(DomainName)
// params:
//              likeness: float = 0.7 -- how much a name has to look like one's own, from 0 to 1
// returns:
//              subject: DomainName
//              evidence: list<URL|DomainName>
//              links: list<link>
//              original: DomainName -- one's own domain
//              page: URL -- the page of one's own that links there
//              score: float -- 0.7
// keyed-by:    original
// headline:    {subject} looks like {original}, and {page} links to it
// explanation: Look-alikes link to the real site to seem genuine; the real site links back only if its people mean
//              to, or if somebody changed its page. In the first case the look-alike is most likely yours and should
//              be in the scan; in the second your visitors are being led away.
// remediation: Ask whoever keeps the page why it links there. If the other domain is yours, add it to the scan; if
//              not, take the link out and look for how it came in.
// false-positives: Short names look alike by chance, so that a letter less or another one does not count in them. Two
//              domains that are both scanned, or registered for one organization, are known to belong together.
// references:
//              ATT&CK T1583.001
//              D3FEND D3-HD
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[alike:SIMILAR_TO WHERE alike.score >= $likeness]->(original:DomainName)
WHERE NOT EXISTS {
  MATCH (subject)-[copy_has:HAS_REGISTRATION]->(copy_paper:DomainRegistration)
  MATCH (original)-[real_has:HAS_REGISTRATION]->(real_paper:DomainRegistration)
  WHERE copy_has.holds_since IS NOT NULL AND real_has.holds_since IS NOT NULL
    AND toLower(copy_paper.registrant_organization) = toLower(real_paper.registrant_organization)
}
WITH subject, original
MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,4}(host:DomainName)
MATCH (landing:URL)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(host)
MATCH (page:URL)-[back:LINKS_TO WHERE back.holds_since IS NOT NULL]->(landing)
MATCH (page)-[kept:HOSTED_AT WHERE kept.holds_since IS NOT NULL]->(keeper:DomainName)
WHERE keeper.registrable_domain = original.name
MATCH (keeper)-[under:SUBDOMAIN_OF WHERE under.holds_since IS NOT NULL]->{0,8}(original)
WITH subject, original, below, host, landing, hosted, page, back, kept, keeper, under ORDER BY page.key, landing.key
WITH subject, original,
     head(collect({page: page, nodes: [host, landing, page, keeper] + [s IN below | startNode(s)]
                                       + [s IN under | endNode(s)],
                   links: [hosted.id, back.id, kept.id] + [s IN below | s.id] + [s IN under | s.id]})) AS there
MATCH (subject)<-[down:SUBDOMAIN_OF WHERE down.holds_since IS NOT NULL]-{0,4}(place:DomainName)
MATCH (bait:URL)-[lies:HOSTED_AT WHERE lies.holds_since IS NOT NULL]->(place)
MATCH (bait)-[forth:LINKS_TO WHERE forth.holds_since IS NOT NULL]->(goal:URL)
MATCH (goal)-[shown:HOSTED_AT WHERE shown.holds_since IS NOT NULL]->(stage:DomainName)
WHERE stage.registrable_domain = original.name
WITH subject, original, there, down, place, bait, lies, forth, goal, shown, stage ORDER BY bait.key, goal.key
WITH subject, original, there,
     head(collect({nodes: [place, bait, goal, stage] + [s IN down | startNode(s)],
                   links: [lies.id, forth.id, shown.id] + [s IN down | s.id]})) AS here
RETURN subject, there.nodes + here.nodes AS evidence, there.links + here.links AS links, original,
       there.page AS page, 0.7 AS score
