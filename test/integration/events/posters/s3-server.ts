import { createHmac, hash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const KEY = {
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
export const REGION = 'ap-northeast-2';

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** A store of objects that takes requests with a correct signature only (AWS Signature Version 4, computed here on its own). */
export async function startS3() {
  const objects = new Map<string, { type: string | undefined; bytes: Buffer }>();
  const refused: string[] = [];
  let isBroken = false;

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    const answer = (status: number, body: Buffer | string = '') => response.writeHead(status).end(body);
    if (isBroken) return answer(500, '<Error/>');

    const signed = /Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)/.exec(
      headers.authorization ?? '',
    );
    const [, credential = '', names = '', signature = ''] = signed ?? [];
    const time = String(headers['x-amz-date']);
    const scope = `${time.slice(0, 8)}/${REGION}/s3/aws4_request`;
    const content = String(headers['x-amz-content-sha256']);
    const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
    const canonical = [method, url, '', lines.join(''), names, content].join('\n');
    const toSign = ['AWS4-HMAC-SHA256', time, scope, hash('sha256', canonical, 'hex')].join('\n');
    const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${KEY.secretAccessKey}`);
    const isSigned =
      credential === `${KEY.accessKeyId}/${scope}` &&
      signature === hmac(key, toSign).toString('hex') &&
      content === hash('sha256', bytes, 'hex') &&
      names.includes('host') &&
      names.includes('x-amz-content-sha256');
    if (!isSigned) {
      refused.push(`${method} ${url}`);
      return answer(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>');
    }
    if (method === 'PUT') {
      objects.set(url, { type: headers['content-type'], bytes });
      return answer(200);
    }
    if (method === 'DELETE') {
      objects.delete(url);
      return answer(204);
    }
    const object = objects.get(url);
    return object ? answer(200, object.bytes) : answer(404, '<Error><Code>NoSuchKey</Code></Error>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/posters`,
    objects,
    refused,
    break: () => {
      isBroken = true;
    },
    mend: () => {
      isBroken = false;
    },
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
