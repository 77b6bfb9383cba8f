"""What people call things: organizations, teams, roles, keys, themselves; and where mail reaches them."""

from __future__ import annotations

import re
import unicodedata

from graph.errors import InvalidQuestion
from graph.model.values.contact import EMAIL
from server.auth.policy import Role

LONGEST_NAME = 100
_ROLE = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,49}\Z")


def name_of(text: str, field: str = "name") -> str:
    """A name without outer white space. Raises InvalidQuestion naming `field`."""
    name = unicodedata.normalize("NFC", text).strip()
    is_plain = all(unicodedata.category(each)[0] != "C" for each in name)
    if not 1 <= len(name) <= LONGEST_NAME or not is_plain:
        raise InvalidQuestion(
            f"{field}: 1 to {LONGEST_NAME} characters on one line, none of them invisible, are right"
        )
    return name


def role_name_of(text: str) -> str:
    """The name of a role of an organization's own. Raises InvalidQuestion."""
    name = text.strip()
    if not _ROLE.match(name):
        raise InvalidQuestion(
            "name: a letter, then up to 49 letters, digits, spaces, - or _ are right"
        )
    if name.upper() in Role.__members__:
        raise InvalidQuestion(f"name: every organization has a role {name.upper()} already")
    return name


def email_of(text: str) -> str:
    """An e-mail address in the one form that accounts are known by. Raises Refused."""
    return EMAIL(text)
