"""`mirage rule …`: what rules look for, and trying one on what is there, through the API."""

from __future__ import annotations

from pathlib import Path

from server.commands.answers import Refusal, endpoint
from server.commands.console import out
from server.commands.documents import rules as documents
from server.commands.listing import columns, print_one, print_rows
from server.settings import StackSettings


def show_all(settings: StackSettings, *, as_json: bool) -> int:
    """List the rules, by name."""
    found = endpoint(settings).ask(documents.RULE_LIST)["rules"]
    print_rows([columns(each) for each in found], "rules", as_json=as_json)
    return 0


def show(settings: StackSettings, rule: str, *, as_json: bool) -> int:
    """Show a rule with what it means and asks. Raises Refusal."""
    found = endpoint(settings).ask(documents.RULE_SHOWN, {"id": rule})["rule"]
    if found is None:
        raise Refusal(f"there is no rule {rule}; `mirage rule list` lists them")
    tuned = [
        f"{each['name']}: {each['type']} = {each['default']} ({each['summary']})"
        for each in found["parameters"]
    ]
    print_one({**columns(found), "parameters": tuned}, as_json=as_json)
    return 0


def try_out(settings: StackSettings, file: Path, first: int, *, as_json: bool) -> int:
    """Try a rule of a file on what is there: what it would find, and what that takes. Raises Refusal."""
    given = {"text": file.read_text("utf-8"), "first": first}
    told = endpoint(settings).ask(documents.TRY_RULE, given)["tryRule"]
    rows = [
        {
            "score": each["score"],
            "about": f"{each['subject']['kind']} {each['subject']['caption']}",
            "title": each["title"],
        }
        for each in told["findings"]
    ]
    print_rows(rows, "findings", as_json=as_json)
    if not as_json:
        whole = "all there are" if told["isWhole"] else "not all there are"
        out.print(
            f"looked at {told['looks']} subjects, {whole}, in {told['tookMs']:g} ms",
            highlight=False,
        )
    return 0
