"""The registry's tables."""

SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS thing (
        name TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        attributes TEXT NOT NULL -- a JSON object
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS certificate (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of creation
        id TEXT NOT NULL UNIQUE,
        pem TEXT NOT NULL,
        status TEXT NOT NULL,
        version INTEGER NOT NULL,
        generation TEXT NOT NULL,
        created REAL NOT NULL,
        modified REAL NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS attachment (
        certificate_id TEXT PRIMARY KEY REFERENCES certificate (id),
        thing_name TEXT NOT NULL REFERENCES thing (name)
    )
    """,
    "CREATE INDEX IF NOT EXISTS attachment_of_thing ON attachment (thing_name)",
)
