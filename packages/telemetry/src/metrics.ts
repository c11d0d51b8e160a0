import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricCounter, MetricGauge, MetricMeasure, Metrics } from '@everstep/engine';
import { counterNames, gaugeNames, measureNames, type MetricName } from './metric-names.ts';

/** What `GET /metrics` answers. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const NANOSECONDS = 1e9;

interface Histogram {
  /** Observations at most as large as the bucket of the same place, and not counted in an earlier one. */
  readonly counts: number[];
  count: number;
  sum: number;
}

/** The figures of one process. */
export class MetricsRegistry implements Metrics {
  readonly #counters = new Map<MetricCounter, number>();
  readonly #histograms = new Map<MetricMeasure, Histogram>();
  readonly #gauges = new Map<MetricGauge, () => number>();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 10 });

  constructor() {
    this.#loopDelay.enable();
  }

  count(counter: MetricCounter, by = 1): void {
    this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + by);
  }

  observe(measure: MetricMeasure, value: number): void {
    const { buckets, scale } = measureNames[measure];
    let histogram = this.#histograms.get(measure);
    if (histogram === undefined) {
      histogram = { counts: buckets.map(() => 0), count: 0, sum: 0 };
      this.#histograms.set(measure, histogram);
    }
    const scaled = Math.max(0, value * scale);
    histogram.count++;
    histogram.sum += scaled;
    const place = buckets.findIndex((bound) => scaled <= bound);
    if (place >= 0) histogram.counts[place] = (histogram.counts[place] ?? 0) + 1;
  }

  gauge(gauge: MetricGauge, read: (() => number) | null): void {
    if (read === null) this.#gauges.delete(gauge);
    else this.#gauges.set(gauge, read);
  }

  /** All figures as Prometheus reads them. Only what this process has to do with is there. */
  text(): string {
    const lines: string[] = [];
    for (const [counter, value] of this.#counters) write(lines, counterNames[counter], 'counter', value);
    for (const [gauge, read] of this.#gauges) write(lines, gaugeNames[gauge], 'gauge', read());
    for (const [measure, histogram] of this.#histograms) writeHistogram(lines, measure, histogram);
    this.#writeProcess(lines);
    return `${lines.join('\n')}\n`;
  }

  close(): void {
    this.#loopDelay.disable();
  }

  #writeProcess(lines: string[]): void {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const delay = this.#loopDelay;
    const p99 = delay.count === 0 ? 0 : delay.percentile(99) / NANOSECONDS;
    // The next reader sees what comes from now on.
    delay.reset();
    write(lines, { name: 'process_cpu_seconds_total', help: 'Processor time.' }, 'counter', (user + system) / 1e6);
    write(lines, { name: 'process_resident_memory_bytes', help: 'Resident memory.' }, 'gauge', rss);
    write(lines, { name: 'nodejs_heap_size_used_bytes', help: 'Heap in use.' }, 'gauge', heapUsed);
    const help = 'The 99th percentile of the event loop’s delay since the last look.';
    write(lines, { name: 'nodejs_eventloop_lag_p99_seconds', help }, 'gauge', p99);
  }
}

export function createMetrics(): MetricsRegistry {
  return new MetricsRegistry();
}

function write(lines: string[], { name, help }: MetricName, type: 'counter' | 'gauge', value: number): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`);
}

function writeHistogram(lines: string[], measure: MetricMeasure, { counts, count, sum }: Histogram): void {
  const { name, help, buckets } = measureNames[measure];
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`);
  let below = 0;
  buckets.forEach((bound, place) => {
    below += counts[place] ?? 0;
    lines.push(`${name}_bucket{le="${bound}"} ${below}`);
  });
  lines.push(`${name}_bucket{le="+Inf"} ${count}`, `${name}_sum ${sum}`, `${name}_count ${count}`);
}
