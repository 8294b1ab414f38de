import { hash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import type { S3Settings } from '../../../config/config.ts';
import { Problem } from '../../../errors/problem.ts';
import type { PosterStore } from './store.ts';

/** A request may be repeated once within this time. */
const TIMEOUT_MS = 10_000;

/** Any store with the API of Amazon S3. Each image is an object below the address. */
export function s3Store({ url, region, accessKeyId, secretAccessKey }: S3Settings): PosterStore {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 1 });

  async function send(
    method: string,
    key: string,
    image?: { type: string; bytes: Buffer },
  ): Promise<Response> {
    const answer = await client
      .fetch(`${url}/${key}`, {
        method,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          'x-amz-content-sha256': hash('sha256', image?.bytes ?? '', 'hex'),
          ...(image && { 'content-type': image.type }),
        },
        ...(image && { body: new Uint8Array(image.bytes) }),
      })
      .catch((cause: unknown) => {
        throw new Problem('SERVICE_UNAVAILABLE', { cause });
      });
    if (answer.ok || answer.status === 404) return answer;
    // The body of a refusal may repeat what was signed.
    await answer.body?.cancel();
    const cause = new Error(`the store of posters answers ${answer.status} to ${method}`);
    throw new Problem('SERVICE_UNAVAILABLE', { cause });
  }

  return {
    async put({ key, type, bytes }) {
      const answer = await send('PUT', key, { type, bytes });
      await answer.body?.cancel();
      if (answer.status === 404)
        throw new Problem('SERVICE_UNAVAILABLE', {
          cause: new Error('the bucket of posters does not exist'),
        });
    },
    async get(key) {
      const answer = await send('GET', key);
      if (answer.ok) return Buffer.from(await answer.arrayBuffer());
      await answer.body?.cancel();
      return undefined;
    },
    async delete(key) {
      const answer = await send('DELETE', key);
      await answer.body?.cancel();
    },
  };
}
