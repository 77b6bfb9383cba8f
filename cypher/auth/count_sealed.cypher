// summary: How many sealed values there are that only the master keys of before can open.
// mode:    read
// params:  none
// returns: sealed: int
// scan:    none; counts that the database keeps
// rows:    1
RETURN COUNT { (:SigningKey) } + COUNT { (:SecondFactor) } + COUNT { (:Letter) } AS sealed
