// title:       Rare handle on platforms for work and for private life
// summary:     Accounts on a platform for work and on one for private life go by the same handle, and few others do.
// version:     2
// status:      experimental
// severity:    INFO
// confidence:  0.5
// reads:
//              (Username)<-[:USES_HANDLE]-(UserAccount)
// params:
//              work: list<str> = ["github", "gitlab", "bitbucket", "linkedin", "xing", "stackoverflow", "dockerhub",
//                "npm", "pypi", "huggingface", "kaggle", "orcid"] -- platforms that people use for work
//              shortest: int = 6 -- how long a handle has to be
//              most: int = 5 -- how many accounts may go by it before it says nothing
//              common: list<str> = ["admin", "administrator", "support", "service", "webmaster", "contact", "office",
//                "security", "official", "johndoe", "johnsmith"] -- handles that many people have
// returns:
//              subject: Username
//              evidence: list<UserAccount>
//              links: list<link>
//              accounts: list<UserAccount>
//              score: float -- less the more accounts there are
// keyed-by:    subject
// shared:      subject
// headline:    {accounts} go by the handle {subject}
// explanation: People take their handle along. Who knows somebody's account at work finds the private ones by it:
//              what they write there, whom they know, and the passwords that were stolen with them.
// remediation: Nothing by itself. Where the person looks after something that matters, tell them, and have the
//              accounts kept apart.
// false-positives: Short and common handles belong to many people, and so do those of more than `most` accounts.
//              Accounts on platforms of one sort bridge nothing.
// references:
//              ATT&CK T1589
//              ATT&CK T1593.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&Username {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND size(subject.handle) >= $shortest AND NOT subject.handle IN $common
MATCH (account:UserAccount)-[uses:USES_HANDLE WHERE uses.holds_since IS NOT NULL]->(subject)
WITH subject, account, uses ORDER BY account.key
WITH subject, collect(account) AS accounts, collect(uses.id) AS links
WHERE size(accounts) <= $most
  AND any(one IN accounts WHERE one.platform IN $work) AND any(one IN accounts WHERE NOT one.platform IN $work)
RETURN subject, accounts AS evidence, links, accounts, CASE WHEN size(accounts) <= 3 THEN 0.7 ELSE 0.5 END AS score
