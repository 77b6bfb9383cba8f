"""The GraphQL documents that commands send; a contract test holds them to `schema.graphql`.

An API that answers trusted documents only answers these, too.
"""

from __future__ import annotations

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
    digest mostRequests later
    collectors { collector activity seeds reused hosts secrets mostRequests workers }
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
    pausedAt resumedAt secondsLeft
    retries {{ id }}
    spent {{ requests {{ used limit }} entities {{ used limit }} minutes {{ used limit }} }}
    progress {{ collector done waiting underWay failed absent lookups reused }}
  }}
}}
"""

RUN = """
query Run($id: ID!) {
  run(id: $id) {
    id state reason reached requests jobsOpen jobsDone jobsFailed
    answers { collector outcome answers } progress { reused }
  }
}
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
  secrets { source name version keyVersion setAt lastUsedAt expiresAt isExpired }
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


def all_documents() -> list[str]:
    """Every document of this module."""
    return [text for name, text in globals().items() if name.isupper()]
