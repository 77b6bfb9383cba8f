"""What is said of something that happened: the notice of one event, or of many alike that happened together. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors._kit.channel import Notice
from graph.facts import strictest_of
from graph.model.base import name_id
from graph.queries.channel import MovesRow
from server.notify.events import SEVERITIES, TEST, ChannelEvent

MOST_NAMED = 10  # of many that are told together

Values = Mapping[str, str | int | float | bool | None]

_QUESTIONS: Mapping[str, str] = {
    "finding": "finding(id: {id}) {{ title severity state subject {{ kind key }} }}",
    "run": "run(id: {id}) {{ name state reason }}",
    "watch.matched": "pattern(id: {id}) {{ name rows(isIn: null, first: 10) "
    "{{ nodes {{ enteredAt leftAt values }} }} }}",
    "watch.changed": "savedQuery(id: {id}) {{ name watch {{ changes(first: 1) "
    "{{ nodes {{ at parts {{ change path caption before after }} }} }} }} }}",
    "module": "module(id: {id}) {{ health {{ state reason until }} }}",
}
_MANY: Mapping[ChannelEvent, str] = {
    ChannelEvent.FINDING_OPENED: "findings were opened",
    ChannelEvent.FINDING_REOPENED: "findings are back",
    ChannelEvent.RUN_FINISHED: "runs finished",
    ChannelEvent.RUN_FAILED: "runs failed",
    ChannelEvent.RUN_CANCELLED: "runs were cancelled",
    ChannelEvent.MODULE_OPENED: "modules are not asked any more",
    ChannelEvent.WATCH_MATCHED: "answers changed",
    ChannelEvent.WATCH_CHANGED: "answers to queries changed",
}
_ENDINGS: Mapping[ChannelEvent, str] = {
    ChannelEvent.RUN_FINISHED: "finished",
    ChannelEvent.RUN_FAILED: "failed",
    ChannelEvent.RUN_CANCELLED: "was cancelled",
}


@dataclass(frozen=True)
class Told:
    """One thing that happened, worded, with the marking of what it is about."""

    id: str
    event: ChannelEvent
    about: str
    at: datetime
    severity: str
    tlp: str
    title: str
    text: str
    fields: Values

    @property
    def question(self) -> str:
        """What to ask the API to learn more."""
        kind = self.event.value.partition(".")[0]
        asked = _QUESTIONS.get(self.event.value) or _QUESTIONS[kind]
        return f"{{ {asked.format(id=json.dumps(self.about))} }}"


@dataclass(frozen=True)
class Sender:
    """Of which organization something is told, and the address at which people reach Mirage; empty if not known."""

    org: str
    org_name: str
    link: str = ""


def of_finding(title: str, severity: str, details: Values) -> tuple[str, str, Values]:
    """Title, text and fields for a finding that was opened or is back."""
    subject = " ".join(
        str(details[n]) for n in ("subject_kind", "subject_caption") if details.get(n)
    )
    lines = [
        f"About: {subject}" if subject else "",
        f"Severity: {severity}",
        f"Rule: {details.get('rule')}",
    ]
    return title, "\n".join(filter(None, lines)), {**details, "severity": severity}


def of_run(event: ChannelEvent, run: Mapping[str, Any]) -> tuple[str, str, Values]:
    """Title, text and fields for a run that ended, from what is kept of it and may be told."""
    fields = {
        "name": run.get("name"),
        "state": run.get("state"),
        "entities": run.get("reached") or 0,
        "requests": run.get("requests") or 0,
        "jobs_done": run.get("jobs_done") or 0,
        "jobs_failed": run.get("jobs_failed") or 0,
        "reason": run.get("reason"),
    }
    text = (
        f"Entities: {fields['entities']}\nJobs: {fields['jobs_done']} done, {fields['jobs_failed']} failed\n"
        f"Requests: {fields['requests']}"
    )
    if fields["reason"]:
        text += f"\nReason: {fields['reason']}"
    return f"The scan {fields['name']} {_ENDINGS[event]}", text, fields


def of_module(module: str, details: Values) -> tuple[str, str, Values]:
    """Title, text and fields for a module that is not asked any more."""
    text = f"Reason: {details.get('reason')}\nNot asked until: {details.get('until')}"
    return f"{module} does not work and is not asked", text, details


def of_pattern(title: str, moves: Iterable[MovesRow]) -> tuple[str, str, Values]:
    """Title, text and fields for rows of a pattern that moved together and are marked alike."""
    moved = {each.is_in: each for each in moves}
    counts = {is_in: moved[is_in].total if is_in in moved else 0 for is_in in (True, False)}
    said = [f"{counts[is_in]} {word}" for is_in, word in _MOVES.items() if counts[is_in]]
    text = [_moved(moved[is_in], word) for is_in, word in _MOVES.items() if is_in in moved]
    return (
        f"{title}: {', '.join(said)}",
        "\n".join(text),
        {"entered": counts[True], "left": counts[False]},
    )


def of_watch(name: str, details: Values) -> tuple[str, str, Values]:
    """Title, text and fields for a changed answer to a watched query: how much, and nothing of what it says.

    It was asked as its owner may ask, and nobody can tell from it what somebody who may read less would be told.
    """
    counts = {each: int(details.get(each) or 0) for each in ("entered", "left", "changed")}
    said = ", ".join(f"{count} {each}" for each, count in counts.items() if count)
    text = "\n".join(f"{each.capitalize()}: {count}" for each, count in counts.items())
    return f"The answer to {name} changed: {said}", text, counts


_MOVES = {True: "entered", False: "left"}


def _moved(moves: MovesRow, word: str) -> str:
    more = moves.total - len(moves.captions)
    named = [*moves.captions, *([f"and {more} more"] if more > 0 else [])]
    return "\n".join([f"{word.capitalize()}:", *named])


def notice_of(told: Told, sender: Sender, notice: str) -> Notice:
    """One thing as it is said over a channel, as the notice with that id."""
    return Notice(
        id=notice,
        event=told.event,
        organization=sender.org,
        organization_name=sender.org_name,
        severity=told.severity,
        tlp=told.tlp,
        title=told.title,
        text=told.text,
        at=told.at,
        fingerprint=name_id(sender.org, told.event, told.about),
        about=told.about,
        link=sender.link,
        fields={**told.fields, "question": told.question},
    )


def notice_of_many(told: Sequence[Told], sender: Sender, notice: str) -> Notice:
    """Several of one event as one notice: how many, and the gravest of them by name."""
    event = told[0].event
    gravest = sorted(told, key=lambda each: (-SEVERITIES.index(each.severity), each.at, each.id))
    named = [
        each.title if each.severity == "INFO" else f"{each.severity}: {each.title}"
        for each in gravest[:MOST_NAMED]
    ]
    more = [f"and {len(told) - MOST_NAMED} more"] if len(told) > MOST_NAMED else []
    return Notice(
        id=notice,
        event=event,
        organization=sender.org,
        organization_name=sender.org_name,
        severity=gravest[0].severity,
        tlp=strictest_of(each.tlp for each in told),
        title=f"{len(told)} {_MANY[event]}",
        text="\n".join([*named, *more]),
        at=max(each.at for each in told),
        fingerprint=name_id(sender.org, event, *sorted(each.about for each in told)),
        link=sender.link,
        fields={"count": len(told)},
    )


def test_notice(sender: Sender, notice: str, at: datetime, channel: str) -> Notice:
    """A notice that tells of nothing, to try a channel; it is open."""
    return Notice(
        id=notice,
        event=TEST,
        organization=sender.org,
        organization_name=sender.org_name,
        severity="INFO",
        tlp="",
        title=f"A test of the channel {channel}",
        text="Nothing happened. Somebody tries whether notices arrive here.",
        at=at,
        fingerprint=name_id(sender.org, TEST, notice),
        link=sender.link,
    )
