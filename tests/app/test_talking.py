"""Which variable makes a service say more, and how it is spelled."""

from __future__ import annotations

import msgspec
import pytest

from flawless.app.talking import DEBUG_LABEL, assignments, louder, talkative
from flawless.errors import UsageError
from flawless.model.observed_files import NameRead, Source
from flawless.model.release import Release
from flawless.model.stack import Origin

AT = Origin("app.py", 1)


def source(*names: str, language: str = "", service: str = "web") -> Source:
    reads = tuple(NameRead(name, AT) for name in names)
    return Source(dockerfile="Dockerfile", services=(service,), reads=reads, languages=(language,))


@pytest.mark.parametrize(
    ("env", "sources", "wanted"),
    [
        ({"LOG_LEVEL": "info"}, [], {"LOG_LEVEL": "debug"}),
        ({"LOG_LEVEL": "INFO"}, [], {"LOG_LEVEL": "DEBUG"}),
        ({"LOG_LEVEL": "20"}, [], {"LOG_LEVEL": "10"}),
        ({"RUST_LOG": "info,sqlx=warn"}, [], {"RUST_LOG": "debug"}),
        ({"LOG_LEVEL": "info", "RUST_LOG": "info"}, [source("RUST_LOG")], {"RUST_LOG": "debug"}),
        ({}, [source("APP_LOG_LEVEL", language="python")], {"APP_LOG_LEVEL": "DEBUG"}),
        ({}, [source("RUST_LOG", language="rust")], {"RUST_LOG": "debug"}),
    ],
    ids=["set", "capitals", "a-number", "directives", "the-one-that-is-read", "read-by-python", "read-by-rust"],
)
def test_the_variable_is_found_and_spelled_as_it_was(
    env: dict[str, str], sources: list[Source], wanted: dict[str, str]
) -> None:
    assert louder("web", env, sources, "debug") == wanted


@pytest.mark.parametrize(
    ("env", "sources"),
    [({}, []), ({"PATH": "/bin", "LOGIN_LEVELS": "3"}, []), ({}, [source("LOG_LEVEL", service="other")])],
    ids=["nothing", "other-names", "another-service"],
)
def test_without_a_variable_one_is_asked_for(env: dict[str, str], sources: list[Source]) -> None:
    with pytest.raises(UsageError, match="names a variable"):
        louder("web", env, sources, "debug")


def test_a_release_says_more_in_one_service_and_is_another_one() -> None:
    model = {"services": {"web": {"environment": {"A": "1"}}, "db": {"environment": {"A": "1"}}}}
    good = Release(
        id="r1",
        stack="shop",
        revision="abc",
        created=1.0,
        stack_digest="",
        env_digest="",
        services=(),
        config=msgspec.json.encode(model).decode(),
    )
    made = talkative(good, "web", {"LOG_LEVEL": "debug"}, "2026-01-01T00:00:00Z")
    services = msgspec.json.decode(made.config)["services"]
    assert services["web"]["environment"] == {"A": "1", "LOG_LEVEL": "debug"}
    assert services["web"]["labels"] == {DEBUG_LABEL: "2026-01-01T00:00:00Z"}
    assert services["db"] == model["services"]["db"]
    assert made.id != good.id


def test_words_of_a_table_are_read_and_others_refused() -> None:
    assert assignments(["A=1", "B=x=y", "C="]) == {"A": "1", "B": "x=y", "C": ""}
    for word in ("A", "=1", ""):
        with pytest.raises(UsageError, match="NAME=VALUE"):
            assignments([word])
