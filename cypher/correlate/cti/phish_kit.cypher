// title:       Look-alike uses the real site's files
// summary:     A site under a name that looks like one's own shows or loads files of one's own site.
// version:     3
// status:      experimental
// severity:    CRITICAL
// confidence:  0.9
// reads:
//              (DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)-[:SIMILAR_TO]->(DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,4}(DomainName)<-[:HOSTED_AT]-(URL)-[:LOADS_FROM|EMBEDS]->(URL)-[:HOSTED_AT]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)
// params:
//              likeness: float = 0.7 -- how much a name has to look like one's own, from 0 to 1
// returns:
//              subject: DomainName
//              evidence: list<URL|DomainName>
//              links: list<link>
//              original: DomainName -- whose files they are
//              files: list<URL> -- the original's files that it uses
//              score: float -- 1
// keyed-by:    original
// headline:    {subject} looks like {original} and uses its {files}
// explanation: The page was copied to take in people who know the real one: to get their passwords, their payments or
//              their trust.
// remediation: Report the site to its hosting company, its registrar and the browsers' lists of deceptive sites, and
//              warn who may get its mail.
// false-positives: One owner often holds both spellings: where both are registered for the same organization nothing
//              is reported.
// references:
//              ATT&CK T1583.001
//              ATT&CK T1566
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // Here, too, so that it is asked of look-alikes alone: what lies within { } is not known to be needed.
MATCH (subject)-[looks:SIMILAR_TO WHERE looks.score >= $likeness]->(:DomainName)
WITH DISTINCT subject
CALL (subject) {
  MATCH (subject)-[alike:SIMILAR_TO WHERE alike.score >= $likeness]->(original:DomainName)
  WHERE NOT EXISTS {
    MATCH (subject)-[copy_has:HAS_REGISTRATION]->(copy_paper:DomainRegistration)
    MATCH (original)-[real_has:HAS_REGISTRATION]->(real_paper:DomainRegistration)
    WHERE copy_has.holds_since IS NOT NULL AND real_has.holds_since IS NOT NULL
      AND toLower(copy_paper.registrant_organization) = toLower(real_paper.registrant_organization)
  }
  MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,4}(host:DomainName)
  MATCH (host)<-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]-(page:URL)
  MATCH (page)-[uses:LOADS_FROM|EMBEDS WHERE uses.holds_since IS NOT NULL]->(file:URL)
  MATCH (file)-[kept:HOSTED_AT WHERE kept.holds_since IS NOT NULL]->(keeper:DomainName)
  WHERE keeper.registrable_domain = original.name
  MATCH (keeper)-[under:SUBDOMAIN_OF WHERE under.holds_since IS NOT NULL]->{0,8}(original)
  WITH alike, original, below, host, hosted, page, uses, file, kept, keeper, under ORDER BY page.key, file.key
  WITH alike, original, collect(DISTINCT file)[..5] AS files,
       collect([page, host, file, keeper] + [s IN below | startNode(s)] + [s IN under | endNode(s)])[..5] AS shown,
       collect([hosted.id, uses.id, kept.id] + [s IN below | s.id] + [s IN under | s.id])[..5] AS led
  ORDER BY alike.score DESC, original.name
  LIMIT 1
  RETURN original, files, reduce(all = [], part IN shown | all + part) AS evidence,
         reduce(all = [], part IN led | all + part) AS links
}
RETURN subject, evidence, links, original, files, 1.0 AS score
