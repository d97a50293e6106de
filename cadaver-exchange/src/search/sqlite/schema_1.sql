CREATE TABLE lot (
    number    INTEGER PRIMARY KEY,
    lot       TEXT    NOT NULL UNIQUE,
    kind      TEXT    NOT NULL,
    grade     TEXT    NOT NULL,
    market    TEXT,
    status    TEXT    NOT NULL,
    species   TEXT,
    mass_mg   INTEGER,
    price     INTEGER,
    caught_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX lot_species ON lot (species);
CREATE INDEX lot_market ON lot (market, price);

-- Words of species and kind; neither ever changes.
CREATE VIRTUAL TABLE lot_words USING fts5(words, content = '', tokenize = 'unicode61 remove_diacritics 0');

CREATE TABLE progress (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    journal TEXT    NOT NULL,
    through INTEGER NOT NULL
) STRICT;
