"""Software: products by CPE or by name, versions and their order, vulnerabilities.

No dictionary is consulted: two vendors' names for one product stay two keys.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from graph.errors import Refused
from graph.model.values.normaliser import Normaliser
from graph.model.values.slug import slug_of
from graph.model.values.text import KEY_SEPARATOR, plain_letters, text_of

PRODUCT_WANTED = "a software product"
VULNERABILITY_WANTED = "a vulnerability"
_LONGEST_NAME = 300
_CVE = re.compile(r"CVE-((?:19|20)[0-9]{2})-([0-9]{4,10})")
_GHSA = re.compile(r"GHSA(?:-[0-9A-Z]{4}){3}")
_UNESCAPED_COLON = re.compile(r"(?<!\\):")
_COMPONENT = re.compile(r"(?:[a-z0-9_.-]|\\[!-/:-@\[-^`{-~])+")
_RANKS = {
    **dict.fromkeys(("dev", "nightly", "snapshot"), 0),
    **dict.fromkeys(("a", "alpha", "b", "beta", "c", "m", "pre", "preview", "rc"), 1),
}  # before the release, which counts as 3; other words, such as p for patch, come after it


class Cpe(NamedTuple):
    """The naming parts of a CPE 2.3 name, in lower case, and its version where it states one."""

    part: str
    vendor: str
    product: str
    version: str


def cpe_of(raw: object) -> Cpe:
    """The parts of a CPE name: `cpe:2.3:a:…`, the older `cpe:/a:…`, or `a:vendor:product`."""
    wanted = "a CPE name"
    text = text_of(wanted, raw).lower()
    if text.startswith("cpe:/"):
        parts = [_escaped(unquote(p)) for p in text.removeprefix("cpe:/").split(":")]
    else:
        parts = _UNESCAPED_COLON.split(text.removeprefix("cpe:2.3:"))
    if len(parts) < 3 or parts[0] not in ("a", "o", "h"):
        raise Refused(wanted, raw, "its form is cpe:2.3:a:vendor:product:version")
    part, vendor, product = parts[:3]
    for component in (vendor, product):
        if component == "-" or not _COMPONENT.fullmatch(component):
            raise Refused(wanted, raw, "vendor and product must be named, without wildcards")
    version = parts[3] if len(parts) > 3 and parts[3] not in ("*", "-") else ""
    return Cpe(part, vendor, product, re.sub(r"\\(.)", r"\1", version))


def product_of(raw: object) -> str:
    """`part:vendor:product` of a CPE name, else `name:` and the folded name."""
    text = text_of(PRODUCT_WANTED, raw)
    if re.match(r"cpe:|[aoh]:[^:]+:[^:]", text, re.IGNORECASE):
        found = cpe_of(text)
        return f"{found.part}:{found.vendor}:{found.product}"
    name = text[5:] if text[:5].lower() == "name:" else text
    folded = "-".join(re.findall(r"[^\W_]+[+#]*", plain_letters(name)))
    if not folded or len(folded) > _LONGEST_NAME:
        reason = f"1 to {_LONGEST_NAME} letters and digits are right"
        raise Refused(PRODUCT_WANTED, raw, reason)
    return f"name:{folded}"


def version_of(raw: object) -> str:
    """A version as written, without a leading v."""
    wanted = "a version"
    text = re.sub(r"^[vV]\.?(?=[0-9])", "", text_of(wanted, raw, 100))
    if KEY_SEPARATOR in text:
        raise Refused(wanted, raw, f"the character {KEY_SEPARATOR} is not allowed")
    return text


def version_order(version: str) -> str:
    """A text that sorts as versions do: by numbers, with pre-releases before their release."""
    parts = []
    for token in re.findall(r"[0-9]+|[a-z]+", version.lower())[:12]:
        if token.isdigit():
            parts.append(f"5{token.lstrip('0')[:18]:0>18}")
        else:
            parts.append(f"{_RANKS.get(token, 4)}{token[:20]}")
    return ".".join([*parts, "3"])


def vulnerability_of(raw: object) -> str:
    """`CVE-YYYY-NNNN`, else `source¦id` with the id in upper case."""
    text = text_of(VULNERABILITY_WANTED, raw, 200)
    upper = text.upper()
    if match := _CVE.fullmatch(upper):
        number = match[2].lstrip("0").rjust(4, "0")
        return f"CVE-{match[1]}-{number}"
    if _GHSA.fullmatch(upper):
        return f"ghsa{KEY_SEPARATOR}{upper}"
    source, separator, identifier = text.partition(KEY_SEPARATOR)
    if not separator or not identifier.strip() or KEY_SEPARATOR in identifier:
        reason = f"CVE-2026-12345 is right, or source{KEY_SEPARATOR}id for what has no CVE"
        raise Refused(VULNERABILITY_WANTED, raw, reason)
    identifier = identifier.strip().upper().strip()
    return f"{slug_of(source, VULNERABILITY_WANTED)}{KEY_SEPARATOR}{identifier}"


def _escaped(component: str) -> str:
    return re.sub(r"([^a-z0-9_.\\-])", r"\\\1", component)


PRODUCT = Normaliser(PRODUCT_WANTED, 1, product_of)
VERSION = Normaliser("a version", 1, version_of)
VULNERABILITY = Normaliser(VULNERABILITY_WANTED, 1, vulnerability_of)
