"""start-not-executable over users, owners and modes."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.images.start_not_executable import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.facts import known, service_subject
from flawless.model.keys import DOCKERFILE, PROGRAMS
from flawless.model.observed_files import Program
from flawless.model.stack import Build, Origin
from flawless.probes.files._dockerfile import parse
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN
START = 'ENTRYPOINT ["./start"]'


def outcome(text: str, *, locked: bool = False) -> Outcome:
    build = Build("/sample", "/sample/Dockerfile", "", (), samples.HERE)
    service = samples.service("app", build=build)
    program = Program(service="app", unexecutable=Origin("start", 1) if locked else None)
    facts = [
        known(DOCKERFILE, service_subject("app"), parse(text, "Dockerfile", build)),
        known(PROGRAMS, "stack", (program,)),
    ]
    return ask(CHECK, Level.FILES, stack=samples.stack(service), facts=facts).outcome


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("COPY start /start\nUSER 1\nRUN chmod +x /start", FAIL),
        ("COPY a start /bin/\nUSER app:app\nRUN true && chmod 755 /bin/start", FAIL),
        ("WORKDIR /app\nCOPY start .\nUSER app\nRUN chmod +x start || true", FAIL),
        ("WORKDIR /app\nCOPY start ./\nUSER app\nRUN chmod a+x /app/*", FAIL),
        ("COPY --from=b /start /start\nUSER app\nRUN chmod +x /start", FAIL),
        (f"WORKDIR /app\nCOPY . .\nUSER app\nRUN chmod +x ./start\n{START}", FAIL),
        (f"WORKDIR /app\nCOPY . .\nUSER app\nRUN chmod +x ./made-here\n{START}", PASS),
        ("COPY start /start\nRUN chmod +x /start\nUSER 1", PASS),
        ("COPY start /start\nUSER 1\nUSER root\nRUN chmod +x /start\nUSER 1", PASS),
        ("COPY --chown=1 start /start\nUSER 1\nRUN chmod +x /start", PASS),
        ("COPY start /app/start\nRUN chown -R 1 /app\nUSER 1\nRUN chmod +x /app/start", PASS),
        ("COPY start /start\nUSER ${WHO}\nRUN chmod +x /start", PASS),
        ("COPY start /start\nUSER 0:0\nRUN chmod +x /start", PASS),
        ("COPY start /start\nUSER 1\nRUN sudo chmod +x /start", PASS),
        ("COPY start /start\nUSER 1\nRUN touch a && chmod +x a", PASS),
    ],
)
def test_only_its_owner_changes_the_mode_of_a_file(steps: str, expected: Outcome) -> None:
    assert outcome(f"FROM debian\n{steps}\n") is expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("COPY start /start", FAIL),
        ("COPY --chmod=755 start /start", PASS),
        ("COPY start /start\nRUN chmod +x /start", PASS),
        ("COPY start /tmp/start\nRUN install -m 755 /tmp/start /start", PASS),
    ],
)
def test_a_file_without_the_mode_gets_it_in_the_build(steps: str, expected: Outcome) -> None:
    assert outcome(f"FROM debian\n{steps}\n", locked=True) is expected


@pytest.mark.parametrize(
    ("trial", "user", "expected"),
    [
        ({"status": 126}, "10001", FAIL),
        ({"refused": "OCI: exec: permission denied"}, "10001", FAIL),
        ({"refused": "OCI: exec: permission denied"}, "", UNKNOWN),
        ({"refused": "OCI: exec: no such file or directory"}, "10001", UNKNOWN),
        ({"status": None}, "10001", PASS),
        ({"argv": []}, "10001", Outcome.NOT_APPLICABLE),
    ],
)
def test_what_the_engine_could_not_execute_is_a_failure(trial: dict[str, Any], user: str, expected: Outcome) -> None:
    changes = {
        "start-trial": {"service:backend": {"argv": ["/start"], **trial}},
        "image": {"service:backend": {"user": user}},
    }
    world = samples.stack(samples.service("backend", user="", build=None))
    assert ask(CHECK, Level.IMAGE, changes, stack=world).outcome is expected
