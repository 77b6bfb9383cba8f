// title:       Sites measured under one id
// summary:     Sites of different registered domains are measured by the same customer of an analytics or advertising
//              service.
// version:     2
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (TrackingIdentifier)<-[:HAS_TRACKER]-(URL)-[:HOSTED_AT]->(DomainName)
// params:
//              most: int = 20 -- how many domains may share an id before it says nothing
// returns:
//              subject: TrackingIdentifier
//              evidence: list<URL|DomainName>
//              links: list<link>
//              domains: list<str> -- the registered domains
//              score: float -- less the more domains share it
// keyed-by:    subject
// shared:      subject
// headline:    {domains} are measured under {subject}
// explanation: The id belongs to one account, so that one party runs the sites, or one copied the other's page with
//              the id in it, as look-alikes do.
// remediation: Find out who runs the sites that are not yours; report those that copy you.
// false-positives: A site builder's or agency's own id is on very many unrelated sites; ids on more than `most`
//              domains are not reported.
// references:
//              ATT&CK T1583.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&TrackingIdentifier {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (page:URL)-[tracked:HAS_TRACKER WHERE tracked.holds_since IS NOT NULL]->(subject)
MATCH (page)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(host:DomainName)
WHERE host.registrable_domain IS NOT NULL
WITH subject, page, tracked, hosted, host ORDER BY page.key
WITH subject, host.registrable_domain AS domain, collect(page)[..2] AS pages, collect(DISTINCT host)[..2] AS hosts,
     collect(tracked.id)[..2] + collect(hosted.id)[..2] AS page_links
ORDER BY domain
WITH subject, collect(domain) AS domains,
     reduce(all = [], part IN collect(pages + hosts)[..20] | all + part) AS evidence,
     reduce(all = [], part IN collect(page_links)[..20] | all + part) AS links
WHERE 2 <= size(domains) <= $most
RETURN subject, evidence, links, domains, CASE WHEN size(domains) <= 5 THEN 0.9 ELSE 0.6 END AS score
