import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { Counter, type Metric, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client';
import { SECONDS } from './metrics.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** What this instance answered since its start, by method and route: `POST /api/v1/reservations`. */
    answersByRoute: ReadonlyMap<string, RouteAnswers>;
  }
}

/**
 * How long the answers to one method of one route took. prom-client's own histogram and counter take 2 µs an answer, these arrays 0.2.
 */
class Times {
  /** How many answers took as long as each of `SECONDS`, but longer than the one before. The last bucket is above all of them. */
  readonly buckets = new Float64Array(SECONDS.length + 1);
  sum = 0;

  add(seconds: number): void {
    let bucket = 0;
    while (bucket < SECONDS.length && seconds > (SECONDS[bucket] as number)) bucket++;
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
    this.sum += seconds;
  }
}

/** The rows of a Prometheus histogram, whose buckets are cumulative. None before the first answer of the route. */
function rowsOf(name: string, route: string, all: Times[]): MetricValueWithName<string>[] {
  let below = 0;
  const buckets = [...SECONDS, '+Inf'].map((le, index) => {
    for (const { buckets } of all) below += buckets[index] as number;
    return { metricName: `${name}_bucket`, labels: { le, route }, value: below };
  });
  if (below === 0) return [];
  const sum = all.reduce((total, each) => total + each.sum, 0);
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: { route }, value: sum },
    { metricName: `${name}_count`, labels: { route }, value: below },
  ];
}

/** The answers to one method of one route, by status. */
export interface RouteAnswers {
  readonly method: string;
  readonly route: string;
  readonly times: Times;
  readonly byStatus: Map<number, number>;
}

/** Counts and times responses by route. Labels never contain a URL, because callers could invent any number of them. */
export default fp(
  async (app) => {
    const all = new Map<string, RouteAnswers>();
    app.decorate('answersByRoute', all);

    function answersOf(method: string, route: string): RouteAnswers {
      const key = `${method} ${route}`;
      const known = all.get(key);
      if (known) return known;
      const answers = { method, route, times: new Times(), byStatus: new Map() };
      all.set(key, answers);
      return answers;
    }
    function count({ times, byStatus }: RouteAnswers, reply: FastifyReply): void {
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
        const routes = Map.groupBy(all.values(), ({ route }) => route);
        const values = [...routes].flatMap(([route, answers]) =>
          rowsOf(
            this.name,
            route,
            answers.map(({ times }) => times),
          ),
        );
        const { name, help, type, aggregator } = this;
        return { name, help, type, aggregator, values } as never;
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
