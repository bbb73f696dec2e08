// A constant rate of what Stripe would send, by autocannon: requests are due whether or not earlier ones are answered, and
// latencies count from when they were due. Its last line is the result as JSON.
//   node rate.js <url> <secret> <bytes of a body> <requests a second> <seconds> <connections> <run>
const autocannon = require('autocannon');
const crypto = require('node:crypto');

const [url, secret, bytes, rate, seconds, connections, run] = process.argv.slice(2);
const REPEATS = 0.1;
const FORGERIES = 0.05;

const lines = [];
for (let length = 400; length < Number(bytes); length += 230) {
  lines.push({
    id: `il_1${crypto.randomBytes(12).toString('hex')}`, object: 'line_item', amount: crypto.randomInt(99999),
    currency: 'eur', description: `${crypto.randomInt(9)} x Slip`, period: { start: 1760000000, end: 1770000000 },
    price: { id: `price_1${crypto.randomBytes(12).toString('hex')}` }, quantity: 1,
  });
}
const tail = `","object":"event","created":1760000000,"livemode":false,"type":"invoice.paid","data":{"object":`
  + `${JSON.stringify({ id: 'in_1', object: 'invoice', lines: { data: lines } })}}}`;

let sent = 0;
const acknowledged = new Set();
const statuses = {};

autocannon({
  url, duration: Number(seconds), connections: Number(connections), overallRate: Number(rate), workers: 0,
  requests: [{
    method: 'POST',
    setupRequest(request, context) {
      const repeat = sent > 64 && Math.random() < REPEATS;
      const event = repeat ? sent - crypto.randomInt(1, 64) : ++sent;
      context.id = `evt_${run}_${event}`;
      const body = `{"id":"${context.id}${tail}`;
      const time = Math.floor(Date.now() / 1000);
      let signature = crypto.createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
      if (Math.random() < FORGERIES) signature = (signature[0] === '0' ? '1' : '0') + signature.slice(1);
      return {
        ...request, body,
        headers: { 'Content-Type': 'application/json', 'Stripe-Signature': `t=${time},v1=${signature}` },
      };
    },
    onResponse(status, body, context) {
      statuses[status] = (statuses[status] || 0) + 1;
      if (status === 200) acknowledged.add(context.id);
    },
  }],
}, (error, result) => {
  if (error) throw error;
  const { p50, p90, p99, p99_9: p999, max } = result.latency;
  console.log(JSON.stringify({
    requests: result.requests.total, seconds: result.duration, statuses, acknowledged: acknowledged.size,
    errors: result.errors, timeouts: result.timeouts, p50, p90, p99, p999, max,
  }));
});
