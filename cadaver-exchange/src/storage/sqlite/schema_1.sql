-- The journal of all commands; it is the outbox too.
CREATE TABLE journal (
    position       INTEGER PRIMARY KEY,
    at_ms          INTEGER NOT NULL,
    source         TEXT,
    traceparent    TEXT,
    command        TEXT    NOT NULL,
    events_before  INTEGER NOT NULL,
    events_through INTEGER NOT NULL,
    events         TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_source ON journal (source) WHERE source IS NOT NULL;
CREATE INDEX journal_events ON journal (events_through);

CREATE TABLE trade (
    market      TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    price       INTEGER NOT NULL,
    quantity    INTEGER NOT NULL,
    taker       TEXT    NOT NULL,
    executed_at INTEGER NOT NULL,
    PRIMARY KEY (market, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    position INTEGER PRIMARY KEY,
    hash     BLOB NOT NULL,
    state    BLOB NOT NULL
) STRICT;

-- Small facts: the journal's id, how far its events are published, what cat-node said about keys.
CREATE TABLE mark (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
