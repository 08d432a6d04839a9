// The dashboard and the alert rules have the shape that Grafana and Prometheus load, and lead to where help is.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  dashboard,
  faultsOf,
  metricsOf,
  panelQueries,
  queries,
  ruleFaults,
  ruleFile,
  rules,
} from './deploy-files.js';

describe('the dashboard', () => {
  it('can be imported: an id of its own, a schema, its data source as a variable', () => {
    const { uid, title, schemaVersion, templating, panels } = dashboard;
    expect({ uid, title }).toEqual({ uid: 'rds-import', title: 'rds-import' });
    expect(schemaVersion).toBeGreaterThanOrEqual(36);
    expect(templating.list.map(({ name, type }) => [name, type])).toContainEqual([
      'datasource',
      'datasource',
    ]);
    const drawn = panels.filter(({ type }) => type !== 'row');
    const sources = drawn.map(({ datasource }) => datasource);
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set(['${datasource}']));
    expect(drawn.every(({ targets = [] }) => targets.length > 0)).toBe(true);
    expect(drawn.every(({ title: name }) => name !== '')).toBe(true);
  });

  it('has panels that differ in their ids and do not lie on each other', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from(
        { length: w * h },
        (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`,
      );
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('takes the maximum of what every process tells alike', () => {
    const ofAll =
      /rds_import_(?:migrations|waiting|queue_|queued_|instances_|overdue_|breakers_|quota_|outbox_|look_)/;
    const wrong = panelQueries.filter((query) => ofAll.test(query) && !/\bmax\b/.test(query));
    expect(wrong).toEqual([]);
  });
});

describe('the alert rules', () => {
  it('are a rule file: groups of rules with names of their own, and no other field', () => {
    expect(ruleFaults).toEqual([]);
    expect(Object.keys(ruleFile)).toEqual(['groups']);
    for (const group of ruleFile.groups) expect(Object.keys(group)).toEqual(['name', 'rules']);
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const rule of rules) {
      const known = new Set(['alert', 'expr', 'for', 'labels', 'annotations']);
      expect(Object.keys(rule).filter((field) => !known.has(field))).toEqual([]);
      expect(rule.for ?? '1m').toMatch(/^\d+[smh]$/);
      expect(rule.labels['severity']).toMatch(/^(?:warning|critical)$/);
    }
  });

  it('each say what is the matter, what that means and where to read on', () => {
    const readme = readFileSync('README.md', 'utf8');
    const alerts = readme.slice(readme.indexOf('### Operations: alerts'));
    for (const { alert, annotations } of rules) {
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook']);
      expect(annotations['runbook']).toContain(`README.md, "Operations: alerts", ${alert}.`);
      expect(alerts).toContain(`\`${alert}\``);
    }
  });
});

describe('every query', () => {
  it.each(queries)('%s', (query) => {
    expect(faultsOf(query)).toEqual([]);
    expect(metricsOf(query)).not.toEqual([]);
    for (const name of metricsOf(query)) expect(name).toMatch(/^(?:rds_import|nodejs|process)_/);
  });

  it.each([
    ['sum(rate(rds_import_a_total[5m])', /unbalanced/],
    ['sum)rate((rds_import_a_total[5m])', /unbalanced/],
    ['max(rds_import_a{b="c")', /bracket or quote/],
    ['rate(rds_import_a_total[5 minutes])', /bracket or quote/],
    ['rate rds_import_a_total', /not called/],
    ['max(rds_import_a) ; 1', /a sign that is none/],
  ])('%s would be found', (query, fault) => {
    expect(faultsOf(query).join()).toMatch(fault);
  });
});
