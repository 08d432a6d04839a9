// Redocly and Spectral (with the OWASP rules) find nothing in docs/openapi.json but what is argued for here.
import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Document, Spectral, type RulesetDefinition } from '@stoplight/spectral-core';
import owasp from '@stoplight/spectral-owasp-ruleset';
import { Json } from '@stoplight/spectral-parsers';
import { oas } from '@stoplight/spectral-rulesets';
import { expect, test } from 'vitest';

const FILE = 'docs/openapi.json';
const text = readFileSync(FILE, 'utf8');

interface Finding {
  readonly rule: string;
  readonly place: string;
  readonly message: string;
}

interface Exception {
  readonly rule: string;
  readonly place: RegExp;
  readonly why: string;
}

const PROBES = /^paths\/\/health\/(live|ready)\//;
const WHY_PROBES = 'probes have no key, send nothing and must not be counted';

const EXCEPTIONS: readonly Exception[] = [
  {
    rule: 'owasp:api8:2023-define-cors-origin',
    place: /^(paths|components\/headers)/,
    why: 'other origins are not given answers to read: that no CORS header is ever set is the protection',
  },
  {
    rule: 'owasp:api4:2023-rate-limit',
    place: /\/responses\/401\//,
    why: 'what is left is said of a key; whoever has none is counted by address and told nothing of it',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    place:
      /\/(title|detail|message|remedy|description|name|key|dependsOn\/items|labels\/additionalProperties|keyVersion|summary)$/,
    why: 'texts of people, for people: only their length is limited',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    place: /\/(\w*[cC]ode|\w+Status|upstreamRequestId)$/,
    why: "upstream's own words: only upstream knows their form",
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    place: /\/(DBNames|databases|oneOf|source|target)\b/,
    why: 'names of databases may be written in any script',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    place: /\/(parameters\/\d+|text\/(csv|event-stream|plain)|timeZone)\b/,
    why: 'names, ETags, time zones, tables, streams and figures, each with rules that no pattern can say',
  },
  {
    rule: 'owasp:api4:2023-string-limit',
    place: /\/content\/text\/(event-stream|plain)\//,
    why: 'a stream has no end, and figures have as many lines as there are statuses and queues',
  },
  {
    rule: 'owasp:api8:2023-define-error-validation',
    place: /^paths\/\/metrics\//,
    why: 'it takes nothing that could be wrong',
  },
  { rule: 'operation-4xx-response', place: /health/, why: WHY_PROBES },
  { rule: 'owasp:api2:2023-read-restricted', place: PROBES, why: WHY_PROBES },
  { rule: 'owasp:api4:2023-rate-limit', place: PROBES, why: WHY_PROBES },
  { rule: 'owasp:api4:2023-rate-limit-responses-429', place: PROBES, why: WHY_PROBES },
  { rule: 'owasp:api8:2023-define-error-responses-401', place: PROBES, why: WHY_PROBES },
  { rule: 'owasp:api8:2023-define-error-validation', place: PROBES, why: WHY_PROBES },
];

const isExcepted = ({ rule, place }: Finding): boolean =>
  EXCEPTIONS.some((each) => each.rule === rule && each.place.test(place));

const shown = ({ rule, place, message }: Finding): string => `${rule} at ${place}: ${message}`;

async function byRedocly(): Promise<readonly Finding[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: text, absoluteRef: FILE, config });
  return problems.map(({ ruleId, message, location }) => ({
    ...{ rule: ruleId, place: location[0]?.pointer ?? '', message },
  }));
}

async function bySpectral(): Promise<readonly Finding[]> {
  const spectral = new Spectral();
  const rules = { extends: [oas, owasp] } as RulesetDefinition;
  spectral.setRuleset(rules);
  const results = await spectral.run(new Document(text, Json, FILE));
  return results.map(({ code, path, message }) => ({
    ...{ rule: String(code), place: path.join('/'), message },
  }));
}

/** Half a megabyte under a hundred rules: 6 s alone, more beside other tests. */
const LINT_WITHIN_MS = 120_000;

let findings: readonly Finding[] = [];

test(
  'no rule of Redocly and of Spectral is broken, warnings included',
  async () => {
    findings = [...(await byRedocly()), ...(await bySpectral())];
    expect(findings.filter((finding) => !isExcepted(finding)).map(shown)).toEqual([]);
  },
  LINT_WITHIN_MS,
);

test('what is excepted is still there: an exception that nothing needs any more goes', () => {
  const unused = EXCEPTIONS.filter(
    ({ rule, place }) => !findings.some((each) => each.rule === rule && place.test(each.place)),
  );
  expect(unused).toEqual([]);
});
