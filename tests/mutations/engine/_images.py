"""What only built images tell."""

from __future__ import annotations

from tests.mutations.engine._harm import Harm, Twin, edit

IMAGE = "image"
COMPOSE, DOCKERFILE = "compose.yaml", "frontend/Dockerfile"
_BEFORE = "COPY http-health /usr/local/bin/\n"
_BY_PATH = ('ENTRYPOINT ["dumb-init"', 'ENTRYPOINT ["/usr/bin/dumb-init"')
_ASKED = '["CMD", "http-health", "3000", "/healthz"]'


def step(line: str) -> tuple[str, str]:
    """One more step in the frontend's image."""
    return _BEFORE, f"{_BEFORE}{line}\n"


DEFECTS = (
    Harm("3", "the engine cannot execute what it is to start", IMAGE,
         edit(DOCKERFILE, step("RUN chmod 0644 /usr/bin/dumb-init"), _BY_PATH), frozenset({"start-not-executable"})),
    Harm("7 F06", "the healthcheck calls curl, and the image has none", IMAGE,
         edit(COMPOSE, (_ASKED, '["CMD", "curl", "-fsS", "http://127.0.0.1:3000/healthz"]')),
         frozenset({"healthcheck-binary-absent"}), "curl"),
    Harm("8 F07", "the healthcheck succeeds with nothing to ask", IMAGE,
         edit(COMPOSE, (_ASKED, '["CMD", "nginx", "-v"]')), frozenset({"healthcheck-cannot-fail"})),
    Harm("27 F40", "a secret in a layer, removed by the next one", IMAGE,
         edit(DOCKERFILE, step("RUN printf 'DB_PASSWORD=Wt7-pelican-9Xq4\\n' >/srv/.env\nRUN rm /srv/.env")),
         frozenset({"secret-in-image"}), "DB_PASSWORD"),
    Harm("F02", "a step of the build fails", IMAGE, edit(DOCKERFILE, step("RUN echo no such column >&2 && exit 3")),
         frozenset({"build-fails"}), "no such column"),
)  # fmt: skip
TWINS = (
    Twin("3", "the mode is set to what it is", IMAGE,
         edit(DOCKERFILE, step("RUN chmod 0755 /usr/bin/dumb-init"), _BY_PATH)),
    Twin("7 F06", "the healthcheck's program by its path", IMAGE,
         edit(COMPOSE, (_ASKED, '["CMD", "/usr/local/bin/http-health", "3000", "/healthz"]'))),
    Twin("8 F07", "a shell that passes the answer on", IMAGE,
         edit(COMPOSE, (_ASKED, '["CMD-SHELL", "http-health 3000 /healthz || exit 1"]'))),
    Twin("27 F40", "an example without a value, removed by the next layer", IMAGE,
         edit(DOCKERFILE, step("RUN printf 'DB_PASSWORD=\\n' >/srv/.env.example\nRUN rm /srv/.env.example"))),
    Twin("F02", "a step that succeeds with words on the error stream", IMAGE,
         edit(DOCKERFILE, step("RUN echo no such column >&2"))),
)  # fmt: skip
