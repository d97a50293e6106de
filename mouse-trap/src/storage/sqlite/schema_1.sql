-- Times are milliseconds of the Unix epoch, positions WGS 84 degrees, masses grams.
CREATE TABLE sites (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    registered_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE traps (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL REFERENCES sites (id),
    jurisdiction TEXT NOT NULL,
    owner TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    status TEXT NOT NULL, -- JSON
    online_seen_at INTEGER, -- last seen, while it is online and in service: what the search for silent traps reads
    credential_hash BLOB,
    credential_issued_at INTEGER,
    registered_at INTEGER NOT NULL,
    retired_at INTEGER,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX traps_by_owner ON traps (owner, id);
CREATE INDEX traps_by_site ON traps (site, id);
CREATE INDEX traps_online ON traps (online_seen_at) WHERE online_seen_at IS NOT NULL;

CREATE TABLE reports (
    trap TEXT NOT NULL,
    boot TEXT NOT NULL,
    counter INTEGER NOT NULL,
    at INTEGER NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (trap, boot, counter)
) STRICT, WITHOUT ROWID;

CREATE TABLE captures (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    trap TEXT NOT NULL,
    site TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    hunter TEXT NOT NULL,
    species TEXT,
    mass_grams REAL,
    sex TEXT,
    caught_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    confidence REAL NOT NULL,
    voided_at INTEGER,
    voided_by TEXT,
    void_reason TEXT
) STRICT;
-- Without the long random ids: the few catches of one instant are sorted as they are read.
CREATE INDEX captures_by_time ON captures (caught_at);
CREATE INDEX captures_by_hunter ON captures (hunter, caught_at);
CREATE INDEX captures_by_trap ON captures (trap, caught_at);

CREATE TABLE bycatch (
    id TEXT PRIMARY KEY,
    animal TEXT NOT NULL,
    trap TEXT NOT NULL,
    site TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    hunter TEXT NOT NULL,
    species TEXT,
    mass_grams REAL,
    sex TEXT,
    caught_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    confidence REAL NOT NULL
) STRICT;
CREATE INDEX bycatch_by_time ON bycatch (caught_at);
CREATE INDEX bycatch_by_hunter ON bycatch (hunter, caught_at);

CREATE TABLE commands (
    id TEXT PRIMARY KEY,
    trap TEXT NOT NULL,
    action TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    delivered_at INTEGER,
    settled_at INTEGER,
    outcome TEXT,
    detail TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX commands_open_by_trap ON commands (trap, requested_at, id) WHERE settled_at IS NULL;
CREATE INDEX commands_open_by_expiry ON commands (expires_at) WHERE settled_at IS NULL;

CREATE TABLE import_rows (
    import TEXT NOT NULL,
    number INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    catch TEXT,
    PRIMARY KEY (import, number)
) STRICT, WITHOUT ROWID;
