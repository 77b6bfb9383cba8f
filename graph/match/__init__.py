"""Which entities are one: pure functions of values, without a database. Nothing here merges anything.

Entities. Make a `profile.Profile` of an entity's values and of those of its neighbours that identify it; then

- `blocking.blocking_keys(profile)`: the short keys by which to find whom to compare it with (`HUB` bounds a block),
- `kinds.scorer_of(kind, other)`: the scorer of two kinds, None where they are never one,
- `Scorer.judge(left, right)`, `judge_all(pairs)`: a `score.Verdict` with every feature's part, vetoes and a decision,
- `explain.explain(verdict)`: why, in sentences and numbers that add up to the score; `as_text` for reading,
- `learning.fit(scorer, pairs)`: weights and thresholds from labelled pairs, with a report; `kinds.write_scorer` and
  `read_scorer` for files of the form of `weights/*.yaml`, `take(folder)` to use such files,
- `prefilter.alike(lefts, rights)`: alike names of many against many.

Domain names that look alike are a relation, never one: `lookalike.look_alike(name, other)` and `look_alike_keys(name)`.

Records of any fields, as of an imported table: `records.resolve.link(left, right)` and `deduplicate(table)`.
"""
