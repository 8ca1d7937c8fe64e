// Fastify over postgres.js: one process; answers are written by the serialiser that Fastify makes
// of the schema, statements are prepared by postgres.js.

import { timingSafeEqual } from "node:crypto";
import cors from "@fastify/cors";
import Fastify from "fastify";
import postgres from "postgres";

const HEALTH = { stopped: "stopped", error: "error", lost: "error", conflict: "error" };
const STATUS = { stopped: "stopped", error: "error", lost: "error", conflict: "error" };
const BUSY = new Set(["starting", "running", "stopping", "unknown"]);
const SOLANA = new Set(["jupiter", "orca", "raydium", "meteora"]);
const KEY = Buffer.from(`Bearer ${process.env.PEER_KEY}`);

// A JavaScript Date would lose the microseconds.
const sql = postgres({
  max: 10,
  connection: { TimeZone: "UTC" },
  types: {
    timestamptz: {
      to: 1184,
      from: [1184],
      serialize: (value) => value,
      parse: (text) => text.replace(" ", "T").replace("+00", "Z"),
    },
  },
});

const text = { type: "string" };
const textOrNull = { type: ["string", "null"] };
const number = { type: "integer" };
const numberOrNull = { type: ["integer", "null"] };
const json = { type: "object", additionalProperties: true };
const jsonOrNull = { ...json, nullable: true };

const BOT = {
  type: "object",
  properties: {
    id: text,
    client_id: text,
    account: text,
    instance_name: text,
    name: text,
    connector: text,
    pair: text,
    strategy: text,
    bot_type: text,
    chain: text,
    config: json,
    revision: number,
    status: text,
    health_status: text,
    health_message: textOrNull,
    desired_state: text,
    error: textOrNull,
    runtime: {
      type: "object",
      properties: {
        state: text,
        reason: text,
        since: text,
        instance: textOrNull,
        stale: { type: "boolean" },
        stale_reason: textOrNull,
        performance: jsonOrNull,
        revision: numberOrNull,
      },
    },
    allowed_actions: { type: "array", items: text },
    created_at: text,
    updated_at: text,
  },
};

const SCHEMA = {
  querystring: {
    type: "object",
    required: ["account"],
    properties: { account: { type: "string", maxLength: 64 } },
  },
  response: {
    200: {
      type: "object",
      properties: { bots: { type: "array", items: BOT }, next_cursor: textOrNull },
    },
  },
};

function view(row) {
  return {
    id: row.id,
    client_id: row.client_id,
    account: row.account,
    instance_name: row.instance_name,
    name: row.name,
    connector: row.connector,
    pair: row.pair,
    strategy: row.strategy,
    bot_type: row.strategy,
    chain: SOLANA.has(row.connector) ? "solana" : "evm",
    config: row.config,
    revision: row.revision,
    status: STATUS[row.known_state] ?? "running",
    health_status: HEALTH[row.state] ?? (row.is_stale ? "stale" : "healthy"),
    health_message: null,
    desired_state: row.desired_state,
    error: row.error,
    runtime: {
      state: row.state,
      reason: row.reason,
      since: row.since,
      instance: row.instance,
      stale: row.is_stale,
      stale_reason: null,
      performance: row.performance,
      revision: row.running_revision,
    },
    allowed_actions: [BUSY.has(row.state) ? "stop" : "start", "edit", "delete"],
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

const app = Fastify({ logger: false });
await app.register(cors, {
  origin: [process.env.PEER_ORIGIN],
  credentials: true,
  exposedHeaders: ["ETag", "Retry-After", "X-Request-ID"],
});

app.addHook("onRequest", async (request, reply) => {
  const sent = Buffer.from(request.headers.authorization ?? "");
  if (sent.length !== KEY.length || !timingSafeEqual(sent, KEY)) {
    return reply.code(401).send({ detail: "The key is missing or wrong." });
  }
});

app.get("/bots", { schema: SCHEMA }, async (request) => {
  const rows = await sql`
    SELECT
      id, client_id, account, instance_name, name, connector, pair, strategy, config, revision,
      desired_state, state, reason, since, known_state, is_stale, error, instance,
      running_revision, performance, created_at, updated_at
    FROM bots
    WHERE account = ${request.query.account} AND deleted_at IS NULL
    ORDER BY created_at, id
    LIMIT 1000`;
  return { bots: rows.map(view), next_cursor: null };
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
