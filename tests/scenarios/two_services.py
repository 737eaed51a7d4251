"""Two services: the reference stack's nginx before a backend of fifty lines, so that a deploy takes seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.scenarios.harness import Site, docker

COMPOSE = """\
x-hardened: &hardened
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  stop_grace_period: 30s
  restart: unless-stopped
  logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}
  tmpfs: ["/tmp:size=16m,mode=1777"]
  cpus: 1.0
  mem_limit: 128m
  pids_limit: 128
services:
  nginx:
    <<: *hardened
    image: ${COMPOSE_PROJECT_NAME}/nginx:local
    build: nginx
    user: "101:101"
    stop_signal: SIGQUIT
    environment: {HTTPS_PORT: "${HTTPS_PORT}", SERVER_NAMES: "localhost 127.0.0.1"}
    ports: ["127.0.0.1:${HTTPS_PORT}:8443", "127.0.0.1:${HTTP_PORT}:8080"]
    networks: [edge, app]
    volumes: ["./nginx/conf:/etc/nginx:ro", "./certs:/etc/viworks/certs:ro", "acme:/var/lib/viworks/acme:ro"]
    secrets: [tls_key]
    depends_on: {backend: {condition: service_healthy}}
    healthcheck: {test: ["CMD", "http-health", "8079", "/healthz"], interval: 1s, timeout: 10s, start_period: 20s}
  backend:
    <<: *hardened
    image: ${COMPOSE_PROJECT_NAME}/backend:local
    build: {context: backend, args: {REVISION: "${FLAWLESS_REVISION:-unknown}"}}
    init: true
    user: "10001:10001"
    networks: [app]
    healthcheck: {test: ["CMD", "http-health", "8081", "/health/ready"], interval: 1s, timeout: 10s, start_period: 20s}
networks:
  edge: {}
  app: {internal: true}
volumes: {acme: {}}
secrets: {tls_key: {file: ./secrets/tls_key}}
"""
DOCKERFILE = """\
FROM debian:bookworm-slim
COPY http-health /usr/local/bin/
COPY server.pl /app/server.pl
ARG REVISION=unknown
ENV APP_REVISION=$REVISION
USER 10001:10001
EXPOSE 8081
CMD ["perl", "/app/server.pl"]
"""
# Debian's smallest image has perl-base. What takes long has a process of its own, waited for at the end.
SERVER = r"""
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ":sys_wait_h";
my ($over, %children) = (0);
$SIG{TERM} = sub { $over = 1 };
$SIG{PIPE} = "IGNORE";
my $server = IO::Socket::INET->new(LocalPort => 8081, Listen => 128, ReuseAddr => 1) or die "port 8081: $!";
my $waiting = IO::Select->new($server);
while (!$over || $waiting->can_read(0.1)) {
    while ((my $ended = waitpid(-1, WNOHANG)) > 0) { delete $children{$ended} }
    next unless $waiting->can_read(0.2);
    my $client = $server->accept or next;
    my $path = path($client) or next;
    if ($path ne "/api/slow" && $path ne "/api/events") { answer($client); next }
    my $child = fork;
    die "fork: $!" unless defined $child;
    if ($child) { $children{$child} = 1; next }
    close $server;
    $path eq "/api/slow" ? slow($client) : stream($client);
    exit 0;
}
close $server;
kill "TERM", keys %children;
while (wait() > 0) {}

sub path {
    my $client = shift;
    my $request = "";
    while ($request !~ /\r\n\r\n/) {
        IO::Select->new($client)->can_read(2) or return;
        sysread($client, $request, 4096, length $request) or return;
    }
    return $request =~ m{^\w+ (\S+)} ? $1 : undef;
}

sub answer {
    my $client = shift;
    my $body = qq({"status":"ok","revision":"$ENV{APP_REVISION}","host":"$ENV{HOSTNAME}"}\n);
    my $headers = "Content-Type: application/json\r\nConnection: close\r\nContent-Length: " . length $body;
    print $client "HTTP/1.1 200 OK\r\n$headers\r\n\r\n$body";
    close $client;
}

sub slow {
    my $until = time + 3;
    while (time < $until) { select undef, undef, undef, 0.2 }
    answer(shift);
}

sub stream {
    my $client = shift;
    $client->autoflush(1);
    print $client "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    until ($over) { print $client "tick\n"; select undef, undef, undef, 0.2 }
    sleep 2;
    print $client "bye\n";
}
"""


class TwoServices(Site):
    """Like the reference stack's site, with two services only; nothing is asked of a database."""

    def __init__(self, folder: Path, project: str) -> None:
        super().__init__(folder, project)
        for gone in ("backend", "frontend", "postgres", "redis", "tests", "backup"):
            shutil.rmtree(self.stack / gone, ignore_errors=True)
        for file in ("compose.dev.yaml", "compose.official.yaml"):
            (self.stack / file).unlink()
        backend = self.stack / "backend"
        backend.mkdir()
        (backend / "Dockerfile").write_text(DOCKERFILE)
        (backend / "server.pl").write_text(SERVER)
        shutil.copy(self.stack / "nginx" / "http-health", backend / "http-health")
        (self.stack / "compose.yaml").write_text(COMPOSE)
        self.change("nginx/conf/conf.d/https.conf", "http://$frontend:3000", "http://$backend:8081")
        self.commit("two services")

    def names(self, service: str, *, running: bool = True) -> list[str]:
        """Names of a service's containers."""
        labels = (f"com.docker.compose.project={self.project}", f"com.docker.compose.service={service}")
        filters = [word for label in labels for word in ("--filter", f"label={label}")]
        return sorted(docker("ps", *(() if running else ("--all",)), *filters, "--format", "{{.Names}}").split())

    def remove(self) -> None:
        """Take everything of this project away, its image names too."""
        super().remove()
        names = docker(
            "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={self.project}/*"
        ).split()
        if names:
            docker("rmi", "--force", *names)
