"""The shell text of a stack: files, commands of Compose, and what a Dockerfile writes and starts."""

from __future__ import annotations

from pathlib import Path

from flawless.model.keys import SHELL_SCRIPTS
from tests.probes.files._world import value

COMPOSE = """\
services:
  app:
    build: .
    entrypoint: ["dumb-init", "--"]
    command:
      - sh
      - -c
      - |
        set -e
        psql -f a.sql
  store:
    image: postgres
    command: postgres -c fsync=on
"""
DOCKERFILE = """\
FROM debian
COPY <<EOF /start
#!/usr/bin/env bash
exec app
EOF
COPY <<EOF /etc/app.conf
no script
EOF
CMD app --verbose
"""


def test_text_of_files_commands_and_heredocs_is_told_with_its_line(tmp_path: Path) -> None:
    files = {"compose.yaml": COMPOSE, "Dockerfile": DOCKERFILE, "run": "#!/bin/sh\ntrue\n"}
    found = value(SHELL_SCRIPTS, files, tmp_path)
    assert [(each.path, each.shell, each.text, each.line) for each in found] == [
        ("run", "sh", "#!/bin/sh\ntrue\n", 0),
        ("compose.yaml", "sh", "set -e\npsql -f a.sql\n", 5),
        ("Dockerfile", "bash", "#!/usr/bin/env bash\nexec app\n", 2),
        ("Dockerfile", "sh", "app --verbose", 9),
        ("compose.yaml", "sh", "postgres -c fsync=on", 13),
    ]


def test_a_dockerfile_that_cannot_be_read_leaves_the_rest(tmp_path: Path) -> None:
    files = {"compose.yaml": "services:\n  app:\n    build: .\n    command: app\n", "Dockerfile": "nothing"}
    assert [each.text for each in value(SHELL_SCRIPTS, files, tmp_path)] == ["app"]
