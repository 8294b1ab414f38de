import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { isSampled, spanOf, traceparentOf } from './traceparent.ts';

/** The limit on the text of a statement. */
const TEXT_CHARACTERS = 1_000;

interface HttpRequest {
  method: string;
  /** Unless no route is there. */
  route: string | undefined;
  url: string;
  /** As in the log and in errors. */
  id: string;
  traceparent: unknown;
}

/** What the service tells of its work. Work outside a sampled request, such as a sweep, has no span. */
export class Spans {
  readonly #tracer: Tracer;
  readonly #end: () => Promise<void>;
  readonly #current = new AsyncLocalStorage<Span | undefined>();

  /** @param end sends what is left. It takes a limited time, and never rejects */
  constructor(tracer: Tracer, end: () => Promise<void>) {
    this.#tracer = tracer;
    this.#end = end;
  }

  /** The span that the caller runs in. */
  get current(): Span | undefined {
    return this.#current.getStore();
  }

  /** The same, for another process. */
  get traceparent(): string | undefined {
    return this.current && traceparentOf(this.current);
  }

  /** The same, for the log. */
  get ids(): object | undefined {
    const context = this.current?.spanContext();
    return context && { trace_id: context.traceId, span_id: context.spanId };
  }

  end(): Promise<void> {
    return this.#end();
  }

  within<T>(span: Span | undefined, work: () => T): T {
    return this.#current.run(span, work);
  }

  /** Continues the span of another process. */
  continue<T>(traceparent: unknown, work: () => T): T {
    return this.within(spanOf(traceparent), work);
  }

  /** Opens the span of a request. `answered` ends it. */
  request({ method, route, url, id, traceparent }: HttpRequest): Span {
    const attributes = {
      'http.request.method': method,
      'url.path': url.split('?', 1)[0] as string,
      'tiketi.request_id': id,
      ...(route !== undefined && { 'http.route': route }),
    };
    const name = route === undefined ? method : `${method} ${route}`;
    return this.#open(name, { kind: SpanKind.SERVER, attributes }, spanOf(traceparent));
  }

  answered(span: Span, status: number): void {
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  /** An event that a client sends over Socket.IO. */
  event<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#run(this.#open(`socket ${name}`, { kind: SpanKind.SERVER }), work);
  }

  /** A part of a request. */
  part<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
    return isSampled(this.current) ? this.#run(this.#open(name, { attributes }, this.current), work) : work();
  }

  /** Requests that are answered together. The span is part of the trace of the first one, is linked to all, and all are linked to it. */
  batch<T>(name: string, requests: { span: Span | undefined }[], work: () => Promise<T>): Promise<T> {
    const spans = [...new Set(requests.map(({ span }) => span).filter(isSampled))];
    const [first] = spans;
    if (!first) return this.within(undefined, work);
    const links = spans.map((span) => ({ context: span.spanContext() }));
    const attributes = { 'tiketi.batch.size': requests.length };
    const batch = this.#open(`batch ${name}`, { links, attributes }, first);
    for (const span of spans) span.addLink({ context: batch.spanContext() });
    return this.#run(batch, work);
  }

  /** Statements that PostgreSQL answers. */
  statements(answer: Promise<unknown>, statements: readonly unknown[]): void {
    if (!isSampled(this.current)) return;
    const texts = statements.map(nameOf);
    const attributes = {
      'db.system.name': 'postgresql',
      'db.query.text': texts.join('; ').slice(0, TEXT_CHARACTERS),
      ...(texts.length > 1 && { 'db.operation.batch.size': texts.length }),
    };
    const name = texts.length > 1 ? 'SQL round trip' : `SQL ${texts[0]?.trimStart().split(/\s/, 1)[0]}`;
    const span = this.#open(name, { kind: SpanKind.CLIENT, attributes }, this.current);
    answer.then(
      () => span.end(),
      (error: unknown) => fail(span, error),
    );
  }

  /** A script that Redis runs. */
  script<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (!isSampled(this.current)) return work();
    const attributes = { 'db.system.name': 'redis', 'db.stored_procedure.name': name };
    return this.#run(this.#open(`Lua ${name}`, { kind: SpanKind.CLIENT, attributes }, this.current), work);
  }

  /** An attempt to deliver a webhook, in a trace of its own, unless an organizer waits for it. */
  webhook<T extends { response_status: number | null; error: string | null }>(
    type: string,
    url: string,
    work: (headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const attributes = {
      'http.request.method': 'POST',
      'tiketi.webhook.type': type,
      ...(URL.canParse(url) && { 'server.address': new URL(url).hostname }),
    };
    const span = this.#open(`webhook ${type}`, { kind: SpanKind.CLIENT, attributes }, this.current);
    return this.#run(span, async () => {
      const sent = await work({ traceparent: traceparentOf(span) });
      const { response_status: status, error } = sent;
      if (status !== null) span.setAttribute('http.response.status_code', status);
      if (error !== null || (status ?? 0) >= 400)
        span.setStatus({ code: SpanStatusCode.ERROR, message: error ?? `status ${status}` });
      return sent;
    });
  }

  #open(name: string, options: SpanOptions, parent?: Span): Span {
    return this.#tracer.startSpan(name, options, parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT);
  }

  async #run<T>(span: Span, work: () => Promise<T>): Promise<T> {
    try {
      const result = await this.within(span, work);
      span.end();
      return result;
    } catch (error) {
      fail(span, error);
      throw error;
    }
  }
}

function fail(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message }).end();
}

function nameOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const { name, text } = statement as { name?: string; text?: string };
  return name ?? text ?? 'query';
}
