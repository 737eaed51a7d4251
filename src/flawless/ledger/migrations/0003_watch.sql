CREATE TABLE samples (
    stack     TEXT NOT NULL,
    began     REAL NOT NULL,
    container TEXT NOT NULL,
    packed    BLOB NOT NULL,
    PRIMARY KEY (stack, began, container)
) WITHOUT ROWID;
CREATE INDEX samples_by_time ON samples (began);

CREATE TABLE alerts (
    stack   TEXT NOT NULL,
    raised  REAL NOT NULL,
    key     TEXT NOT NULL,
    subject TEXT NOT NULL,
    cleared REAL NOT NULL,
    said    TEXT NOT NULL,
    do      TEXT NOT NULL,
    PRIMARY KEY (stack, raised, key, subject)
) WITHOUT ROWID;
