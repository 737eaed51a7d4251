"""Every fact key, by level. A probe fills a key, a check needs it; neither imports the other."""

from __future__ import annotations

from typing import Any

from flawless.model import observed as seen
from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import FactKey, Scope
from flawless.model.nginx import NginxConfig
from flawless.model.waiver import InlineWaiver

# files
DOCKERFILE: FactKey[Dockerfile] = FactKey("dockerfile", Dockerfile, Scope.SERVICE)
DOCKERIGNORE: FactKey[seen.IgnoreFile] = FactKey("dockerignore", seen.IgnoreFile, Scope.SERVICE)
INPUTS: FactKey[tuple[seen.InputPath, ...]] = FactKey("inputs", tuple[seen.InputPath, ...], Scope.SERVICE)
PROXY_CONFIG: FactKey[NginxConfig] = FactKey("proxy-config", NginxConfig, Scope.SERVICE)
MANIFESTS: FactKey[tuple[seen.Manifest, ...]] = FactKey("manifests", tuple[seen.Manifest, ...], Scope.STACK)
ADVISORIES: FactKey[seen.AdvisoryScan] = FactKey("advisories", seen.AdvisoryScan, Scope.STACK)
GIT: FactKey[seen.GitState] = FactKey("git", seen.GitState, Scope.STACK)
EXAMPLE_ENV: FactKey[tuple[seen.ExampleVariable, ...]] = FactKey(
    "example-env", tuple[seen.ExampleVariable, ...], Scope.STACK
)
PROGRAMS: FactKey[tuple[seen.Program, ...]] = FactKey("programs", tuple[seen.Program, ...], Scope.STACK)
PROXIES: FactKey[tuple[seen.Proxy, ...]] = FactKey("proxies", tuple[seen.Proxy, ...], Scope.STACK)
OPERATIONS: FactKey[tuple[seen.SourceLine, ...]] = FactKey("operations", tuple[seen.SourceLine, ...], Scope.STACK)
CERTIFICATES: FactKey[tuple[seen.CertificateFile, ...]] = FactKey(
    "certificates", tuple[seen.CertificateFile, ...], Scope.SERVICE
)
INLINE_WAIVERS: FactKey[tuple[InlineWaiver, ...]] = FactKey("inline-waivers", tuple[InlineWaiver, ...], Scope.STACK)
SOURCES: FactKey[tuple[seen.Source, ...]] = FactKey("sources", tuple[seen.Source, ...], Scope.STACK)
INIT_SCRIPTS: FactKey[seen.InitScripts] = FactKey("init-scripts", seen.InitScripts, Scope.STACK)

# files, seen by other tools
SHELL_SCRIPTS: FactKey[tuple[seen.Script, ...]] = FactKey("shell-scripts", tuple[seen.Script, ...], Scope.STACK)
DOCKERFILE_LINT: FactKey[seen.LintRun] = FactKey("dockerfile-lint", seen.LintRun, Scope.SERVICE)
SHELL_LINT: FactKey[seen.LintRun] = FactKey("shell-lint", seen.LintRun, Scope.STACK)
SQL_LINT: FactKey[seen.LintRun] = FactKey("sql-lint", seen.LintRun, Scope.STACK)
COMPILERS: FactKey[tuple[seen.LintRun, ...]] = FactKey("compilers", tuple[seen.LintRun, ...], Scope.STACK)
FRESHNESS: FactKey[tuple[seen.Freshness, ...]] = FactKey("freshness", tuple[seen.Freshness, ...], Scope.STACK)

# images
IMAGE: FactKey[seen.ImageFacts] = FactKey("image", seen.ImageFacts, Scope.SERVICE)
HEALTH_TRIAL: FactKey[seen.Trial] = FactKey("health-trial", seen.Trial, Scope.SERVICE)
START_TRIAL: FactKey[seen.Trial] = FactKey("start-trial", seen.Trial, Scope.SERVICE)
FORMER_IMAGE: FactKey[seen.FormerImage] = FactKey("former-image", seen.FormerImage, Scope.SERVICE)
BUILD: FactKey[seen.BuildResult] = FactKey("build", seen.BuildResult, Scope.SERVICE)

# live
CONTAINERS: FactKey[tuple[seen.ContainerState, ...]] = FactKey(
    "containers", tuple[seen.ContainerState, ...], Scope.SERVICE
)
PROCESSES: FactKey[tuple[seen.Process, ...]] = FactKey("processes", tuple[seen.Process, ...], Scope.SERVICE)
USAGE: FactKey[tuple[seen.Usage, ...]] = FactKey("usage", tuple[seen.Usage, ...], Scope.SERVICE)
LOGS: FactKey[seen.LogScan] = FactKey("logs", seen.LogScan, Scope.SERVICE)
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

# soak
WINDOW: FactKey[seen.Window] = FactKey("window", seen.Window, Scope.SERVICE)
LATENCY: FactKey[seen.Latency] = FactKey("latency", seen.Latency, Scope.STACK)

ALL: tuple[FactKey[Any], ...] = tuple(value for value in list(globals().values()) if isinstance(value, FactKey))
