// What most people would write: Discord's library for JavaScript on Express. One process.
import { verifyKeyMiddleware } from 'discord-interactions';
import express from 'express';
import pg from 'pg';
import { reply } from './replies.mjs';

const pool = new pg.Pool({ max: 16 });
const verified = verifyKeyMiddleware(process.env.DISCORD_PUBLIC_KEY);

express()
  .post('/interactions', verified, (request, response, next) => {
    reply(pool, request.body).then((answer) => response.json(answer), next);
  })
  .listen(Number(process.env.PORT), '127.0.0.1');
