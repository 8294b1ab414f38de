import fp from 'fastify-plugin';
import { pageHeaders } from '../http/security-headers.ts';

/** What a person sees who opens the address of an API in a browser. It needs neither a script nor a style of its own. */
const PAGE = `<!doctype html>
<html lang="ko">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Tiketi Ticket Service</title>
  <h1>Tiketi Ticket Service</h1>
  <p>좌석과 티켓을 예매하는 API입니다. 사용법은 <a href="/docs">API 문서</a>에 있습니다.</p>
  <p lang="en">This is an API that sells seats and tickets. <a href="/docs">Its documentation</a> says how to use it.</p>
</html>
`;

/** Tells a browser at `/` what this is, while the pages for buyers are off. Any other client gets the 404 of an unknown path. */
export default fp(
  async (app) => {
    app.get('/', { onRequest: pageHeaders }, ({ headers }, reply) =>
      headers.accept?.includes('text/html')
        ? reply.type('text/html; charset=utf-8').header('vary', 'Accept').send(PAGE)
        : reply.callNotFound(),
    );
  },
  { name: 'front-door' },
);
