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
        mode TEXT NOT NULL,
        registered INTEGER NOT NULL, -- 1: brought along, not issued here
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
    """
    CREATE TABLE IF NOT EXISTS thing_group (
        name TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        parent TEXT REFERENCES thing_group (name),
        root TEXT NOT NULL, -- the topmost group of its hierarchy, itself if it has no parent
        level INTEGER NOT NULL, -- 1: has no parent
        description TEXT,
        attributes TEXT NOT NULL, -- a JSON object
        created REAL NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS thing_group_children ON thing_group (parent, name)",
    # Deferred: a deleted thing leaves its groups a moment later, in the same transaction.
    """
    CREATE TABLE IF NOT EXISTS membership (
        thing_name TEXT REFERENCES thing (name) DEFERRABLE INITIALLY DEFERRED,
        group_name TEXT REFERENCES thing_group (name),
        PRIMARY KEY (thing_name, group_name)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS membership_of_group ON membership (group_name, thing_name)",
    """
    CREATE TABLE IF NOT EXISTS policy (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of creation
        name TEXT NOT NULL UNIQUE,
        default_version INTEGER NOT NULL,
        last_version INTEGER NOT NULL, -- numbers of deleted versions do not come again
        generation TEXT NOT NULL,
        created REAL NOT NULL,
        modified REAL NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS policy_version (
        policy_name TEXT REFERENCES policy (name),
        version INTEGER,
        document TEXT NOT NULL,
        created REAL NOT NULL,
        PRIMARY KEY (policy_name, version)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS policy_target (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of attachment
        policy_name TEXT NOT NULL REFERENCES policy (name),
        certificate_id TEXT REFERENCES certificate (id),
        group_name TEXT REFERENCES thing_group (name),
        CHECK ((certificate_id IS NULL) <> (group_name IS NULL)),
        UNIQUE (certificate_id, policy_name),
        UNIQUE (group_name, policy_name)
    )
    """,
    "CREATE INDEX IF NOT EXISTS policy_targets ON policy_target (policy_name)",
)
