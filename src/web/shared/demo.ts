import { TiketiError } from '../../client/index.ts';
import { type Role, signIn } from './session.ts';

/** The service's helpers for looking around (src/demo), which are no part of the contract. */
export async function demo<Answer>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
  token?: string,
): Promise<Answer> {
  const response = await send(`/demo/${path}`, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? (undefined as Answer) : await response.json();
}

/** Like the SDK, it says by a code that no answer came. */
async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new TiketiError('NETWORK_ERROR', 'No answer', { cause });
  }
}

/** They answer with the service's own errors. */
async function problemOf(response: Response): Promise<TiketiError> {
  const { code = 'UNEXPECTED_ANSWER', error = '' } = await response.json().catch(() => ({}));
  return new TiketiError(code, error, { status: response.status });
}

/** Becomes a new user by one click. */
export async function becomeDemoUser(role: Role): Promise<void> {
  const { token } = await demo<{ token: string }>('POST', 'token', { role });
  signIn(token);
}
