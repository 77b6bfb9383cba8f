// summary: The chains of the audit, secrets, and mutations that carry an idempotency key.
CREATE CONSTRAINT audit_head_org IF NOT EXISTS FOR (n:AuditHead) REQUIRE n.org IS UNIQUE;
CREATE CONSTRAINT audit_event_id IF NOT EXISTS FOR (n:AuditEvent) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT audit_event_place IF NOT EXISTS FOR (n:AuditEvent) REQUIRE (n.org, n.seq) IS UNIQUE;
CREATE CONSTRAINT audit_open_id IF NOT EXISTS FOR (n:AuditOpen) REQUIRE n.id IS UNIQUE;
CREATE INDEX audit_open_at IF NOT EXISTS FOR (n:AuditOpen) ON (n.at);
CREATE INDEX audit_open_org IF NOT EXISTS FOR (n:AuditOpen) ON (n.org);
CREATE CONSTRAINT secret_id IF NOT EXISTS FOR (n:Secret) REQUIRE n.id IS UNIQUE;
CREATE INDEX secret_org IF NOT EXISTS FOR (n:Secret) ON (n.org);
CREATE CONSTRAINT idempotent_request_id IF NOT EXISTS FOR (n:IdempotentRequest) REQUIRE n.id IS UNIQUE;
CREATE INDEX idempotent_request_org IF NOT EXISTS FOR (n:IdempotentRequest) ON (n.org);
CREATE INDEX idempotent_request_end IF NOT EXISTS FOR (n:IdempotentRequest) ON (n.expires_at);
