// title:       Look-alike shows one's own icon
// summary:     A site under a name that looks like one's own shows the icon of one's own site.
// version:     2
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)-[:SIMILAR_TO]->(DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,4}(DomainName)<-[:HOSTED_AT]-(URL)-[:HAS_FINGERPRINT]->(Fingerprint)<-[:HAS_FINGERPRINT]-(URL)-[:HOSTED_AT]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)
// params:
//              likeness: float = 0.55 -- how much a name has to look like one's own, from 0 to 1
// returns:
//              subject: DomainName
//              evidence: list<URL|Fingerprint|DomainName>
//              links: list<link>
//              original: DomainName -- one's own domain
//              icon: Fingerprint -- what both show
//              page: URL -- where the look-alike shows it
//              score: float -- 0.9
// keyed-by:    original
// shared:      icon
// headline:    {subject} looks like {original} and shows its icon at {page}
// explanation: A name that looks like yours may be chance, and so may an icon. Both together are a copy of your site,
//              made to be taken for it.
// remediation: Report the site to its hosting company, its registrar and the browsers' lists of deceptive sites, and
//              warn who may get its mail.
// false-positives: Products bring an icon of their own: those on a list of common ones do not count. Sites of one owner
//              are not reported where both names are scanned, or registered for the same organization.
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
  MATCH (page)-[shows:HAS_FINGERPRINT WHERE shows.holds_since IS NOT NULL]->(icon:Fingerprint)
  WHERE icon.method = 'favicon_mmh3'
  MATCH (icon)<-[shown:HAS_FINGERPRINT WHERE shown.holds_since IS NOT NULL]-(real:URL)
  MATCH (real)-[kept:HOSTED_AT WHERE kept.holds_since IS NOT NULL]->(keeper:DomainName)
  WHERE keeper.registrable_domain = original.name
  MATCH (keeper)-[under:SUBDOMAIN_OF WHERE under.holds_since IS NOT NULL]->{0,8}(original)
  WITH original, icon, below, host, hosted, page, shows, shown, real, kept, keeper, under
  ORDER BY alike.score DESC, original.name, page.key, icon.key, real.key
  LIMIT 1
  RETURN original, icon, page,
         [page, host, icon, real, keeper] + [s IN below | startNode(s)] + [s IN under | endNode(s)] AS evidence,
         [hosted.id, shows.id, shown.id, kept.id] + [s IN below | s.id] + [s IN under | s.id] AS links
}
RETURN subject, evidence, links, original, icon, page, 0.9 AS score
