// summary: Evidence that was kept before counts from long ago: how old it is then follows from the answers that it is evidence of.
MATCH (e:Evidence) WHERE e.aged_from IS NULL AND e.removed_at IS NULL SET e.aged_from = datetime({epochMillis: 0});
