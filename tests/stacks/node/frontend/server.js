// Serves the bundle, and the panel behind a password.
import { timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

if (!process.env.ADMIN_USERNAME) {
  throw new Error("ADMIN_USERNAME is missing");
}
if (!process.env.ADMIN_PASSWORD_FILE) {
  throw new Error("ADMIN_PASSWORD_FILE is missing");
}
const port = Number(process.env.PORT ?? 3000);
const seconds = Number(process.env.ADMIN_SESSION_SECONDS ?? 900);
const password = readFileSync(process.env.ADMIN_PASSWORD_FILE, "utf8").trim();
const login = `Basic ${Buffer.from(`${process.env.ADMIN_USERNAME}:${password}`).toString("base64")}`;
const types = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript" };

const admitted = (given = "") =>
  given.length === login.length && timingSafeEqual(Buffer.from(given), Buffer.from(login));

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/healthz") {
    return response.end("ok");
  }
  if (pathname.startsWith("/admin") && !admitted(request.headers.authorization)) {
    return response.writeHead(401, { "WWW-Authenticate": "Basic" }).end();
  }
  const file = normalize(pathname === "/" ? "/index.html" : pathname);
  try {
    const body = await readFile(join("dist", file));
    const type = types[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, "Cache-Control": `max-age=${seconds}` }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});

process.on("SIGTERM", () => server.close(() => process.exit(0)));
server.listen(port);
