"""The readers of source: what each language's ways of reading a variable come to, and that no text is too much."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.probes.files import (
    _reads_go,
    _reads_js,
    _reads_python,
    _reads_rust,
    _reads_shell,
)
from flawless.probes.files._reads import Found

READERS = {
    "python": _reads_python.read,
    "rust": _reads_rust.read,
    "go": _reads_go.read,
    "js": _reads_js.read,
    "shell": _reads_shell.read,
}
REQUIRED, DEFAULT, READ, BAKED = "required", "default", "read", "baked"

PYTHON = [
    ('os.environ["A"]', REQUIRED),
    ('environ["A"]', REQUIRED),
    ('os.environ.get("A")', READ),
    ('os.environ.get("A", "x")', DEFAULT),
    ('os.getenv("A", "x")', DEFAULT),
    ('os.environ.setdefault("A", "x")', DEFAULT),
    ('if debug:\n    os.environ["A"]', READ),
    ('x = os.environ["A"] if debug else 1', READ),
    ('if os.environ["A"] == "x": pass', REQUIRED),
    ('try:\n    os.environ["A"]\nexcept KeyError: pass', READ),
    ('def f():\n    return os.environ["A"]', REQUIRED),
    ('env = os.environ\nenv["A"]', REQUIRED),
    ('def need(name):\n    return os.environ[name]\nneed("A")', REQUIRED),
    ('from decouple import config\nconfig("A")', REQUIRED),
    ('from decouple import config\nconfig("A", default=1)', DEFAULT),
    ('import environ\nenv = environ.Env()\nenv.str("A")', REQUIRED),
    ('from environs import Env\nenv = Env()\nenv.int("A", 3)', DEFAULT),
    ("class S(BaseSettings):\n    a: str", REQUIRED),
    ("class S(BaseSettings):\n    a: str = 'x'", DEFAULT),
    ("class S(BaseSettings):\n    a: str = Field(...)", REQUIRED),
    ("class S(BaseSettings):\n    a: list[str] = Field(default_factory=list)", DEFAULT),
    ("class S(BaseSettings):\n    x: str = Field(validation_alias='A')", REQUIRED),
    ("class S(BaseSettings):\n    x: str = Field(validation_alias=AliasChoices('A', 'B'))", READ),
    ("class S(BaseSettings):\n    model_config = SettingsConfigDict(secrets_dir='/run')\n    a: str", READ),
    ("class B(BaseSettings): pass\nclass S(B):\n    a: str", REQUIRED),
]
RUST = [
    ('env::var("A").unwrap();', REQUIRED),
    ('std::env::var("A").expect("A is needed");', REQUIRED),
    ('fn f() -> R { let a = env::var("A")?; }', REQUIRED),
    ('env::var("A").map_err(|_| Missing)?;', REQUIRED),
    ('env::var("A").unwrap_or_else(|_| panic!("no A"));', REQUIRED),
    ('env::var("A").unwrap_or_default();', DEFAULT),
    ('env::var("A").ok().map(|x| x.trim().to_owned());', DEFAULT),
    ('if let Ok(a) = env::var("A") { f(a)?; }', DEFAULT),
    ('match env::var("A") { Ok(a) => a, Err(_) => "x".into() };', DEFAULT),
    ('fn f() { if s3 { env::var("A").unwrap(); } }', READ),
    ('C { a: env::var("A").unwrap(), b: env::var("B").unwrap_or_default() };', REQUIRED),
    ('const KEY: &str = "A"; fn f() { env::var(KEY).unwrap(); }', REQUIRED),
    ('use std::env::var; fn f() { var("A").unwrap(); }', REQUIRED),
    ('dotenvy::var("A").unwrap();', REQUIRED),
    ('const A: &str = env!("A");', BAKED),
    ("struct S { #[arg(long, env)]\n a: String }", REQUIRED),
    ('struct S { #[arg(env = "A")]\n x: Option<String> }', DEFAULT),
    ('struct S { #[clap(long, env = "A", default_value = "1")]\n x: u16 }', DEFAULT),
    ("struct S { a: String } fn f() { envy::from_env::<S>(); }", REQUIRED),
    ("struct S { a: Option<String> } fn f() { envy::from_env::<S>(); }", DEFAULT),
]
GO = [
    ('os.Getenv("A")\n', READ),
    ('a := os.Getenv("A")\nif a == "" {\n\tlog.Fatal("A")\n}\n', REQUIRED),
    ('a := os.Getenv("A")\nif a == "" {\n\ta = "x"\n}\n', DEFAULT),
    ('a, ok := os.LookupEnv("A")\nif !ok {\n\tpanic("A")\n}\n', REQUIRED),
    ('type C struct {\n\tX string `env:"A,required"`\n}\n', REQUIRED),
    ('type C struct {\n\tX string `env:"A" envDefault:"x"`\n}\n', DEFAULT),
    ('type C struct {\n\tX string `envconfig:"A" required:"true"`\n}\n', REQUIRED),
]
JS = [
    ("const a = process.env.A;", READ),
    ('const a = process.env["A"];', READ),
    ('const a = process.env.A || "x";', DEFAULT),
    ("const a = process.env.A ?? 3;", DEFAULT),
    ("if (!process.env.A) { throw new Error(); }", REQUIRED),
    ("if (!process.env.A) process.exit(1);", REQUIRED),
    ("if (!process.env.A && !process.env.B) { throw new Error(); }", READ),
    ("if (s3) { if (!process.env.A) throw 1; }", READ),
    ("const { A } = process.env;", READ),
    ('const { A = "x" } = process.env;', DEFAULT),
    ("const a = import.meta.env.A;", READ),
    ("z.object({ AA: z.string() }).parse(process.env)", REQUIRED),
    ("z.object({ AA: z.string().optional() }).parse(process.env)", DEFAULT),
    ("createEnv({ server: { AA: z.string().url() }, runtimeEnv: process.env })", REQUIRED),
    ("cleanEnv(process.env, { AA: str() })", REQUIRED),
    ("cleanEnv(process.env, { AA: port({ default: 3 }) })", DEFAULT),
]
SHELL = [
    ('echo "$A"', READ),
    ("echo ${A:-x}", DEFAULT),
    (': "${A:=x}"', DEFAULT),
    (': "${A:?is needed}"', REQUIRED),
    ('if s3; then\n  : "${A:?}"\nfi', READ),
    ('if [ -z "$A" ]; then\n  exit 1\nfi', REQUIRED),
    ('A="${A:-x}"; echo "$A"', DEFAULT),
]
CASES = [
    pytest.param(language, text, kind, id=f"{language}-{number}")
    for language, cases in {"python": PYTHON, "rust": RUST, "go": GO, "js": JS, "shell": SHELL}.items()
    for number, (text, kind) in enumerate(cases)
]


def kind_of(found: Found, name: str) -> str:
    """How a name is read, over all its places."""
    reads = [each for each in found.reads if each.name == name]
    assert reads, f"{name} is not read in {found}"
    for kind in (BAKED, DEFAULT, REQUIRED):
        if any(getattr(each, kind) for each in reads):
            return kind
    return READ


@pytest.mark.parametrize(("language", "text", "kind"), CASES)
def test_a_variable_is_read_as_its_language_means_it(language: str, text: str, kind: str) -> None:
    assert kind_of(READERS[language](text), "AA" if "AA:" in text else "A") == kind


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", 'os.environ["a"] = "x"; debug = "os.environ[A]"'),
        ("rust", '// env::var("A")\n/* env::var("A") */ fn f() {}'),
        ("rust", '#[cfg(test)]\nmod tests { fn f() { env::var("A").unwrap(); } }'),
        ("js", '// process.env.A\nconst x = environment("A");'),
        ("go", '// os.Getenv("A")'),
        ("shell", "A=1\necho $A # $B"),
        ("shell", "for A in 1 2; do echo $A; done; echo $$A \\$A"),
    ],
)
def test_what_is_no_reading_is_none(language: str, text: str) -> None:
    assert not [each for each in READERS[language](text).reads if each.name == "A" and not each.default]


@pytest.mark.parametrize(
    ("language", "text", "prefixes"),
    [
        ("python", 'os.environ[f"APP_{x}"]', ["APP_"]),
        ("python", "for name in os.environ: pass", [""]),
        ("python", "os.environ[make()]", [""]),
        ("python", "def f(name):\n    return os.environ[name]", []),
        ("python", 'class S(BaseSettings):\n    model_config = {"env_prefix": PREFIX}\n    a: str', [""]),
        ("python", "def broken(os.environ", [""]),
        ("rust", 'env::var(format!("{}_URL", x))', [""]),
        ("rust", "fn f(name: &str) { env::var(name) }", []),
        ("rust", 'Environment::with_prefix("SHOP")', ["SHOP"]),
        ("rust", "for (name, value) in env::vars() {}", [""]),
        ("go", 'os.Getenv("APP_" + name)', ["APP_"]),
        ("go", "viper.AutomaticEnv()", [""]),
        ("js", "const a = process.env[`APP_${x}`];", ["APP_"]),
        ("js", "function f(name) { return process.env[name]; }", []),
        ("js", "spawn(x, { env: { ...process.env } })", [""]),
        ("shell", 'eval "$x"', [""]),
    ],
)
def test_names_that_are_put_together_are_told_by_their_beginning(language: str, text: str, prefixes: list[str]) -> None:
    assert [prefix for prefix, _ in READERS[language](text).untold] == prefixes


def test_lines_are_those_of_the_source() -> None:
    text = '\n\n/* two\nlines */\nlet a = env::var("A").unwrap();'
    (read,) = _reads_rust.read(text).reads
    assert read.line == 5
    assert list(_reads_rust.queries('\nsqlx::query_as!(User, "select 1");')) == [2]
    assert list(_reads_rust.queries('// query!("x")\nlet s = "query!(x)"; query("select 1");')) == []


PIECES = st.sampled_from(
    [
        'os.environ["',
        "os.getenv(",
        "env::var(",
        "process.env.",
        "process.env[",
        "${",
        "}",
        "{",
        '"',
        "'",
        "`",
        "\\",
        "/*",
        "*/",
        "//",
        "\n",
        "A",
        "if (",
        ")",
        "[",
        "]",
        "#[arg(",
        "env",
        ":?",
        "$",
        "=",
        "\0",
        "\ud800",
        "é",
        "class S(BaseSettings):",
        "z.object(",
        ": z.",
        "struct S {",
        "envy::from_env::<S>()",
        "-z ",
        "import environ",
        "Env(",
        "    ",
    ]
)


@pytest.mark.parametrize("language", READERS)
@given(text=st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=60).map("".join)))
def test_no_text_raises(language: str, text: str) -> None:
    assert isinstance(READERS[language](text), Found)


@pytest.mark.parametrize("language", READERS)
@pytest.mark.parametrize(
    "piece",
    [
        '"\\',
        "/*",
        "{",
        'os.environ["A"] ',
        'env::var("A") ',
        "process.env.A ",
        "${A",
        "((((",
        "`${",
        'if [ -z "$A" ]; then ',
        "'",
        "{ A, ",
        "#[arg(env ",
        "A: z.",
        "x = (",
        'os.Getenv("A")\nif a == "" {',
    ],
)
def test_the_time_is_bounded_for_the_longest_file_that_is_read(language: str, piece: str) -> None:
    text = (piece * (256 * 1024 // len(piece))) + " os.environ process.env env os.Getenv"
    began = time.process_time()
    READERS[language](text)
    assert time.process_time() - began < 2


def test_deep_nesting_is_no_end(reader: Callable[[str], Found] = _reads_python.read) -> None:
    assert reader("import os\nos.environ\n" + "(" * 5_000 + ")" * 5_000).untold
    assert reader("import os\nos.environ\nx = " + "not " * 3_000 + "1").untold is not None
