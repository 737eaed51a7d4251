import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import pg from "pg";
import { createClient } from "redis";
import { bcryptCost, databaseUrl, jwtSecret, level, origins, publicUrl, redisUrl } from "./settings.js";

const pool = new pg.Pool({ connectionString: databaseUrl(), max: 5 });
const redis = createClient({ url: redisUrl() });
const sign = (text) => createHmac("sha256", jwtSecret()).update(text).digest("base64url");
redis.on("error", (error) => console.error(error.message));
await redis.connect();

const routes = {
  "/health": async () => {
    await Promise.all([pool.query("select 1"), redis.ping()]);
    return { ready: true };
  },
  "/api/orders": async () => {
    const { rows } = await pool.query("select id, customer from orders order by id desc limit 50");
    return { orders: rows, signature: sign(JSON.stringify(rows)) };
  },
};

const server = createServer(async (request, response) => {
  const route = routes[new URL(request.url, publicUrl).pathname];
  const origin = request.headers.origin;
  if (origin && origins.includes(origin)) {
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Vary", "Origin");
  }
  try {
    const body = route ? await route() : { error: "nothing is here" };
    response.writeHead(route ? 200 : 404, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  } catch (error) {
    console.error(error.message);
    response.writeHead(503).end();
  }
});

process.on("SIGTERM", () => server.close(() => process.exit(0)));
server.listen(8081, () => console.log(`shop listens on 8081, log level ${level}, cost ${bcryptCost}`));
