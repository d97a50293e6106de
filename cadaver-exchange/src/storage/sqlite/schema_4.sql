-- What changed in each cat's account.
CREATE TABLE statement (
    cat      TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    asset    TEXT    NOT NULL,
    amount   INTEGER NOT NULL,
    balance  INTEGER NOT NULL,
    why      TEXT    NOT NULL,
    PRIMARY KEY (cat, number)
) STRICT, WITHOUT ROWID;
