-- Lines of statements are appended, and each points to its cat's line before it: an index by cat would touch a page for each line.
-- Those from before stay where they are.
CREATE TABLE statement_line (
    number   INTEGER PRIMARY KEY,
    previous INTEGER,
    cat      TEXT    NOT NULL,
    position INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    asset    TEXT    NOT NULL,
    amount   INTEGER NOT NULL,
    balance  INTEGER NOT NULL,
    why      TEXT    NOT NULL
) STRICT;
CREATE TABLE statement_head (
    cat    TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A snapshot's state comes in parts, so that trading goes on between them; the row in `snapshot` makes it whole. Those from before have none.
CREATE TABLE snapshot_part (
    position INTEGER NOT NULL,
    part     INTEGER NOT NULL,
    bytes    BLOB    NOT NULL,
    UNIQUE (position, part)
) STRICT;
ALTER TABLE snapshot ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
