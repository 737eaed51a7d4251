// Everything the program is told by its environment.
import { readFileSync } from "node:fs";

const { CORS_ORIGINS = "", LOG_LEVEL = "info" } = process.env;

export const level = LOG_LEVEL;
export const origins = CORS_ORIGINS.split(",").filter(Boolean);
export const publicUrl = process.env.PUBLIC_URL || "http://localhost:3000";
export const bcryptCost = Number(process.env.BCRYPT_COST ?? 12);

export function databaseUrl() {
  if (!process.env.DATABASE_URL) {
    throw new Error("DATABASE_URL is missing");
  }
  const url = new URL(process.env.DATABASE_URL);
  url.password = encodeURIComponent(secret(requireEnv("DATABASE_PASSWORD_FILE")));
  return url.href;
}

export function redisUrl() {
  const url = new URL(requireEnv("REDIS_URL"));
  url.password = encodeURIComponent(secret(requireEnv("REDIS_PASSWORD_FILE")));
  return url.href;
}

export function jwtSecret() {
  return secret(requireEnv("JWT_SECRET_FILE"));
}

function requireEnv(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is missing`);
  }
  return value;
}

function secret(path) {
  return readFileSync(path, "utf8").trim();
}
