// summary: One user for an identity at a provider, and the way from an organization's name to it.
CREATE CONSTRAINT federated_identity IF NOT EXISTS FOR (n:FederatedIdentity) REQUIRE (n.issuer, n.subject) IS UNIQUE;
CREATE INDEX organization_name IF NOT EXISTS FOR (n:Organization) ON (n.name);
