"""Every fact key, by level. A probe fills a key, a check needs it; neither imports the other."""

from __future__ import annotations

from typing import Any

from flawless.model import observed as seen
from flawless.model import observed_app as asked
from flawless.model import observed_copy as copied
from flawless.model import observed_files as read
from flawless.model import observed_rehearsal as rehearsed
from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import FactKey, Scope
from flawless.model.nginx import NginxConfig
from flawless.model.waiver import InlineWaiver

# files
DOCKERFILE: FactKey[Dockerfile] = FactKey("dockerfile", Dockerfile, Scope.SERVICE)
DOCKERIGNORE: FactKey[read.IgnoreFile] = FactKey("dockerignore", read.IgnoreFile, Scope.SERVICE)
INPUTS: FactKey[tuple[read.InputPath, ...]] = FactKey("inputs", tuple[read.InputPath, ...], Scope.SERVICE)
PROXY_CONFIG: FactKey[NginxConfig] = FactKey("proxy-config", NginxConfig, Scope.SERVICE)
MANIFESTS: FactKey[tuple[read.Manifest, ...]] = FactKey("manifests", tuple[read.Manifest, ...], Scope.STACK)
ADVISORIES: FactKey[read.AdvisoryScan] = FactKey("advisories", read.AdvisoryScan, Scope.STACK)
GIT: FactKey[read.GitState] = FactKey("git", read.GitState, Scope.STACK)
HISTORY: FactKey[read.History] = FactKey("history", read.History, Scope.STACK)
EXAMPLE_ENV: FactKey[tuple[read.ExampleVariable, ...]] = FactKey(
    "example-env", tuple[read.ExampleVariable, ...], Scope.STACK
)
PROGRAMS: FactKey[tuple[read.Program, ...]] = FactKey("programs", tuple[read.Program, ...], Scope.STACK)
PROXIES: FactKey[tuple[read.Proxy, ...]] = FactKey("proxies", tuple[read.Proxy, ...], Scope.STACK)
OPERATIONS: FactKey[tuple[read.SourceLine, ...]] = FactKey("operations", tuple[read.SourceLine, ...], Scope.STACK)
CERTIFICATES: FactKey[tuple[read.CertificateFile, ...]] = FactKey(
    "certificates", tuple[read.CertificateFile, ...], Scope.SERVICE
)
INLINE_WAIVERS: FactKey[tuple[InlineWaiver, ...]] = FactKey("inline-waivers", tuple[InlineWaiver, ...], Scope.STACK)
SOURCES: FactKey[tuple[read.Source, ...]] = FactKey("sources", tuple[read.Source, ...], Scope.STACK)
INIT_SCRIPTS: FactKey[read.InitScripts] = FactKey("init-scripts", read.InitScripts, Scope.STACK)
MIGRATION_TOOLS: FactKey[tuple[read.MigrationTool, ...]] = FactKey(
    "migration-tools", tuple[read.MigrationTool, ...], Scope.STACK
)

# files, seen by other tools
SHELL_SCRIPTS: FactKey[tuple[read.Script, ...]] = FactKey("shell-scripts", tuple[read.Script, ...], Scope.STACK)
DOCKERFILE_LINT: FactKey[read.LintRun] = FactKey("dockerfile-lint", read.LintRun, Scope.SERVICE)
SHELL_LINT: FactKey[read.LintRun] = FactKey("shell-lint", read.LintRun, Scope.STACK)
ALEMBIC: FactKey[read.LintRun] = FactKey("alembic", read.LintRun, Scope.STACK)
SQL_LINT: FactKey[read.LintRun] = FactKey("sql-lint", read.LintRun, Scope.STACK)
LEAKS: FactKey[read.History] = FactKey("leaks", read.History, Scope.STACK)
COMPILERS: FactKey[tuple[read.LintRun, ...]] = FactKey("compilers", tuple[read.LintRun, ...], Scope.STACK)
FRESHNESS: FactKey[tuple[read.Freshness, ...]] = FactKey("freshness", tuple[read.Freshness, ...], Scope.STACK)

# images
IMAGE: FactKey[seen.ImageFacts] = FactKey("image", seen.ImageFacts, Scope.SERVICE)
IMAGE_FILES: FactKey[seen.ImageFiles] = FactKey("image-files", seen.ImageFiles, Scope.SERVICE)
HEALTH_TRIAL: FactKey[seen.Trial] = FactKey("health-trial", seen.Trial, Scope.SERVICE)
START_TRIAL: FactKey[seen.Trial] = FactKey("start-trial", seen.Trial, Scope.SERVICE)
FORMER_IMAGE: FactKey[seen.FormerImage] = FactKey("former-image", seen.FormerImage, Scope.SERVICE)
BUILD: FactKey[seen.BuildResult] = FactKey("build", seen.BuildResult, Scope.SERVICE)

# rehearsal
REHEARSAL: FactKey[rehearsed.Rehearsal] = FactKey("migration-rehearsal", rehearsed.Rehearsal, Scope.STACK)
BOOT: FactKey[copied.Boot] = FactKey("boot", copied.Boot, Scope.SERVICE)
READINESS: FactKey[copied.Readiness] = FactKey("readiness", copied.Readiness, Scope.SERVICE)
STOPPING: FactKey[copied.Stopping] = FactKey("stopping", copied.Stopping, Scope.SERVICE)
HEALTH_ANSWER: FactKey[seen.InsideAnswer] = FactKey("health-answer", seen.InsideAnswer, Scope.SERVICE)
CONFIG_TEST: FactKey[copied.ConfigTest] = FactKey("config-test", copied.ConfigTest, Scope.SERVICE)

# live
LISTENING: FactKey[copied.ListeningPorts] = FactKey("listening", copied.ListeningPorts, Scope.SERVICE)
CONTAINERS: FactKey[tuple[seen.ContainerState, ...]] = FactKey(
    "containers", tuple[seen.ContainerState, ...], Scope.SERVICE
)
PROCESSES: FactKey[tuple[seen.Process, ...]] = FactKey("processes", tuple[seen.Process, ...], Scope.SERVICE)
USAGE: FactKey[tuple[seen.Usage, ...]] = FactKey("usage", tuple[seen.Usage, ...], Scope.SERVICE)
LOGS: FactKey[seen.LogScan] = FactKey("logs", seen.LogScan, Scope.SERVICE)
LAST_WORDS: FactKey[tuple[seen.LastWords, ...]] = FactKey("last-words", tuple[seen.LastWords, ...], Scope.SERVICE)
DATABASE_LOGINS: FactKey[tuple[seen.Login, ...]] = FactKey("database-logins", tuple[seen.Login, ...], Scope.SERVICE)
CACHE_LOGINS: FactKey[tuple[seen.Login, ...]] = FactKey("cache-logins", tuple[seen.Login, ...], Scope.SERVICE)
ISOLATION: FactKey[tuple[seen.Reach, ...]] = FactKey("isolation", tuple[seen.Reach, ...], Scope.STACK)
INSIDE: FactKey[tuple[seen.InsideAnswer, ...]] = FactKey("inside", tuple[seen.InsideAnswer, ...], Scope.STACK)
ROUTES: FactKey[tuple[seen.RouteAnswer, ...]] = FactKey("routes", tuple[seen.RouteAnswer, ...], Scope.STACK)
TLS: FactKey[seen.TlsFacts] = FactKey("tls", seen.TlsFacts, Scope.STACK)
VERSION: FactKey[str] = FactKey("version", str, Scope.STACK)
HOST: FactKey[seen.HostFacts] = FactKey("host", seen.HostFacts, Scope.STACK)
FOREIGN: FactKey[tuple[seen.ForeignContainer, ...]] = FactKey("foreign", tuple[seen.ForeignContainer, ...], Scope.STACK)
RELEASE: FactKey[seen.ReleaseFacts] = FactKey("release", seen.ReleaseFacts, Scope.STACK)
PREVIOUS: FactKey[tuple[seen.ReleaseFacts, ...]] = FactKey("previous", tuple[seen.ReleaseFacts, ...], Scope.STACK)

# the application from outside: reads, then what only a throwaway copy or the operator's word allows
APP_READS: FactKey[asked.Reads] = FactKey("app-reads", asked.Reads, Scope.STACK)
APP_PREFLIGHTS: FactKey[tuple[asked.Preflight, ...]] = FactKey(
    "app-preflights", tuple[asked.Preflight, ...], Scope.STACK
)
APP_HANDSHAKES: FactKey[tuple[asked.Handshake, ...]] = FactKey(
    "app-handshakes", tuple[asked.Handshake, ...], Scope.STACK
)
APP_OPERATIONS: FactKey[asked.Reads] = FactKey("app-operations", asked.Reads, Scope.STACK)
APP_ACCESS: FactKey[asked.Accesses] = FactKey("app-access", asked.Accesses, Scope.STACK)
APP_TOKENS: FactKey[asked.TokenTrial] = FactKey("app-tokens", asked.TokenTrial, Scope.STACK)
APP_INPUTS: FactKey[asked.Inputs] = FactKey("app-inputs", asked.Inputs, Scope.STACK)
APP_INJECTIONS: FactKey[asked.Injections] = FactKey("app-injections", asked.Injections, Scope.STACK)
APP_REFLECTIONS: FactKey[asked.Reflections] = FactKey("app-reflections", asked.Reflections, Scope.STACK)
APP_AUDIT: FactKey[asked.AuditTrial] = FactKey("app-audit", asked.AuditTrial, Scope.STACK)
APP_LIMITS: FactKey[tuple[asked.LimitTrial, ...]] = FactKey("app-limits", tuple[asked.LimitTrial, ...], Scope.STACK)

# soak
WINDOW: FactKey[seen.Window] = FactKey("window", seen.Window, Scope.SERVICE)
LATENCY: FactKey[seen.Latency] = FactKey("latency", seen.Latency, Scope.STACK)

ALL: tuple[FactKey[Any], ...] = tuple(value for value in list(globals().values()) if isinstance(value, FactKey))
