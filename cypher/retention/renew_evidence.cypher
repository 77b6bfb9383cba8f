// summary: Say from when evidence counts as old that was looked at again since.
// mode:    write
// params:  rows: list<map> -- id, and `latest`, when the last answer arrived that it is evidence of
// returns: id: str
// index:   Evidence(id)
// rows:    one a piece of evidence
UNWIND $rows AS row
MATCH (e:Evidence {id: row.id})
SET e.aged_from = row.latest
RETURN e.id AS id
