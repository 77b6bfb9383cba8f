"""What samples of processes say: slopes, levels, and which goals are missed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench._kit.figure import aligned

WARM_UP = 1 / 3  # of the time at work; caches and pools fill then
MOST_MB_PER_H = 60.0
LEAST_H = 1 / 6  # in less, pools and caches still fill: slopes are told then, and not judged
NOISE_MB = 4.0  # a heap moves up and down by so much; what grew by less in all has not grown
MOST_FILES_MORE = 10
MOST_THREADS_MORE = 4
REDIS_MOST_MB = 160.0  # its stream of events is cut at a length, and fills until then
NEO4J_BESIDE_MB = 700.0  # code, threads and buffers beside heap and page cache
DATABASES = ("neo4j", "redis")  # what they hold grows with what is collected


@dataclass(frozen=True)
class Sample:
    """A process at a moment (seconds since the begin): MiB in RAM, open files, threads."""

    at: float
    pid: int
    memory_mb: float
    files: int
    threads: int


@dataclass(frozen=True)
class Level:
    """What is held at rest: files and threads of each process by name, and gauges of the API by name."""

    files: Mapping[str, int]
    threads: Mapping[str, int]
    gauges: Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """What came of one process: slopes an hour after the warm-up, least and most, and what misses a goal."""

    name: str
    mb_per_h: float
    files_per_h: float
    least_mb: float
    most_mb: float
    most_files: int
    most_threads: int
    missed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The verdict as the last line of output carries it."""
        return {
            "name": self.name, "mb_per_h": round(self.mb_per_h, 2), "files_per_h": round(self.files_per_h, 2),
            "mb": [round(self.least_mb, 1), round(self.most_mb, 1)], "most_files": self.most_files,
            "most_threads": self.most_threads, "missed": list(self.missed),
        }  # fmt: skip


def slope(points: Sequence[tuple[float, float]]) -> float:
    """By how much the second value grows for one of the first, by least squares; 0 where that says nothing."""
    if len(points) < 2:
        return 0.0
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    if not spread:
        return 0.0
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread


def settled(samples: Sequence[Sample]) -> list[Sample]:
    """Those after the warm-up."""
    if not samples:
        return []
    first, last = samples[0].at, samples[-1].at
    return [each for each in samples if each.at >= first + (last - first) * WARM_UP]


def judged(name: str, samples: Sequence[Sample], bound_mb: float | None) -> Verdict:
    """What the samples of one process come to; with a bound its memory is judged by that, not by its slope."""
    late = settled(samples)
    span_h = (late[-1].at - late[0].at) / 3600 if late else 0.0
    mb_per_h = slope([(each.at / 3600, each.memory_mb) for each in late])
    most = max((each.memory_mb for each in samples), default=0.0)
    missed = []
    if len({each.pid for each in samples}) > 1:
        missed.append("it was started again")
    if bound_mb is not None and most > bound_mb:
        missed.append(f"{most:.0f} MB, more than {bound_mb:.0f}")
    is_long = span_h >= LEAST_H
    if bound_mb is None and is_long and mb_per_h > MOST_MB_PER_H and mb_per_h * span_h > NOISE_MB:
        missed.append(f"grew by {mb_per_h:.0f} MB/h")
    return Verdict(
        name, mb_per_h, slope([(each.at / 3600, float(each.files)) for each in late]),
        min((each.memory_mb for each in samples), default=0.0), most,
        max((each.files for each in samples), default=0),
        max((each.threads for each in samples), default=0), tuple(missed),
    )  # fmt: skip


def unreturned(before: Level, after: Level) -> list[str]:
    """What does not come back to its level at rest, in words."""
    found = [
        f"{name}: {after.files[name]} files at rest, {files} before"
        for name, files in before.files.items()
        if after.files.get(name, 0) > files + MOST_FILES_MORE
    ]
    found += [
        f"{name}: {after.threads[name]} threads at rest, {threads} before"
        for name, threads in before.threads.items()
        if after.threads.get(name, 0) > threads + MOST_THREADS_MORE
    ]
    return found + [
        f"{name}: {after.gauges[name]:g} at rest, {value:g} before"
        for name, value in before.gauges.items()
        if after.gauges.get(name, 0.0) > value
    ]


HEAD = ("process", "MB/h", "files/h", "MB least", "MB most", "files", "threads", "")


def table(verdicts: Iterable[Verdict]) -> str:
    """The verdicts for reading, a line each."""
    rows = [HEAD]
    rows += [
        (
            each.name, f"{each.mb_per_h:+.1f}", f"{each.files_per_h:+.1f}", f"{each.least_mb:.0f}",
            f"{each.most_mb:.0f}", str(each.most_files), str(each.most_threads), "; ".join(each.missed) or "kept",
        )
        for each in verdicts
    ]  # fmt: skip
    return aligned(rows, left=(0, len(HEAD) - 1))
