"""What is secret, and what may be known of it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless import sensitive
from flawless.compose import secrecy
from flawless.model.stack import MASK

KEY = b"k" * 32


@pytest.mark.parametrize(
    "name",
    [
        *("PASSWORD", "DB_PASS", "POSTGRES_PASSWORD", "PGPASSWORD", "MYSQL_ROOT_PASSWORD", "MYSQL_PWD", "JWT_SECRET"),
        *(
            "SECRET_KEY_BASE",
            "API_KEY",
            "apiKey",
            "ACCESS_TOKEN",
            "REDISCLI_AUTH",
            "CREDENTIALS",
            "SENTRY_DSN",
            "PEPPER",
        ),
    ],
)
def test_a_value_is_secret_by_its_name(name: str) -> None:
    assert sensitive.is_secret(name, "aV4lue-of-it")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("DB_PASSWORD", "/run/secrets/db"),
        ("SSL_KEY_PATH", "certs/a.pem"),
        ("JWT_PUBLIC_KEY", "abcdefgh"),
        ("AWS_ACCESS_KEY_ID", "AKIAABCDEFGH"),
        ("TOKEN_TTL", "3600"),
        ("JWT_ALGORITHM", "HS256"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("DISABLE_PASSWORD", "true"),
        ("MAX_KEY", "100"),
        ("KEYBOARD", "qwertz"),
        ("MONKEY", "banana"),
        ("PASSWORD", ""),
        ("LOG_LEVEL", "info"),
        ("TOKENIZERS_PARALLELISM", "false"),
    ],
)
def test_a_look_alike_is_no_secret(name: str, value: str) -> None:
    assert not sensitive.is_secret(name, value)


@pytest.mark.parametrize(
    "value",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nx",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "ghp_" + "a" * 36,
        "glpat-" + "a" * 20,
    ],
)
def test_a_value_is_secret_by_its_shape(value: str) -> None:
    assert sensitive.is_secret("ANYTHING", value)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "changeme",
            "change-me-please",
            "your-secret-key-here",
            "supersecretjwtkey",
            "password",
            "P@ssw0rd",
            "123456",
        ),
        *("<secret>", "${SECRET}", "xxxxxxxx", "aaaaaaaa", "example-token", "postgres", "{{ secret }}", "dev-secret-1"),
        hashlib.md5(b"password").hexdigest(),
        hashlib.sha256(b"changeme").hexdigest(),
    ],
)
def test_what_a_template_left_behind_is_a_placeholder(value: str) -> None:
    assert sensitive.placeholder(value)


@pytest.mark.parametrize("value", ["k7Jq2vX9pLr4", "correct horse battery staple", "f0e4c2f76c58916ec258f246851bea09"])
def test_a_real_secret_is_no_placeholder(value: str) -> None:
    assert not sensitive.placeholder(value)


def test_traits_hold_length_in_bytes_strength_and_a_keyed_fingerprint() -> None:
    weak, strong = secrecy.traits("monkey", KEY), secrecy.traits("kJ8#vQ2!zR5^wX9&", KEY)
    assert (weak.length, strong.length) == (6, 16)
    assert weak.score < 2
    assert strong.score == 4
    assert secrecy.traits("é" * 20, KEY).length == 40
    assert secrecy.traits("monkey", KEY) == weak
    assert secrecy.traits("monkey", b"x" * 32).fingerprint != weak.fingerprint


def test_a_very_long_secret_is_scored_in_no_time() -> None:
    assert secrecy.traits("kJ8#vQ2!zR5^wX9&" * 10_000, KEY).score == 4


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("redis-server --requirepass S3CRET --port 1", f"redis-server --requirepass {MASK} --port 1"),
        ("curl http://u:S3CRET@h/x", f"curl http://u:{MASK}@h/x"),
        ("jdbc:x://h/d?user=a&password=S3CRET&x=1", f"jdbc:x://h/d?user=a&password={MASK}&x=1"),
        ("PGPASSWORD=S3CRET psql", f"PGPASSWORD={MASK} psql"),
        ("http://host:8080/path", "http://host:8080/path"),
        ('REDISCLI_AUTH="$(cat /run/secrets/x)" redis-cli', 'REDISCLI_AUTH="$(cat /run/secrets/x)" redis-cli'),
        ("--password-file /x", "--password-file /x"),
    ],
)
def test_the_form_of_a_text_gives_its_secrets_away(text: str, hidden: str) -> None:
    assert sensitive.hide_embedded(text) == hidden


def test_a_word_after_an_option_is_hidden() -> None:
    assert sensitive.hide_words(("redis-server", "--requirepass", "S3CRET"), ()) == (
        "redis-server",
        "--requirepass",
        MASK,
    )


def test_every_secret_of_a_model_is_told_to_the_masker() -> None:
    model = {
        "name": "shop",
        "services": {
            "db": {"environment": {"POSTGRES_PASSWORD": "envsecret1", "POSTGRES_USER": "app", "EMPTY": None}},
            "api": {
                "environment": {"DATABASE_URL": "postgres://app:url%40secret@db/app", "PASSWORD": "shop"},
                "build": {"args": {"NPM_TOKEN": "argsecret1"}},
                "command": ["serve", "--token", "cmdsecret1"],
                "labels": {"x.password": "labelsecret"},
            },
        },
    }
    values = secrecy.secret_values(model)
    assert set(values) == {"envsecret1", "url%40secret", "url@secret", "argsecret1", "cmdsecret1", "labelsecret"}


@given(st.text(), st.text())
def test_no_text_breaks_the_judgement_of_secrecy(name: str, value: str) -> None:
    sensitive.is_secret(name, value)
    sensitive.placeholder(value)
    secrecy.shown(name, value)


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("db_password", "correct-horse", True),
        ("jwt", "q7Zr2Kx9pV4mT8sL1nBd6", True),  # told by its value
        ("db_user", "shop_owner", False),
        ("db_host", "db.internal.example", False),
        ("db_password", "postgres", False),  # a word that every log has
        ("db_password", "shop", False),  # the stack's own name
    ],
)
def test_a_secret_of_a_file_is_looked_for_in_logs_unless_it_is_as_public_as_a_name(
    name: str, text: str, named: bool
) -> None:
    assert secrecy.file_names({name: text}, {"name": "shop", "services": {"db": {}}}) == ({text: name} if named else {})


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("password = s3cr3t-horse", ["s3cr3t-horse"]),
        ("  db_password: 'only-words-here'", ["only-words-here"]),
        ('  "api_token": "t0k3n-4711",', ["t0k3n-4711"]),
        ("create role app login password 'r0le-s3cret';", ["r0le-s3cret"]),
        ("proxy_set_header X; # see https://bob:h1dd3n-one@example.org/", ["h1dd3n-one"]),
        ("key = user_id", []),
        ("token_ttl = 3600s", []),
        ("password_file = /run/secrets/mail", []),
        ("password = admin", []),
        ("worker_processes auto;", []),
    ],
)
def test_what_mounted_configuration_gives_away_is_known(line: str, found: list[str]) -> None:
    model = {"services": {"web": {"environment": {"LOGIN_USER": "admin"}}}}
    assert secrecy.in_mounted([f"[section]\n{line}\n"], model) == found
