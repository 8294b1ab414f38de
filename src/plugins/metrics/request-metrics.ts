import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { Counter, type Metric, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client';
import { SECONDS } from './metrics.ts';

/** How long the answers of one route took. prom-client's own histogram and counter take 2 µs an answer, these arrays 0.2. */
class Times {
  readonly #buckets = new Float64Array(SECONDS.length);
  #sum = 0;
  #count = 0;

  add(seconds: number): void {
    let bucket = 0;
    while (bucket < SECONDS.length && seconds > (SECONDS[bucket] as number)) bucket++;
    // A time above all buckets counts in the total alone.
    if (bucket < SECONDS.length) this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    this.#sum += seconds;
    this.#count++;
  }

  /** The rows of a Prometheus histogram, whose buckets are cumulative. None before the first answer. */
  rows(name: string, route: string): MetricValueWithName<string>[] {
    if (this.#count === 0) return [];
    let below = 0;
    const buckets = SECONDS.map((le, index) => {
      below += this.#buckets[index] as number;
      return { metricName: `${name}_bucket`, labels: { le, route }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { le: '+Inf', route }, value: this.#count },
      { metricName: `${name}_sum`, labels: { route }, value: this.#sum },
      { metricName: `${name}_count`, labels: { route }, value: this.#count },
    ];
  }
}

/** The answers to one method of one route, by status. */
interface Answers {
  method: string;
  route: string;
  times: Times;
  byStatus: Map<number, number>;
}

/** Counts and times responses by route. Labels never contain a URL, because callers could invent any number of them. */
export default fp(
  async (app) => {
    const times = new Map<string, Times>();
    const all = new Map<string, Answers>();

    function answersOf(method: string, route: string): Answers {
      const key = `${method} ${route}`;
      const known = all.get(key);
      if (known) return known;
      const answers = { method, route, times: times.get(route) ?? new Times(), byStatus: new Map() };
      times.set(route, answers.times);
      all.set(key, answers);
      return answers;
    }
    function count({ times, byStatus }: Answers, reply: FastifyReply): void {
      times.add(reply.elapsedTime / 1_000);
      byStatus.set(reply.statusCode, (byStatus.get(reply.statusCode) ?? 0) + 1);
    }

    new Counter({
      name: 'tiketi_http_requests_total',
      help: 'Requests answered; "unknown" is a request for a route that does not exist',
      labelNames: ['method', 'route', 'status'],
      registers: [app.metrics.registry],
      collect() {
        this.reset();
        for (const { method, route, byStatus } of all.values())
          for (const [status, answers] of byStatus) this.inc({ method, route, status }, answers);
      },
    });
    const histogram = {
      name: 'tiketi_http_request_seconds',
      help: 'From the arrival of a request to the end of its response',
      type: 'histogram',
      aggregator: 'sum',
      async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
        const values = [...times].flatMap(([route, each]) => each.rows(this.name, route));
        return { ...this, values } as never;
      },
    };
    app.metrics.registry.registerMetric(histogram as unknown as Metric<string>);

    app.addHook('onRoute', (route) => {
      const answers = answersOf([route.method].flat().join(), route.url);
      const others = [route.onResponse ?? []].flat();
      route.onResponse = [
        ...others,
        (_request, reply, done) => {
          if (!reply.isStream) count(answers, reply);
          done();
        },
      ];
    });
    app.addHook('onResponse', (request, reply, done) => {
      if (request.is404) count(answersOf(request.method, 'unknown'), reply);
      done();
    });
  },
  { name: 'request-metrics', dependencies: ['metrics', 'request-log'] },
);
