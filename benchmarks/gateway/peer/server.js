// The peer: Express with Stripe's SDK. For each request one insert, which also recognises repeats, and one produce with
// acks=all; 200 after both. A process for each core, as one would run it.
//   node server.js <port> <postgres url> <kafka> <topic> <secret>
const cluster = require('node:cluster');
const express = require('express');
const { Kafka, logLevel } = require('kafkajs');
const { Pool } = require('pg');
const Stripe = require('stripe');

const [port, database, broker, topic, secret] = process.argv.slice(2);
const WORKERS = 2;

async function prepare() {
  const pool = new Pool({ connectionString: database, max: 1 });
  await pool.query(`CREATE TABLE IF NOT EXISTS peer_event (
    id text PRIMARY KEY, type text NOT NULL, received_at timestamptz NOT NULL DEFAULT now(), body bytea NOT NULL)`);
  await pool.end();
}

async function serve() {
  const pool = new Pool({ connectionString: database, max: 20 });
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.ERROR });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const stripe = new Stripe('sk_test_none');
  const app = express();
  app.post('/webhooks/stripe', express.raw({ type: () => true, limit: '1mb' }), async (request, response) => {
    let event;
    try {
      event = stripe.webhooks.constructEvent(request.body, request.headers['stripe-signature'], secret);
    } catch (error) {
      response.status(400).json({ error: 'bad signature' });
      return;
    }
    try {
      const inserted = await pool.query({
        name: 'insert',
        text: 'INSERT INTO peer_event (id, type, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        values: [event.id, event.type, request.body],
      });
      if (inserted.rowCount === 1) {
        await producer.send({ topic, acks: -1, messages: [{ key: 'stripe', value: request.body }] });
      }
      response.json({ received: true });
    } catch (error) {
      response.status(503).json({ error: 'not stored' });
    }
  });
  app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
}

if (cluster.isPrimary) {
  prepare().then(() => {
    for (let i = 0; i < WORKERS; i++) cluster.fork();
  });
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    process.exit(0);
  });
} else {
  serve().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
