"""Names of variables: who reads them besides the program's own source, which are alike, and what an image is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flawless.checks.images._shared import ROOT_IMAGES, image_name
from flawless.model.observed_files import NameRead, Source
from flawless.model.stack import EnvVar, Service, Stack

# Set by the engine, the shell, the base image or the machine that builds.
_PLATFORM = frozenset(
    {"PATH", "HOME", "HOSTNAME", "PWD", "OLDPWD", "USER", "USERNAME", "LOGNAME", "SHELL", "SHLVL", "TERM", "TZ", "LANG"}
    | {"LANGUAGE", "CI", "TMP", "TMPDIR", "TEMP", "DEBUG", "NODE_ENV", "NODE_VERSION", "YARN_VERSION", "NEXT_RUNTIME"}
    | {"OUT_DIR", "TARGET", "PROFILE", "HOST", "GPG_KEY", "VIRTUAL_ENV", "GOPATH", "GOROOT", "JAVA_HOME", "NETLIFY"}
    | {
        "DYNO",
        "K_SERVICE",
        "VITEST",
        "JEST_WORKER_ID",
        "PG_MAJOR",
        "PG_VERSION",
        "PGDATA",
        "NGINX_VERSION",
        "NJS_VERSION",
    }
    | {"PKG_RELEASE", "REDIS_VERSION", "container", "SOURCE_DATE_EPOCH", "UID", "GID", "EUID", "DISPLAY", "APPDATA"}
    | {"LOCALAPPDATA"}
)
_PLATFORM_PREFIXES = (
    *("LC_", "npm_", "CARGO_", "RUST", "PYTHON", "GOLANG_", "GITHUB_", "GITLAB_", "CI_", "VERCEL", "RENDER", "FLY_"),
    *("RAILWAY_", "KUBERNETES_", "GAE_", "AWS_", "ECS_", "SSH_", "XDG_", "COMPOSE_", "DOCKER_"),
)
# Read by runtimes, servers and libraries, of which no line stands in the program's own source.
_LIBRARIES = frozenset(
    {"GOMAXPROCS", "GOGC", "GODEBUG", "GOMEMLIMIT", "GOTRACEBACK", "http_proxy", "https_proxy", "no_proxy", "all_proxy"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PGHOST", "PGPORT"}
    | {"PGUSER", "PGPASSWORD", "PGPASSFILE", "PGDATABASE", "PGOPTIONS", "PGAPPNAME", "PGTZ", "PGCONNECT_TIMEOUT"}
    | {"DATABASE_URL", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "C_FORCE_ROOT", "WORKERS", "MAX_WORKERS", "LOG_LEVEL"}
    | {"WORKERS_PER_CORE", "PORT", "BIND", "ORIGIN", "BODY_SIZE_LIMIT", "PROTOCOL_HEADER", "HOST_HEADER", "NO_COLOR"}
    | {"ADDRESS_HEADER", "SHUTDOWN_TIMEOUT", "FORCE_COLOR", "COLORTERM", "COLUMNS", "PUID", "PGID", "UMASK", "BROWSER"}
    | {"FAST_REFRESH", "APP_REVISION", "VERSION", "REVISION", "ENV", "ENVIRONMENT", "APP_ENV"}
)
_LIBRARY_PREFIXES = (
    *("NODE_", "NPM_", "JAVA_", "JDK_", "JVM_", "MALLOC_", "LD_", "GLIBC_", "OTEL_", "SENTRY_", "DD_", "NEW_RELIC_"),
    *("AZURE_", "GOOGLE_", "GCLOUD_", "S3_", "SSL_CERT_", "PGSSL", "PGSERVICE", "SQLX_", "PRISMA_", "DIESEL_"),
    *(
        "GUNICORN_",
        "UVICORN_",
        "HYPERCORN_",
        "GRANIAN_",
        "FLASK_",
        "DJANGO_",
        "CELERY_",
        "ALEMBIC_",
        "NEXT_",
        "NEXTAUTH_",
    ),
    *("AUTH_", "NITRO_", "NUXT_", "VITE_", "ASTRO_", "REMIX_", "DEBUG", "UV_", "PIP_", "POETRY_", "VIRTUAL_"),
    *("LETSENCRYPT_", "NGINX_", "USER_", "OMP_", "MKL_", "OPENBLAS_", "CUDA_", "NVIDIA_", "HF_", "TRANSFORMERS_"),
    *("TORCH_", "TOKENIZERS_", "NLTK_", "TINI_", "DUMB_INIT_", "S6_", "WATCHFILES_", "WATCHPACK_", "CHOKIDAR_", "WDS_"),
    *("GENERATE_", "PUPPETEER_", "PLAYWRIGHT_", "GIT_", "BUILD_"),
)
_BARE = re.compile(r"(?:^|/)distroless/|(?:^|/)cgr\.dev/|(?:^|/)(?:wolfi-base|static|cc|base|chiseled\w*)\b")
_AMOUNTS = frozenset({"cost", "round", "factor", "iteration", "work"})
_PAIRS = (frozenset({"host", "port"}), frozenset({"min", "max"}), frozenset({"id", "key"}), frozenset({"user", "pass"}))


def by_platform(name: str) -> bool:
    """Whether a variable is set by the engine, the shell, the base image or the place where it runs."""
    return name in _PLATFORM or name.startswith(_PLATFORM_PREFIXES)


def by_libraries(name: str) -> bool:
    """Whether a variable is one that runtimes, servers and libraries read by themselves."""
    return by_platform(name) or name in _LIBRARIES or name.startswith(_LIBRARY_PREFIXES)


def bare(source: Source) -> bool:
    """Whether an image starts from one that brings no program with settings of its own."""
    name = image_name(source.base)
    return name in ROOT_IMAGES or name in {"bun", "deno", "uv", "rust-musl-builder"} or bool(_BARE.search(source.base))


def users(source: Source, stack: Stack) -> tuple[Service, ...]:
    """The services that run an image."""
    return tuple(service for name in source.services if (service := stack.service(name)))


def given(source: Source, stack: Stack) -> dict[str, EnvVar]:
    """What Compose gives to the services of an image, by name; ``X_FILE`` is X as well."""
    found: dict[str, EnvVar] = {}
    for variable in (variable for service in users(source, stack) for variable in service.env):
        found.setdefault(variable.name, variable)
        found.setdefault(variable.name.removesuffix("_FILE"), variable)
    return found


def provided(source: Source, name: str, have: Iterable[str]) -> bool:
    """Whether somebody gives a variable: Compose, the image itself, or the platform."""
    return name in have or name in source.shipped or by_platform(name)


def is_read(source: Source, name: str) -> bool:
    """Whether a variable is read, named anywhere in the image's files, or may be read where names cannot be told."""
    spelled = {name, name.removesuffix("_FILE")}
    names = {each.name for each in source.reads} | set(source.mentioned)
    return bool(spelled & names) or any(name.startswith(each.prefix) for each in source.untold)


def renamed(source: Source, stack: Stack) -> Iterator[tuple[EnvVar, NameRead]]:
    """Pairs of a variable that is given and never read, and one that is read, not given, and alike."""
    have = given(source, stack)
    missing = [each for each in source.reads if not provided(source, each.name, have) and not each.baked]
    for variable in dict.fromkeys(have.values()):
        if not is_read(source, variable.name) and not by_libraries(variable.name):
            other = next((each for each in missing if alike(variable.name, each.name)), None)
            if other:
                yield variable, other


def alike(one: str, other: str) -> bool:
    """Whether two names are probably meant to be one.

    They differ in at most two letters (one in a short name), have the same words in another order or number, end in two
    ways to say how much, or one has a word before the other.
    """
    if one == other or min(len(one), len(other)) < 4:
        return False
    ours, theirs = _words(one), _words(other)
    if sorted(ours) == sorted(theirs):
        return True
    if len(ours) == len(theirs) and any(
        _opposed(*pair) for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]
    ):
        return False
    most = 2 if min(len(one), len(other)) >= 8 else 1
    if _distance(one, other, most) <= most:
        return True
    return _same_amount(ours, theirs) or _one_more_word(ours, theirs)


def _same_amount(ours: list[str], theirs: list[str]) -> bool:
    """BCRYPT_COST and BCRYPT_ROUNDS: the last words are two ways to say how much."""
    same = len(ours) == len(theirs) >= 2 and ours[:-1] == theirs[:-1]
    return same and {ours[-1], theirs[-1]} <= _AMOUNTS


def _one_more_word(ours: list[str], theirs: list[str]) -> bool:
    """BACKEND_PORT and PORT: one has a word before the other."""
    longer, shorter = sorted((ours, theirs), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and longer[1:] == shorter and (len(shorter) > 1 or shorter == ["port"])


def _opposed(one: str, other: str) -> bool:
    """Words that differ on purpose: numbers, and pairs such as host and port."""
    return one.isdigit() or other.isdigit() or frozenset({one, other}) in _PAIRS


def _words(name: str) -> list[str]:
    words = [word for word in name.lower().split("_") if word]
    return [word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word for word in words]


def _distance(one: str, other: str, most: int) -> int:
    """The number of single letters to change, add or leave out; ``most`` + 1 for any greater one."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for place, char in enumerate(one, 1):
        last = row
        row = [place]
        for column, letter in enumerate(other, 1):
            row.append(min(last[column] + 1, row[-1] + 1, last[column - 1] + (char != letter)))
        if min(row) > most:
            return most + 1
    return row[-1]
