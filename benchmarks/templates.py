"""Stacks of the sizes that real ones have, each another: one to eight services, Dockerfiles, nginx, env files, SQL."""

from __future__ import annotations

from pathlib import Path
from string import Template

BACKENDS = {
    "python": {
        "Dockerfile": """\
FROM python:3.$minor-slim AS build
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.$minor-slim
WORKDIR /app
COPY --from=build /usr/local/lib/python3.$minor/site-packages /usr/local/lib/python3.$minor/site-packages
COPY . .
RUN useradd --uid 10001 app
USER 10001
EXPOSE $port
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "$port"]
""",
        "requirements.txt": "fastapi==0.1$minor.0 --hash=sha256:$digest\nuvicorn==0.3$minor.0 --hash=sha256:$digest\n",
        "app.py": """\
import os

from fastapi import FastAPI

app = FastAPI()
DATABASE = os.environ["DATABASE_HOST"]
LEVEL = os.environ.get("LOG_LEVEL", "info")


@app.get("/health")
def health() -> dict[str, str]:
    return {"service": "$name", "database": DATABASE, "level": LEVEL}
""",
    },
    "node": {
        "Dockerfile": """\
FROM node:$minor-alpine
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
USER node
EXPOSE $port
CMD ["node", "server.js"]
""",
        "package.json": '{"name": "$name", "version": "1.$minor.0", "dependencies": {"express": "^4.$minor.0"}}\n',
        "package-lock.json": """\
{"name": "$name", "version": "1.$minor.0", "lockfileVersion": 3, "packages": {
  "": {"name": "$name", "dependencies": {"express": "^4.$minor.0"}},
  "node_modules/express": {"version": "4.$minor.1", "integrity": "sha512-$digest"}}}
""",
        "server.js": """\
const express = require('express')
const app = express()
const host = process.env.DATABASE_HOST
app.get('/health', (request, response) => response.json({ service: '$name', host }))
app.listen($port)
""",
    },
    "go": {
        "Dockerfile": """\
FROM golang:1.$minor AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /out/server .

FROM scratch
COPY --from=build /out/server /server
USER 65534
EXPOSE $port
ENTRYPOINT ["/server"]
""",
        "go.mod": "module example.test/$name\n\ngo 1.$minor\n",
        "main.go": """\
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	host := os.Getenv("DATABASE_HOST")
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "$name ", host) })
	http.ListenAndServe(":$port", nil)
}
""",
    },
}
SERVICES = {
    "backend": """\
  backend:
    build: backend
    env_file: [backend.env]
    environment:
      DATABASE_HOST: database
      LOG_LEVEL: $${LOG_LEVEL:-info}
    expose: ["$port"]
    restart: unless-stopped
    mem_limit: ${memory}m
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:$port/health"]
      interval: 5s
""",
    "database": """\
  database:
    image: postgres:1$digit-alpine
    environment:
      POSTGRES_DB: $name
      POSTGRES_PASSWORD_FILE: /run/secrets/database_password
    secrets: [database_password]
    volumes:
      - data:/var/lib/postgresql/data
      - ./database:/docker-entrypoint-initdb.d:ro
    healthcheck:
      test: ["CMD", "pg_isready", "-U", "postgres"]
""",
    "proxy": """\
  proxy:
    image: nginx:1.2$digit
    ports: ["$published:8080"]
    volumes: ["./proxy/nginx.conf:/etc/nginx/nginx.conf:ro"]
    depends_on: [backend]
    cap_drop: [ALL]
    read_only: true
    tmpfs: [/tmp]
""",
    "cache": """\
  cache:
    image: redis:7.$digit
    command: ["redis-server", "--maxmemory", "${memory}mb"]
""",
    "frontend": """\
  frontend:
    build: {context: frontend, args: {RELEASE: "$number"}}
    restart: unless-stopped
    logging: {driver: json-file, options: {max-size: 10m}}
""",
    "worker": """\
  worker:
    build: backend
    command: ["work", "--queue", "$name"]
    env_file: [backend.env]
    depends_on: {cache: {condition: service_started}}
""",
    "scheduler": """\
  scheduler:
    image: registry.example.test/scheduler:1.$digit
    environment: ["TARGET=http://backend:$port/tick", "EVERY=${memory}s"]
    privileged: false
""",
    "mail": """\
  mail:
    image: registry.example.test/mail@sha256:$digest
    networks: [default, outside]
    ports: ["127.0.0.1:$mail:25"]
""",
}
FILES = {
    "backend.env": "LOG_LEVEL=info\nWORKERS=$digit\nFEATURE_${digit}=on\n",
    ".env.example": "LOG_LEVEL=info\n",
    ".gitignore": "secrets/\n.env\n.flawless/\n",
    ".dockerignore": ".git\n*.env\n",
    "backend/.dockerignore": ".git\n.env\n__pycache__\nnode_modules\n",
    "secrets/database_password": "$digest\n",
    "database/001_$name.sql": "CREATE TABLE orders_$number (id bigint PRIMARY KEY, note text NOT NULL);\n",
    "frontend/Dockerfile": "FROM nginx:1.2$digit-alpine\nARG RELEASE\nCOPY public /usr/share/nginx/html\nUSER 101\n",
    "frontend/public/index.html": "<!doctype html><title>$name</title>\n",
    "proxy/nginx.conf": """\
worker_processes auto;
events { worker_connections 10$digit; }
http {
    server_tokens off;
    upstream backend { server backend:$port; keepalive $digit; }
    server {
        listen 8080;
        server_name $name.example.test;
        client_max_body_size ${digit}m;
        add_header X-Content-Type-Options nosniff always;
        location /health { return 200; }
        location /api/ {
            proxy_pass http://backend;
            proxy_set_header Host $$host;
            proxy_read_timeout ${memory}s;
        }
    }
}
""",
}
END = """\
volumes: {data: {}}
networks: {outside: {}}
secrets: {database_password: {file: secrets/database_password}}
"""


def write(folder: Path, number: int) -> None:
    """The stack of that number: the same each time, and no two alike."""
    backend = BACKENDS[sorted(BACKENDS)[number // len(SERVICES) % len(BACKENDS)]]
    services = list(SERVICES.values())[: 1 + number % len(SERVICES)]
    files = {
        **FILES,
        **{f"backend/{name}": text for name, text in backend.items()},
        "compose.yaml": f"name: $name\nservices:\n{''.join(services)}{END}",
    }
    values = {
        "name": f"shop{number}",
        "number": number,
        "digit": number % 9,
        "minor": 10 + number % 13,
        "memory": 64 + number,
        "port": 3000 + number,
        "published": 18000 + number,
        "mail": 19000 + number,
        "digest": f"{number:064x}",
    }
    for name, text in files.items():
        path = folder / Template(name).substitute(values)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(values))
