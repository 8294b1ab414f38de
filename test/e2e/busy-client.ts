import { Agent, get } from 'node:http';

const getThrough = (agent: Agent, url: string) =>
  new Promise<{ status: number | undefined; connection: string | undefined; body: string }>(
    (resolve, reject) => {
      get(url, { agent }, async (response) => {
        let body = '';
        try {
          for await (const chunk of response.setEncoding('utf8')) body += chunk;
          resolve({ status: response.statusCode, connection: response.headers.connection, body });
        } catch (error) {
          reject(error);
        }
      }).once('error', reject);
    },
  );

/** A client that sends one request after the other on one connection, until the service takes no more connections. */
export async function busyClient(
  origin: string,
  path: string,
): Promise<{ last: string | undefined; end: string }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let last: string | undefined; ; ) {
    try {
      const { status, connection, body } = await getThrough(agent, origin + path);
      if (status !== 200) return { last, end: `${status} ${body}` };
      last = connection;
    } catch (error) {
      agent.destroy();
      return { last, end: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
  }
}
