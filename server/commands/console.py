"""What a person sees in the terminal: progress on the error output, results on the normal one."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

from server.embedded.state import StackState, Step

# Part of an address like tcp://[2001:db8:cd::1] names an emoji, too.
out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


class Amount(ProgressColumn):
    """How much of a step is done, in its unit; nothing for a step that is one piece."""

    def __init__(self) -> None:
        super().__init__(Column(no_wrap=True))
        self._bytes = DownloadColumn()

    def render(self, task: Task) -> Text:
        """The amount as text."""
        if task.fields["unit"] == "bytes":
            return self._bytes.render(task)
        if task.total is None or not task.fields["unit"]:
            return Text("")
        return Text(f"{task.completed:.0f} of {task.total:.0f} {task.fields['unit']}")


class StepBars:
    """Progress bars for steps; without a terminal a line for each step that has ended."""

    def __init__(self) -> None:
        self._bars = Progress(
            SpinnerColumn(finished_text="✔"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            Amount(),
            TimeElapsedColumn(),
            console=err,
            disable=not err.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._ended: set[str] = set()

    def __enter__(self) -> StepBars:
        self._bars.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bars.stop()

    def show(self, steps: Iterable[Step]) -> None:
        """Show how far these steps are."""
        for step in steps:
            task = self._task(step)
            if step.total:
                self._bars.update(task, completed=step.done, total=step.total)
            if step.seconds is not None and step.name not in self._ended:
                self._ended.add(step.name)
                self._bars.update(task, completed=step.total or 1, total=step.total or 1)
                if not err.is_terminal:
                    err.print(f"{step.name}: {step.seconds:.1f} s")

    def _task(self, step: Step) -> TaskID:
        if step.name not in self._tasks:
            total = float(step.total) if step.total else None
            self._tasks[step.name] = self._bars.add_task(step.name, total=total, unit=step.unit)
        return self._tasks[step.name]


def print_addresses(state: StackState, key_file: str, neo4j_password_file: str) -> None:
    """Where things are and how to log in."""
    addresses = state.addresses
    out.print(f"GraphiQL       {addresses['graphiql']}")
    out.print(f"GraphQL        {addresses['graphql']}   (subscriptions {addresses['graphql_ws']})")
    out.print(f"  key          Authorization: Bearer <the text in {key_file}>")
    if addresses["neo4j_browser"]:
        out.print(f"Neo4j Browser  {addresses['neo4j_browser']}")
    out.print(f"Bolt           {addresses['bolt']}")
    if addresses["neo4j_browser"]:
        out.print(f"  log in       user neo4j, password in {neo4j_password_file}")
        # Neo4j Community has no other kind of account, and a person should know before trying things.
        out.print("               It may change and delete everything, of every organization;")
        out.print("               to only look, use GraphiQL.")
