"""Every fact key, by level. A probe fills a key, a check needs it; neither imports the other."""

from __future__ import annotations

from typing import Any

from flawless.model import observed as seen
from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import FactKey, Scope
from flawless.model.nginx import NginxConfig

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

# images
IMAGE: FactKey[seen.ImageFacts] = FactKey("image", seen.ImageFacts, Scope.SERVICE)
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
