CREATE TABLE runs (
    run_id    TEXT PRIMARY KEY,
    stack     TEXT NOT NULL,
    phase     TEXT NOT NULL,
    started   TEXT NOT NULL,
    seconds   REAL NOT NULL,
    exit_code INTEGER NOT NULL,
    go        INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    report    TEXT NOT NULL
);
CREATE INDEX runs_by_time ON runs (stack, started);

CREATE TABLE facts (
    run_id TEXT PRIMARY KEY REFERENCES runs (run_id) ON DELETE CASCADE,
    packed BLOB NOT NULL
);

CREATE TABLE releases (
    id       TEXT PRIMARY KEY,
    stack    TEXT NOT NULL,
    revision TEXT NOT NULL,
    state    TEXT NOT NULL,
    parent   TEXT NOT NULL,
    created  REAL NOT NULL,
    images   TEXT NOT NULL
);
CREATE INDEX releases_by_time ON releases (stack, created);

CREATE TABLE journal (
    release TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    event   TEXT NOT NULL,
    stack   TEXT NOT NULL,
    step    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    state   TEXT NOT NULL,
    at      REAL NOT NULL,
    detail  TEXT NOT NULL,
    PRIMARY KEY (release, seq)
) WITHOUT ROWID;
CREATE INDEX journal_marks ON journal (stack, event);
