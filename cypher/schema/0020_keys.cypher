// summary: Several keys of a source, told apart by their labels, and what each run has spent of them.
CREATE CONSTRAINT secret_label IF NOT EXISTS FOR (n:Secret) REQUIRE (n.org, n.source, n.name, n.label) IS UNIQUE;
CREATE CONSTRAINT key_spending IF NOT EXISTS FOR (n:KeySpending) REQUIRE n.id IS UNIQUE;
CREATE INDEX key_spending_org IF NOT EXISTS FOR (n:KeySpending) ON (n.org);
