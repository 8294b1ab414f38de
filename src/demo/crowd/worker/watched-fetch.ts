import { type CrowdRecord, noteAnswer } from '../record.ts';

const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

/** Notes the time of each answer, and what was refused. */
export async function watchedFetch(record: CrowdRecord, request: Request): Promise<Response> {
  const asked = performance.now();
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    record.failed++;
    count(record, 'no answer');
    throw error;
  }
  const { pathname } = new URL(request.url);
  const operation = `${request.method} ${pathname.replace(ID, '{id}')}`;
  noteAnswer(record, operation, performance.now() - asked);
  if (response.status >= 500) record.failed++;
  if (!response.ok) count(record, `${response.status} ${await codeOf(response)}`);
  return response;
}

async function codeOf(response: Response): Promise<string> {
  try {
    return String(((await response.clone().json()) as { code?: string }).code);
  } catch {
    // A proxy that fails answers with a page.
    return 'without a code';
  }
}

function count({ refusals }: CrowdRecord, refusal: string): void {
  refusals[refusal] = (refusals[refusal] ?? 0) + 1;
}
