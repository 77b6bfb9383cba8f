// title:       Person on the boards of very many companies
// summary:     One person is a director of more companies, of different groups, than anybody can look after.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.6
// reads:
//              (Person)-[:DIRECTOR_OF]->(LegalEntity)-[:SUBSIDIARY_OF]->(LegalEntity)
// params:
//              least: int = 50 -- of how many companies, those of one group counted once
// returns:
//              subject: Person
//              evidence: list<LegalEntity>
//              links: list<link>
//              companies: int -- how many, those of one group counted once
//              score: float -- more the more there are
// keyed-by:    subject
// headline:    {subject} is a director of {companies} unrelated companies
// explanation: Nobody runs fifty companies. Such a person lends a name, mostly for a firm that founds companies by
//              the dozen, and whoever is really behind one of them stays unseen. That two companies have this person
//              in common says nothing about them.
// remediation: Do not take the person for a link between companies. Look for the beneficial owner elsewhere: shares,
//              powers of attorney, who pays.
// false-positives: A large group puts one person on the boards of all its subsidiaries: companies that belong to one
//              count once. Boards that the person has left do not count.
// references:
//              FATF Recommendation 24
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&Person {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[leads:DIRECTOR_OF WHERE leads.holds_since IS NOT NULL]->(company:LegalEntity)
WHERE coalesce(leads.valid_to, $now) >= $now
WITH subject, company, min(leads.id) AS post,
     COLLECT {
       MATCH (company)-[belongs:SUBSIDIARY_OF WHERE belongs.holds_since IS NOT NULL]->(parent:LegalEntity)
       RETURN parent.key ORDER BY parent.key LIMIT 1
     } AS parents
WITH subject, company, post, coalesce(head(parents), company.key) AS family ORDER BY company.key
WITH subject, family, head(collect({company: company, post: post})) AS one
ORDER BY family
WITH subject, size(collect(one)) AS companies, collect(one)[..10] AS some
WHERE companies >= $least
RETURN subject, [one IN some | one.company] AS evidence, [one IN some | one.post] AS links, companies,
       CASE WHEN companies >= 2 * $least THEN 1.0 ELSE 0.7 END AS score
