// summary: Which of these contents are still kept as evidence of something, for whomever.
// mode:    read
// params:  files: list<str> -- SHA-256 each
// returns: sha256: str
// index:   Evidence(sha256)
// rows:    one a content
MATCH (evidence:Evidence)
WHERE evidence.sha256 IN $files AND evidence.removed_at IS NULL
RETURN DISTINCT evidence.sha256 AS sha256
