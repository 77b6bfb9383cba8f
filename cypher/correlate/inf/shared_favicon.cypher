// title:       Sites with the same rare icon
// summary:     Sites of different registered domains show the same icon, and few others do.
// version:     2
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (Fingerprint)<-[:HAS_FINGERPRINT]-(URL)-[:HOSTED_AT]->(DomainName)
// params:
//              most: int = 8 -- how many domains may show an icon before it counts as a product's own
// returns:
//              subject: Fingerprint
//              evidence: list<URL|DomainName>
//              links: list<link>
//              domains: list<str> -- the registered domains
//              score: float -- less the more domains show it
// keyed-by:    subject
// shared:      subject
// headline:    {domains} show the same icon
// explanation: An icon is drawn for one owner. Elsewhere it means another site of the same owner, or a copy.
// remediation: Find out who runs the sites that are not yours; report those that copy you.
// false-positives: Products and site builders bring an icon of their own; those on more than `most` domains are not
//              reported.
// references:
//              ATT&CK T1583.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&Fingerprint {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.method = 'favicon_mmh3'
MATCH (page:URL)-[shows:HAS_FINGERPRINT WHERE shows.holds_since IS NOT NULL]->(subject)
MATCH (page)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(host:DomainName)
WHERE host.registrable_domain IS NOT NULL
WITH subject, page, shows, hosted, host ORDER BY page.key
WITH subject, host.registrable_domain AS domain, collect(page)[..2] AS pages, collect(DISTINCT host)[..2] AS hosts,
     collect(shows.id)[..2] + collect(hosted.id)[..2] AS page_links
ORDER BY domain
WITH subject, collect(domain) AS domains,
     reduce(all = [], part IN collect(pages + hosts)[..20] | all + part) AS evidence,
     reduce(all = [], part IN collect(page_links)[..20] | all + part) AS links
WHERE 2 <= size(domains) <= $most
RETURN subject, evidence, links, domains, CASE WHEN size(domains) <= 3 THEN 0.9 ELSE 0.6 END AS score
