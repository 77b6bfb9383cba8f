"""HTML in tokens: tags with their attributes, and the text between them.

In time that grows with the length of the input only, whatever it holds: pages come from anybody.
It follows the HTML standard's tokenizer as far as a reader of links, forms and text needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,60})")
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?:(?P<end>>)|(?P<name>=?[^\s/>=]+|=)
    (?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>]*)))?)""",
    re.VERBOSE,
)
# What lies inside these is text, whatever it looks like.
_RAW = {
    tag: re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE)
    for tag in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}


@dataclass(frozen=True)
class Tag:
    """An opening or closing tag. Names are in lower case; the first of equal attributes counts."""

    name: str
    is_closing: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)


def tokens(html: str) -> Iterator[Tag | str]:
    """The tags and texts of `html`, in order. Comments and declarations are left out."""
    position = 0
    while (start := html.find("<", position)) >= 0:
        if start > position:
            yield unescape(html[position:start])
        tag = _TAG.match(html, start)
        if tag is None:
            position = _past_declaration(html, start)
            if position == start:  # a lone `<` is text
                yield "<"
                position += 1
            continue
        attributes, position = _attributes(html, tag.end())
        if position < 0:
            return  # the input ends within a tag, which then is none
        name = tag[2].lower()
        yield Tag(name, bool(tag[1]), attributes)
        if not tag[1] and name in _RAW:
            end = _RAW[name].search(html, position)
            raw = html[position : end.start() if end else len(html)]
            if raw:
                yield unescape(raw) if name in ("textarea", "title") else raw
            position = end.start() if end else len(html)
    if position < len(html):
        yield unescape(html[position:])


def _past_declaration(html: str, start: int) -> int:
    """Where a comment or declaration at `start` ends; `start` itself where there is none.

    One that never ends takes the rest of the input.
    """
    if html.startswith("<!--", start):
        # `<!-->` and `<!--->` are whole comments.
        end = html.find("-->", start + 2)
        return end + 3 if end >= 0 else len(html)
    if html.startswith(("<!", "<?", "</"), start):
        end = html.find(">", start)
        return end + 1 if end >= 0 else len(html)
    return start


def _attributes(html: str, position: int) -> tuple[dict[str, str], int]:
    """The attributes from `position` on and where the tag ends; -1 where it does not."""
    found: dict[str, str] = {}
    while (match := _ATTRIBUTE.match(html, position)) is not None:
        position = match.end()
        if match["end"]:
            return found, position
        value = match["double"] or match["single"] or match["bare"] or ""
        found.setdefault(match["name"].lower(), unescape(value))
    return found, -1
