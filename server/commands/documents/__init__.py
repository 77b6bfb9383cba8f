"""The GraphQL documents that commands send; a contract test holds them to `schema.graphql`.

An API that answers trusted documents only answers these, too.
"""

from __future__ import annotations

import importlib
import pkgutil

# What the terminal shows of a run in a list. Names in capitals are documents, and this is none.
_row = "id name state reason createdAt endedAt reached jobsOpen jobsDone jobsFailed"


def _on_run(field: str) -> str:
    """The mutation `field`, which takes a run's id and gives a run."""
    return f"""
mutation {field[0].upper()}{field[1:]}($id: ID!) {{
  {field}(id: $id) {{
    run {{ {_row} }}
    errors {{ message }}
  }}
}}
"""


START_SCAN = """
mutation StartScan($input: StartScanInput!) {
  startScan(input: $input) { run { id } errors { field message } }
}
"""

PLAN_SCAN = """
query PlanScan($input: StartScanInput!) {
  planScan(input: $input) {
    digest mostRequests keyUnits later
    collectors { collector activity seeds reused hosts secrets mostRequests key keyUnits workers }
    leftOut { collector seed reason }
  }
}
"""

CANCEL_RUN = _on_run("cancelRun")
PAUSE_RUN = _on_run("pauseRun")
RESUME_RUN = _on_run("resumeRun")
RETRY_FAILED = _on_run("retryFailed")

RUN_LIST = f"""
query RunList($first: Int!) {{
  runs(first: $first) {{ nodes {{ {_row} }} }}
}}
"""

STATUS = """
query Status($first: Int!) {
  services { role host version state queues startedAt jobsRunning jobsMost jobsWaiting jobsFailed loopLagMs memoryMb }
  runs(first: $first) {
    nodes { id name state reached jobsOpen jobsDone jobsFailed secondsLeft }
  }
}
"""

RUN_SHOWN = f"""
query RunShown($id: ID!) {{
  run(id: $id) {{
    {_row}
    scan {{ id }}
    pausedAt resumedAt secondsLeft
    retries {{ id }}
    spent {{ requests {{ used limit }} entities {{ used limit }} minutes {{ used limit }} keyUnits {{ used limit }} }}
    progress {{ collector done waiting underWay failed absent absence lookups reused }}
  }}
}}
"""

_part = "totalCount items { entity { kind key } link { type from { key } to { key } } }"

RUN_CHANGES = f"""
query RunChanges($id: ID!, $first: Int!) {{
  run(id: $id) {{
    previous {{ id endedAt }}
    changes {{
      appeared(first: $first) {{ {_part} }}
      gone(first: $first) {{ {_part} }}
      notRechecked(first: $first) {{ {_part} }}
    }}
  }}
}}
"""

RUN_GROUPS = """
query RunGroups($id: ID!, $first: Int!, $resolution: Float!) {
  communities(run: $id, first: $first, resolution: $resolution) {
    count parts entities
    nodes {
      size cohesion
      kinds { kind count }
      members(first: 3) { entity { caption } }
      leaving(first: 3) { type from { caption } to { caption } }
    }
  }
}
"""

RUN = """
query Run($id: ID!) {
  run(id: $id) {
    id state reason reached requests jobsOpen jobsDone jobsFailed
    answers { collector outcome answers } progress { reused }
  }
}
"""

# What the terminal shows of a schedule, with the next `$next` runs.
_schedule = """
    id cron timezone jitterSeconds missedRunPolicy missedRunGraceMinutes overlapPolicy isEnabled
    setBy setAt queuedFor lastFiredAt lastOutcome
    nextRuns(first: $next) { plannedFor beginsAt }
    outcomes { plannedFor at outcome reason run { id } }
"""

SCHEDULE_LIST = """
query ScheduleList($after: String) {
  schedules(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { cron timezone isEnabled lastOutcome lastFiredAt nextRuns(first: 1) { beginsAt } scan { id name } }
  }
}
"""

SCHEDULE_SHOWN = f"""
query ScheduleShown($scan: ID!, $next: Int!) {{
  scan(id: $scan) {{ id name schedule {{ {_schedule} }} }}
}}
"""

SET_SCHEDULE = f"""
mutation SetSchedule($scan: ID!, $input: ScheduleInput!, $next: Int!) {{
  setSchedule(scan: $scan, input: $input) {{
    schedule {{ {_schedule} scan {{ id name }} }}
    errors {{ message }}
  }}
}}
"""

REMOVE_SCHEDULE = """
mutation RemoveSchedule($scan: ID!) {
  removeSchedule(scan: $scan) { wasSet errors { message } }
}
"""

# What the terminal shows of a module in a list.
_module = """
    id kind activity status isEnabled pinned liveVersions workers title
    health { state reason fault since until failures }
    secrets { name isSet }
"""

MODULE_LIST = f"""
query ModuleList($kind: ModuleKind, $after: String) {{
  modules(kind: $kind, first: 50, after: $after) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_module} }}
  }}
}}
"""

MODULE_SHOWN = f"""
query ModuleShown($id: ID!, $days: Int!, $counts: Boolean!) {{
  module(id: $id) {{
    {_module}
    summary version source docs terms inputs outputs ceiling mostRequests options
    origin {{ kind distribution version }}
    settings(first: 5) {{ version isEnabled options setBy setAt }}
    fresh {{ input seconds }}
    usage(days: $days) @include(if: $counts) {{
      calls answers found absent errors skipped errorRate p50Milliseconds p95Milliseconds
    }}
  }}
}}
"""

CONFIGURE_MODULE = f"""
mutation ConfigureModule($id: ID!, $isEnabled: Boolean, $options: JSON) {{
  configureModule(id: $id, isEnabled: $isEnabled, options: $options) {{
    module {{ {_module} settings(first: 1) {{ version options }} }}
    errors {{ message }}
  }}
}}
"""

TEST_MODULE = """
mutation TestModule($id: ID!, $entity: TestedEntityInput!, $key: ID) {
  testModule(id: $id, entity: $entity, key: $key) {
    test { outcome factCount requests milliseconds error fault keyWorks facts { name key target } }
    errors { message }
  }
}
"""

RESET_MODULE = f"""
mutation ResetModule($id: ID!) {{
  resetModule(id: $id) {{ module {{ {_module} }} errors {{ message }} }}
}}
"""

PIN_MODULE = f"""
mutation PinModule($id: ID!, $version: Int) {{
  pinModule(id: $id, version: $version) {{ module {{ {_module} }} errors {{ message }} }}
}}
"""

RUNS = """
query Runs { runs(first: 20) { nodes { id state seeds createdAt } } }
"""

CONFIGURATION = """
query Configuration { configuration { document } }
"""

PLAN_CONFIGURATION = """
query PlanConfiguration($document: JSON!) {
  planConfiguration(document: $document) { digest changes { name before after } }
}
"""

APPLY_CONFIGURATION = """
mutation ApplyConfiguration($document: JSON!, $plan: String!, $reason: String!) {
  applyConfiguration(document: $document, plan: $plan, reason: $reason) {
    configuration { number }
    errors { message }
  }
}
"""

PLAN_RETENTION = """
query PlanRetention($settings: JSON!) {
  planRetention(settings: $settings) {
    isHeld
    policies {
      setting own floor ceiling days before needed
      goes { count bytes oldestAt }
      held { count bytes oldestAt }
    }
  }
}
"""

LEGAL_HOLDS = """
query LegalHolds {
  legalHolds(first: 500) {
    nodes { id reason setBy setAt liftedBy liftedAt liftReason }
  }
}
"""

SET_LEGAL_HOLD = """
mutation SetLegalHold($reason: String!) {
  setLegalHold(reason: $reason) { hold { id setAt } errors { message } }
}
"""

LIFT_LEGAL_HOLD = """
mutation LiftLegalHold($id: ID!, $reason: String!) {
  liftLegalHold(id: $id, reason: $reason) { hold { id liftedAt } errors { message } }
}
"""

SET_SECRET = """
mutation SetSecret($source: String!, $name: String!, $value: SecretText!, $expiresAt: DateTime) {
  setSecret(source: $source, name: $name, value: $value, expiresAt: $expiresAt) {
    secret { version }
    errors { message }
  }
}
"""  # noqa: S105 - a document

REMOVE_SECRET = """
mutation RemoveSecret($source: String!, $name: String!) {
  removeSecret(source: $source, name: $name) { wasSet errors { message } }
}
"""  # noqa: S105 - a document

SECRETS = """
query Secrets {
  secrets {
    id source name label version keyVersion setAt lastUsedAt expiresAt isExpired state trouble usableAt
    quota { usedToday usedThisMonth left resetsAt }
  }
}
"""

ADD_SOURCE_KEY = """
mutation AddSourceKey(
  $source: String!, $name: String!, $value: SecretText!, $label: String!, $expiresAt: DateTime
) {
  addSourceKey(source: $source, name: $name, value: $value, label: $label, expiresAt: $expiresAt) {
    secret { id label }
    errors { message }
  }
}
"""

CHANGE_SOURCE_KEY = """
mutation ChangeSourceKey($id: ID!, $label: String, $isEnabled: Boolean) {
  changeSourceKey(id: $id, label: $label, isEnabled: $isEnabled) { secret { label state } errors { message } }
}
"""

REMOVE_SOURCE_KEY = """
mutation RemoveSourceKey($id: ID!) { removeSourceKey(id: $id) { wasSet errors { message } } }
"""

NEEDED_SECRETS = """
query NeededSecrets {
  neededSecrets { source name isSet docs usedBy { id activity } unlocks { id activity } asksAbout answers }
}
"""

IMPORT_FILE = """
mutation ImportFile($file: Upload!, $input: ImportFileInput) {
  importFile(file: $file, input: $input) {
    report {
      format sha256 rows rejected unmapped
      facts { name count }
      rejections { position reason }
    }
    errors { field message }
  }
}
"""

STATISTICS = """
query Statistics {
  statistics { entities { name count } relationships { name count } }
}
"""

FINDINGS = """
query Findings($first: Int!, $after: String) {
  findings(first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { rule severity title explanation openedAt subject { kind caption } }
  }
}
"""

UNJUDGED = """
query Unjudged { statistics { unjudgedWrites } }
"""


def named() -> dict[str, str]:
    """Every document of this package, by its name."""
    modules = [each.name for each in pkgutil.iter_modules(__path__)]
    spaces = [globals(), *(vars(importlib.import_module(f"{__name__}.{each}")) for each in modules)]
    return {name: text for space in spaces for name, text in space.items() if name.isupper()}


def all_documents() -> list[str]:
    """Every document of this package."""
    return list(named().values())
