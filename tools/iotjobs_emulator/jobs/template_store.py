"""Job templates in the database, and what each job has from a template."""

import json
from dataclasses import dataclass, field

from ..database import Database

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS job_templates (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        template_id TEXT NOT NULL UNIQUE,
        description TEXT NOT NULL,
        document TEXT NOT NULL,
        document_source TEXT,
        configs TEXT NOT NULL,
        created_at REAL NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS job_origins (
        job_id TEXT PRIMARY KEY REFERENCES jobs (job_id) ON DELETE CASCADE,
        template_arn TEXT NOT NULL,
        parameters TEXT NOT NULL,
        document TEXT) WITHOUT ROWID""",
)


@dataclass(slots=True)
class JobTemplate:
    """A job template. `configs` has the configurations by their names in CreateJobTemplate, as
    they were given; `created_at` is seconds since 1970."""

    template_id: str
    description: str
    document: str
    document_source: str | None
    configs: dict
    created_at: float
    seq: int | None = None


@dataclass(slots=True)
class JobOrigin:
    """Where a job comes from: its template, which may be gone, and the documentParameters.

    It has the document too, as it was before these were put in (None: nothing was).
    """

    template_arn: str
    parameters: dict[str, str] = field(default_factory=dict)
    document: str | None = None


class TemplateStore:
    """Reads and writes templates and origins. Needs the table of jobs."""

    def __init__(self, database: Database):
        self._database = database
        database.create(*_SCHEMA)

    def add(self, template: JobTemplate) -> None:
        self._database.execute(
            """INSERT INTO job_templates
                (template_id, description, document, document_source, configs, created_at)
                VALUES (?, ?, ?, ?, ?, ?)""",
            (
                template.template_id,
                template.description,
                template.document,
                template.document_source,
                json.dumps(template.configs),
                template.created_at,
            ),
        )

    def template(self, template_id: str) -> JobTemplate | None:
        sql = "SELECT * FROM job_templates WHERE template_id = ?"
        row = self._database.row(sql, (template_id,))
        return row and _template(row)

    def templates(self, before: int, count: int) -> list[JobTemplate]:
        """At most `count` templates older than the one with seq `before`, the newest first."""
        sql = "SELECT * FROM job_templates WHERE seq < ? ORDER BY seq DESC LIMIT ?"
        return [_template(row) for row in self._database.rows(sql, (before, count))]

    def delete(self, template_id: str) -> None:
        self._database.execute("DELETE FROM job_templates WHERE template_id = ?", (template_id,))

    def add_origin(self, job_id: str, origin: JobOrigin) -> None:
        self._database.execute(
            "INSERT INTO job_origins VALUES (?, ?, ?, ?)",
            (job_id, origin.template_arn, json.dumps(origin.parameters), origin.document),
        )

    def origin(self, job_id: str) -> JobOrigin | None:
        """None for a job that was made without a template."""
        row = self._database.row("SELECT * FROM job_origins WHERE job_id = ?", (job_id,))
        if row is None:
            return None
        return JobOrigin(row["template_arn"], json.loads(row["parameters"]), row["document"])


def _template(row: dict) -> JobTemplate:
    return JobTemplate(**{**dict(row), "configs": json.loads(row["configs"])})
