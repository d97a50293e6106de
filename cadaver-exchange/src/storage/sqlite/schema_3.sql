-- Who wrote an entry, and checksums over it; entries from before have none.
ALTER TABLE journal ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN checksum INTEGER;
ALTER TABLE journal ADD COLUMN events_checksum INTEGER;

-- Who may write. One row: one database holds one group of markets.
CREATE TABLE lease (
    only   INTEGER PRIMARY KEY CHECK (only = 1),
    epoch  INTEGER NOT NULL,
    beat   INTEGER NOT NULL,
    holder TEXT    NOT NULL,
    free   INTEGER NOT NULL
) STRICT;
