// Prints every webhook of the service, for compose.yaml. It subscribes to all types itself, with a token of its own.
import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const {
  SERVICE_URL = 'http://service-1:3002',
  PORT = '8080',
  LOGGER_URL = `http://webhooks:${PORT}/`,
} = process.env;
const TYPES = [
  'reservation.held',
  'reservation.confirmed',
  'reservation.cancelled',
  'reservation.expired',
  'reservation.refund_due',
  'reservation.refunded',
  'event.published',
  'event.changed',
  'event.cancelled',
  'event.sold_out',
  'event.on_sale_again',
  'seat_block.created',
  'seat_block.released',
];

function token() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + 60;
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ userId: randomUUID(), role: 'admin', exp })}`;
  return `${signed}.${createHmac('sha256', process.env.JWT_SECRET).update(signed).digest('base64url')}`;
}

async function webhooks(method, body) {
  const answer = await fetch(`${SERVICE_URL}/api/v1/admin/webhooks`, {
    method,
    headers: { authorization: `Bearer ${token()}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} webhooks: ${answer.status} ${text}`);
  return JSON.parse(text);
}

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  console.log(`${request.headers['webhook-id']} ${body}`);
  response.writeHead(204).end();
});
server.listen(Number(PORT));
process.once('SIGTERM', () => server.close());

const known = await webhooks('GET');
if (!known.webhooks.some(({ url }) => url === LOGGER_URL))
  await webhooks('POST', { url: LOGGER_URL, types: TYPES });
console.log(`webhooks for ${LOGGER_URL} are printed here`);
