// The fastest that Node offers without a framework: a process a core, node:http, OpenSSL's Ed25519.
import cluster from 'node:cluster';
import { createPublicKey, verify } from 'node:crypto';
import http from 'node:http';
import { availableParallelism } from 'node:os';
import pg from 'pg';
import { reply } from './replies.mjs';

const POOL = 16; // connections of all processes together, as many as the service has

function readKey(hex) {
  const start = Buffer.from('302a300506032b6570032100', 'hex'); // DER of an Ed25519 public key
  const key = Buffer.concat([start, Buffer.from(hex, 'hex')]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function isSigned(key, headers, body) {
  const signature = Buffer.from(headers['x-signature-ed25519'] ?? '', 'hex');
  const message = Buffer.concat([Buffer.from(headers['x-signature-timestamp'] ?? ''), body]);
  return verify(null, message, key, signature);
}

function serve() {
  const key = readKey(process.env.DISCORD_PUBLIC_KEY);
  const pool = new pg.Pool({ max: Math.ceil(POOL / availableParallelism()) });
  const handle = async (request, response) => {
    const body = await readBody(request);
    if (!isSigned(key, request.headers, body)) {
      response.writeHead(401).end();
      return;
    }
    const text = JSON.stringify(await reply(pool, JSON.parse(body)));
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(text);
  };
  http
    .createServer((request, response) => {
      handle(request, response).catch((error) => {
        console.error(error);
        response.writeHead(500).end();
      });
    })
    .listen(Number(process.env.PORT), '127.0.0.1');
}

if (cluster.isPrimary) {
  for (let i = 0; i < availableParallelism(); i += 1) cluster.fork();
} else {
  serve();
}
