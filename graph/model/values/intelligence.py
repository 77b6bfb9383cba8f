"""Values of threat intelligence: STIX ids, names of malware and actors, techniques, reports.

Names fold to a form that spellings share; whether two sources mean the same by it stays open.
"""

from __future__ import annotations

import re
from functools import partial

from graph.errors import Refused
from graph.model.values.location import url_of
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import plain_letters, text_of

_LONGEST_FORM = 300
_STIX = re.compile(
    r"[a-z][a-z0-9-]{1,60}--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_TECHNIQUE = re.compile(
    r"T[0-9]{4}(?:\.[0-9]{3})?|CAPEC-[1-9][0-9]{0,5}|AML\.T[0-9]{4}(?:\.[0-9]{3})?"
)


def stix_id_of(raw: object, wanted: str = "a STIX id", object_type: str = "") -> str:
    """An object's id in STIX 2: its type, -- and a UUID, in lower case."""
    text = text_of(wanted, raw, 200).lower()
    if not _STIX.fullmatch(text):
        raise Refused(wanted, raw, "its form is indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")
    if object_type and not text.startswith(f"{object_type}--"):
        raise Refused(wanted, raw, f"its type is not {object_type}")
    return text


def name_form_of(raw: object) -> str:
    """A name without case, diacritics, white space and punctuation."""
    wanted = "a name"
    form = "".join(re.findall(r"[^\W_]+", plain_letters(text_of(wanted, raw))))
    if not form or len(form) > _LONGEST_FORM:
        raise Refused(wanted, raw, f"1 to {_LONGEST_FORM} letters and digits are right")
    return form


def technique_of(raw: object) -> str:
    """A technique's id (ATT&CK, CAPEC) in upper case, else `name:` and its name's form."""
    text = text_of("a technique", raw)
    if _TECHNIQUE.fullmatch(text.upper()):
        return text.upper()
    return f"name:{name_form_of(text[5:] if text[:5].lower() == 'name:' else text)}"


def report_of(raw: object) -> str:
    """A report's STIX id, else the URL it is at."""
    wanted = "a report"
    text = text_of(wanted, raw, 16_000)
    if _STIX.fullmatch(text.lower()):
        return stix_id_of(text, wanted, "report")
    return url_of(raw)


def month_of(raw: object) -> str:
    """A month as `YYYY-MM`; days of a longer date are left out."""
    text = text_of("a month", raw, 40)
    match = re.match(r"([12][0-9]{3})-(0[1-9]|1[0-2])(?![0-9])", text)
    if match is None or not text.isascii():
        raise Refused("a month", raw, "its form is 2026-01")
    return match[0]


def pattern_form(pattern: str) -> str:
    """An indicator's pattern without differences of white space outside quotes."""
    parts = re.split(r"('(?:[^'\\]|\\.)*')", pattern.strip())
    loose = [re.sub(r"\s+", " ", re.sub(r"\s*([\[\]()=<>!,])\s*", r"\1", p)) for p in parts[::2]]
    return "".join(x for pair in zip(loose, [*parts[1::2], ""], strict=True) for x in pair)


STIX_ID = Normaliser("a STIX id", 1, stix_id_of)
INDICATOR_ID = Normaliser(
    "an indicator", 1, partial(stix_id_of, wanted="an indicator", object_type="indicator")
)
NAME_FORM = Normaliser("a name", 1, name_form_of)
TECHNIQUE = Normaliser("a technique", 1, technique_of)
REPORT = Normaliser("a report", 1, report_of)
MONTH = Normaliser("a month", 1, month_of)
