// What lies in deploy/, read as Grafana and Prometheus do, and what its queries name.
import { readFileSync } from 'node:fs';
import { Yaml } from '@stoplight/spectral-parsers';

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[];
  };
  readonly panels: readonly Panel[];
}

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export const dashboard = JSON.parse(
  readFileSync('deploy/grafana-dashboard.json', 'utf8'),
) as Dashboard;

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const parsed = Yaml.parse(readFileSync('deploy/prometheus-rules.yaml', 'utf8'));
export const ruleFaults: readonly unknown[] = parsed.diagnostics;
export const ruleFile = parsed.data as RuleFile;
export const rules: readonly Rule[] = ruleFile.groups.flatMap((group) => group.rules);

export const panelQueries: readonly string[] = dashboard.panels.flatMap((panel) =>
  (panel.targets ?? []).map(({ expr }) => expr),
);
export const queries: readonly string[] = [...panelQueries, ...rules.map(({ expr }) => expr)];

/** Those of PromQL that are used; one that is not here is a slip of the pen, or to be added. */
const WORDS = new Set([
  ...['sum', 'max', 'min', 'count', 'rate', 'increase', 'absent', 'histogram_quantile'],
  ...['by', 'on', 'and'],
]);

/** Labels stand in braces and in the lists of `by` and `on`; ranges in brackets; texts in quotes. */
function bare(query: string): string {
  return query
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{[^{}]*\}/g, ' ')
    .replaceAll(/\[(?:\d+[smhd]|\$__rate_interval)\]/g, ' ')
    .replaceAll(/\b(by|on)\s*\([a-z_, ]*\)/g, '$1');
}

const IDENTIFIER = /(?<![\w.$])[a-zA-Z_:][\w:]*/g;

/** Names of metrics in a query. */
export function metricsOf(query: string): readonly string[] {
  const names = [...bare(query).matchAll(IDENTIFIER)].map(([name]) => name);
  return [...new Set(names.filter((name) => !WORDS.has(name)))];
}

/** Unbalanced brackets of any kind, what is no word of the language, and functions that are not called. */
export function faultsOf(query: string): readonly string[] {
  const rest = bare(query);
  const faults: string[] = [];
  let depth = 0;
  for (const character of rest) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) break;
  }
  if (depth !== 0) faults.push(`unbalanced: ${query}`);
  if (/[{}[\]"']/.test(rest.replaceAll('""', ''))) faults.push(`a bracket or quote: ${query}`);
  if (/[^\w\s(){},.:<>=!+*/""-]/.test(rest)) faults.push(`a sign that is none: ${query}`);
  const uncalled = /\b(?:rate|increase|absent|histogram_quantile)\b(?!\s*\()/.exec(rest);
  if (uncalled !== null) faults.push(`${uncalled[0]} is not called: ${query}`);
  return faults;
}
