"""Counters and histograms of worker roles, for `/metrics`. Labels are words of ours."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

JOBS = Counter(
    "mirage_jobs_total", "Jobs that were carried out, by how they ended.", ["job", "outcome"]
)
SECONDS = Histogram(
    "mirage_job_seconds",
    "Time that a job took.",
    ["job"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600),
)
RUNNING = Gauge("mirage_jobs_running", "Jobs under way.", ["job"])
WAITING = Gauge("mirage_queue_waiting", "Jobs that wait in a queue, as of this scrape.", ["queue"])
TASKS = Counter(
    "mirage_tasks_total", "What is done by the clock, by how it ended.", ["task", "outcome"]
)
UNANNOUNCED = Counter(
    "mirage_announcements_failed_total", "Times that a process could not say that it lives."
)
UNSHARED = Counter(
    "mirage_rates_alone_total", "Requests whose rate this process kept by itself, Redis being away."
)
UNPOLLED = Counter("mirage_queue_unanswered_total", "Times that a worker asked the queue in vain.")
DEATHS = Counter(
    "mirage_job_deaths_total", "Times that a job's own process died or was killed.", ["collector"]
)
REFUSED = Counter(
    "mirage_messages_refused_total",
    "Messages on Redis of a version that is not read here, left for others, by kind.",
    ["kind"],
)
GONE = Counter(
    "mirage_processes_gone_total", "Processes that ended without a word, as noticed by this one."
)
GIVEN_BACK = Counter(
    "mirage_jobs_given_back_total", "Hints that a worker could not serve and left, by why.", ["why"]
)
OPENED = Counter(
    "mirage_modules_opened_total",
    "Times that a module was found not to work in an organization, by whose fault.",
    ["module", "fault"],
)
OPEN = Gauge(
    "mirage_modules_open",
    "Organizations in which a module is not asked, or by trials alone, as of the last sweep.",
    ["module"],
)
