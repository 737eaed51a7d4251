import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { databaseUrl } from "./settings.js";

const client = new pg.Client({ connectionString: databaseUrl() });
await client.connect();
for (const file of readdirSync("migrations").sort()) {
  await client.query(readFileSync(`migrations/${file}`, "utf8"));
  console.log(`ran ${file}`);
}
await client.end();
