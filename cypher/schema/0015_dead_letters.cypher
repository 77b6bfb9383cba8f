// summary: Jobs that were given up are listed by organization.
CREATE INDEX lease_state IF NOT EXISTS FOR (n:Lease) ON (n.org, n.state);
