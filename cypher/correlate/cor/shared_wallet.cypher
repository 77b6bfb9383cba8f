// title:       One wallet on unrelated sites
// summary:     Sites of different registered domains publish the same address for money of a crypto currency.
// version:     2
// status:      experimental
// severity:    HIGH
// confidence:  0.8
// reads:
//              (CryptoWallet)-[:LISTED_IN]->(Feed)
//              (CryptoWallet)<-[:CONTAINS_DATA]-(URL)-[:HOSTED_AT]->(DomainName)
// params:
//              most: int = 10 -- how many domains may show a wallet before it says nothing
// returns:
//              subject: CryptoWallet
//              evidence: list<URL|DomainName>
//              links: list<link>
//              domains: list<str> -- the registered domains
//              score: float -- less the more domains show it
// keyed-by:    subject
// shared:      subject
// headline:    {domains} publish the wallet {subject}
// explanation: Money that is sent there reaches one hand, whatever the sites say of each other. That is how a fraud's
//              sites are found that look nothing alike, and how a page of one's own is found in which somebody
//              exchanged the address.
// remediation: Check the address on every page of yours. Report sites that are not yours together, with the wallet as
//              what ties them.
// false-positives: Addresses of exchanges, charities and well-known programs are quoted everywhere: those on more
//              than `most` domains, and those on lists of common ones, are not reported.
// references:
//              ATT&CK T1657
//              ATT&CK T1565.002
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&CryptoWallet {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND NOT EXISTS {
    MATCH (subject)-[known:LISTED_IN]->(common:Feed)
    WHERE known.holds_since IS NOT NULL AND common.polarity IN ['known_common', 'allows']
  }
MATCH (page:URL)-[shows:CONTAINS_DATA WHERE shows.holds_since IS NOT NULL]->(subject)
MATCH (page)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(host:DomainName)
WHERE host.registrable_domain IS NOT NULL
WITH subject, page, shows, hosted, host ORDER BY page.key
WITH subject, host.registrable_domain AS domain,
     head(collect({nodes: [page, host], links: [shows.id, hosted.id]})) AS proof
ORDER BY domain
WITH subject, collect(domain) AS domains, collect(proof)[..20] AS proofs
WHERE 2 <= size(domains) <= $most
RETURN subject, reduce(nodes = [], proof IN proofs | nodes + proof.nodes) AS evidence,
       reduce(ids = [], proof IN proofs | ids + proof.links) AS links, domains,
       CASE WHEN size(domains) <= 5 THEN 0.9 ELSE 0.6 END AS score
