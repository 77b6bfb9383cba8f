"""How much is drawn and measured where more of it finds more, and takes longer.

`mirage test --thorough` draws more; other runs also leave out what another test does in small.
"""

from __future__ import annotations

import os

from server.commands.testing import THOROUGH
from server.settings import variable_of

IS_THOROUGH = bool(os.environ.get(variable_of(THOROUGH)))

QUESTIONS = int(os.environ.get("MIRAGE_TEST_QUESTIONS", "3" if IS_THOROUGH else "1"))
"""How many questions are drawn where the database plans the statement of each anew, which is slow."""
