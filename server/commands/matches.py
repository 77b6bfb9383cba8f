"""`mirage match …`: which entities may be one, and what is decided of them, through the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.commands.answers import Refusal, endpoint
from server.commands.console import out
from server.commands.documents import matches as documents
from server.commands.listing import moment, print_one, print_rows
from server.settings import StackSettings


def show_all(settings: StackSettings, which: Mapping[str, Any], *, as_json: bool) -> int:
    """List pairs, the likeliest first; `which` are the arguments of `Query.matches`."""
    found = endpoint(settings).nodes(documents.MATCH_LIST, which)
    print_rows([_row(each) for each in found], "matches", as_json=as_json)
    return 0


def show(settings: StackSettings, match: str, *, as_json: bool) -> int:
    """Show a pair with what speaks for it and against it, and what was decided. Raises Refusal."""
    found = endpoint(settings).ask(documents.MATCH_SHOWN, {"id": match})["match"]
    if found is None:
        raise Refusal(f"there is no match {match}; `mirage match list` lists them")
    shown = {
        **_row(found),
        "accepting": f"states {found['states']}" if found["states"] else "makes the two one",
        "why": found["explanation"].splitlines(),
        "in_common": [_named(each) for each in found["shared"]],
        "history": [_decided(each) for each in found["history"]],
    }
    print_one(shown, as_json=as_json)
    return 0


def identity(settings: StackSettings, entity: str, *, as_json: bool) -> int:
    """Tell with whom an entity is held to be one, and by which pairs. Raises Refusal."""
    found = endpoint(settings).ask(documents.IDENTITY_SHOWN, {"entity": entity})["identity"]
    if found is None:
        raise Refusal(f"there is no entity {entity}")
    joined = [f"{each['id']} ({each['score']:.3f})" for each in found["matches"]]
    rows = [
        {"id": each["id"], "kind": each["kind"], "caption": each["caption"]}
        for each in found["members"]
    ]
    print_rows(rows, "members", as_json=as_json)
    if not as_json and joined:
        out.print(f"joined by {', '.join(joined)}", highlight=False)
    return 0


def similar(settings: StackSettings, entity: str, first: int, *, as_json: bool) -> int:
    """Tell who is like an entity, whether or not that is enough for a pair. Raises Refusal."""
    found = endpoint(settings).ask(documents.SIMILAR_LIST, {"id": entity, "first": first})
    if found["similar"] is None:
        raise Refusal(f"there is no entity {entity}")
    rows = [
        {
            "id": each["entity"]["id"],
            "score": each["score"],
            "entity": _named(each["entity"]),
            "by": [part["name"] for part in each["features"] if part["similarity"] > 0],
        }
        for each in found["similar"]
    ]
    print_rows(rows, "similar", as_json=as_json)
    return 0


def look_alikes(settings: StackSettings, which: Mapping[str, Any], *, as_json: bool) -> int:
    """List names that look like one's own, the most alike first; `which` are the arguments of `Query.lookAlikes`."""
    rows = [
        {
            "name": each["name"]["caption"],
            "looks_like": each["of"]["caption"],
            "score": each["score"],
            "ways": each["ways"],
            "since": moment(each["since"]),
            "reason": each["reason"],
            "id": each["name"]["id"],
        }
        for each in endpoint(settings).nodes(documents.LOOK_ALIKE_LIST, which)
    ]
    print_rows(rows, "look_alikes", as_json=as_json)
    return 0


def decide(
    settings: StackSettings,
    ids: Sequence[str],
    verdict: str,
    comment: str | None,
    *,
    only_previews: bool,
    as_json: bool,
) -> int:
    """Decide of pairs; all of them, or none. `only_previews` tells the identities it would make. Raises Refusal."""
    given = {"ids": ids, "verdict": verdict}
    if only_previews:
        return _preview(settings, given, as_json=as_json)
    return _changed(
        settings, documents.DECIDE_MATCHES, {**given, "comment": comment}, as_json=as_json
    )


def undo(settings: StackSettings, ids: Sequence[str], comment: str | None, *, as_json: bool) -> int:
    """Take back what is decided of pairs; of all of them, or none. Raises Refusal."""
    given = {"ids": ids, "comment": comment}
    return _changed(settings, documents.UNDO_MATCHES, given, as_json=as_json)


def state(settings: StackSettings, given: Mapping[str, Any], *, as_json: bool) -> int:
    """Decide of two entities that nothing brought up, by the arguments of `stateMatch`. Raises Refusal."""
    return _changed(settings, documents.STATE_MATCH, given, as_json=as_json)


def _preview(settings: StackSettings, given: Mapping[str, Any], *, as_json: bool) -> int:
    found = endpoint(settings).ask(documents.MATCH_PREVIEW, given)["previewMatches"]
    if found is None:
        raise Refusal("one of these matches is not known; `mirage match list` lists them")
    rows = [
        {"identity": each["id"], "members": [_named(one) for one in each["members"]]}
        for each in found
    ]
    print_rows(rows, "identities", as_json=as_json)
    return 0


def _changed(
    settings: StackSettings, document: str, given: Mapping[str, Any], *, as_json: bool
) -> int:
    found = endpoint(settings).change(document, given)["matches"]
    print_rows([_row(each) for each in found], "matches", as_json=as_json)
    if not as_json:
        out.print(f"{len(found)} decided", highlight=False)
    return 0


def _row(match: Mapping[str, Any]) -> dict[str, Any]:
    """A pair as it is listed."""
    left, right = match["left"], match["right"]
    # What sources call alike is told apart by its key.
    is_alike = _named(left) == _named(right)
    return {
        "id": match["id"],
        "score": round(match["score"], 4),
        "state": match["state"],
        "left": f"{_named(left)} ({left['key']})" if is_alike else _named(left),
        "right": f"{_named(right)} ({right['key']})" if is_alike else _named(right),
        "raised": moment(match["raisedAt"]),
    }


def _named(entity: Mapping[str, Any]) -> str:
    return f"{entity['kind']} {entity['caption']}"


def _decided(decision: Mapping[str, Any]) -> str:
    """A decision in a line, and that it was taken back."""
    told = (
        f"{moment(decision['at']):%Y-%m-%d %H:%M} {decision['verdict'].lower()} by {decision['by']}"
    )
    if decision["comment"]:
        told += f": {decision['comment']}"
    if decision["withdrawnAt"]:
        told += f"; taken back {moment(decision['withdrawnAt']):%Y-%m-%d %H:%M} by {decision['withdrawnBy']}"
        told += f": {decision['withdrawnComment']}" if decision["withdrawnComment"] else ""
    return told
