"""How a run is carried out: what was asked for, what is in scope, which jobs follow, and who carries them out."""
