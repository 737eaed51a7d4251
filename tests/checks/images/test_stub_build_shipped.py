"""stub-build-shipped over the ways to build twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.images.stub_build_shipped import CHECK
from flawless.model.check import Outcome, Verdict

AskDockerfile = Callable[..., Verdict]

FAIL, PASS = Outcome.FAIL, Outcome.PASS

STUB = 'RUN mkdir src && echo "fn main() {}" > src/main.rs && cargo build --release'


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        (f"{STUB} && rm -rf src\nCOPY src ./src\nRUN cargo build --release", FAIL),
        (f"{STUB}\nCOPY . .\nRUN cargo build --release --locked --bin app", FAIL),
        ("RUN cargo new app && cargo build --release\nCOPY . .\nRUN cargo build --release", FAIL),
        ("RUN touch src/lib.rs && cargo build\nCOPY . .\nRUN cargo build", FAIL),
        ("RUN <<EOF\necho 'fn main() {}' > src/main.rs\ncargo build\nEOF\nCOPY src src\nRUN cargo build", FAIL),
        ("RUN echo 'fn main(){}' > src/main.rs\nRUN cargo build --release\nCOPY . .\nRUN cargo build --release", FAIL),
        (f"{STUB}\nCOPY . .\nRUN touch src/main.rs && cargo build --release", PASS),
        (f"{STUB}\nCOPY . .\nRUN find src -name '*.rs' -exec touch {{}} + \nRUN cargo build --release", PASS),
        (f"{STUB}\nCOPY . .\nRUN cargo clean -p app && cargo build --release", PASS),
        (f"{STUB}\nCOPY . .\nRUN rm -f target/release/deps/app* && cargo build --release", PASS),
        (f"{STUB} && rm -rf target/release/deps/app*\nCOPY . .\nRUN cargo build --release", PASS),
        (f"{STUB}\nCOPY --from=other /src src\nRUN cargo build --release", PASS),
        ("COPY . .\nRUN cargo build --release", PASS),
        ("RUN cargo install cargo-chef\nCOPY . .\nRUN cargo build --release", PASS),
        (f"{STUB}\nFROM deps AS next\nCOPY . .\nRUN cargo build --release", FAIL),
    ],
)
def test_a_stub_is_never_taken_for_the_program(ask_dockerfile: AskDockerfile, steps: str, outcome: Outcome) -> None:
    verdict = ask_dockerfile(CHECK, f"FROM rust:1.83 AS deps\n{steps}")
    assert verdict.outcome is outcome


def test_the_second_build_is_the_line_to_change(ask_dockerfile: AskDockerfile) -> None:
    text = f"FROM rust:1.83\n{STUB}\nCOPY . .\nRUN cargo build --release"
    verdict = ask_dockerfile(CHECK, text)
    assert str(verdict.findings[0].location) == "app/Dockerfile:4"


def test_an_image_from_elsewhere_is_not_judged_by_its_dockerfile(ask_dockerfile: AskDockerfile) -> None:
    assert ask_dockerfile(CHECK, "FROM scratch", build=None).outcome is Outcome.NOT_APPLICABLE
