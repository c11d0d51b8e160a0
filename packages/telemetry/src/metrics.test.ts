import { afterEach, expect, test } from 'vitest';
import { counterNames, gaugeNames, measureNames } from './metric-names.ts';
import { createMetrics, type MetricsRegistry } from './metrics.ts';

const made: MetricsRegistry[] = [];
afterEach(() => {
  for (const metrics of made.splice(0)) metrics.close();
});

function open(): MetricsRegistry {
  const metrics = createMetrics();
  made.push(metrics);
  return metrics;
}

const linesOf = (metrics: MetricsRegistry): string[] => metrics.text().split('\n');

test('counters count, gauges are read when asked, measures are histograms in base units', () => {
  const metrics = open();
  metrics.count('claims');
  metrics.count('claims', 4);
  let resident = 1;
  metrics.gauge('residentExecutions', () => resident);
  resident = 7;
  for (const milliseconds of [0, 3, 30, 90_000]) metrics.observe('timerLatenessMs', milliseconds);
  const lines = linesOf(metrics);
  expect(lines).toContain('# TYPE everstep_claims_total counter');
  expect(lines).toContain('everstep_claims_total 5');
  expect(lines).toContain('everstep_resident_executions 7');
  expect(lines).toContain('everstep_timer_lateness_seconds_bucket{le="0.001"} 1');
  expect(lines).toContain('everstep_timer_lateness_seconds_bucket{le="0.005"} 2');
  expect(lines).toContain('everstep_timer_lateness_seconds_bucket{le="60"} 3');
  expect(lines).toContain('everstep_timer_lateness_seconds_bucket{le="+Inf"} 4');
  expect(lines).toContain('everstep_timer_lateness_seconds_sum 90.033');
  metrics.gauge('residentExecutions', null);
  expect(metrics.text()).not.toContain('everstep_resident_executions');
});

test('what a process has nothing to do with is not there; what every process has, is', () => {
  const metrics = open();
  expect(metrics.text()).not.toContain('everstep_');
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ]) {
    expect(linesOf(metrics).some((line) => line.startsWith(`${name} `))).toBe(true);
  }
});

test('every line is one that Prometheus reads, and no name stands twice', () => {
  const metrics = open();
  for (const counter of ['claims', 'commits', 'dueRuns'] as const) metrics.count(counter);
  metrics.observe('commitBatch', 3);
  metrics.gauge('storeServes', () => 1);
  for (const line of linesOf(metrics).slice(0, -1)) {
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{le="[^"]+"\})? [-+0-9.e]+)$/);
  }
  const names = [counterNames, measureNames, gaugeNames].flatMap((table) =>
    Object.values(table).map(({ name }) => name),
  );
  expect(new Set(names).size).toBe(names.length);
  for (const { name } of Object.values(counterNames)) expect(name).toMatch(/_total$/);
});
