// What a report says as a whole: what blocks it, whether it wholly passed, and whether all of the source moves.
import { describe, expect, test } from 'vitest';
import { blockingText, hasPassed, movesWholeSource } from '../../src/domain/preflight-report.js';
import { runPreflight, type PreflightFacts } from '../../src/domain/preflight.js';
import { mySql, running, sqlServer, unknown } from '../support/preflight-facts.js';

const report = (facts: PreflightFacts) => runPreflight(facts).report;

describe('an instance that could not be read at all', () => {
  const unseen = report(mySql({ target: unknown('Forbidden.RAM: not authorized') }));

  test('never makes a fine report, and is what blocks it', () => {
    expect(unseen.ok).toBe(false);
    expect(blockingText(unseen)).toMatch(/^instances_visible: rm-target .*Forbidden\.RAM/);
  });

  test('is not named beside a failure, which is the surer reason', () => {
    const facts = mySql({ target: unknown('timeout') }, { source: { classType: 's' } });
    expect(blockingText(report(facts))).toMatch(/^dedicated_class: [^:]*$/);
  });

  test('blocks alone: other facts that are missing do not', () => {
    const facts = mySql({ sourceDatabases: unknown('x'), targetUsage: unknown('x') });
    expect(report(facts).ok).toBe(true);
    expect(blockingText(report(facts))).toBe('');
  });
});

test('a report has passed when all passes that is asked of its engine, and nothing less', () => {
  expect(hasPassed(report(mySql()), 'MySQL')).toBe(true);
  expect(hasPassed(report(sqlServer()), 'SQLServer')).toBe(true);
  // Skipped because of the other engine: not a pass of this one.
  expect(hasPassed(report(sqlServer()), 'MySQL')).toBe(false);
  expect(hasPassed(report(mySql({ sourceUsage: unknown('timeout') })), 'MySQL')).toBe(false);
  const unknownClass = { source: { classType: null, instanceClass: 'mysql.new.1' } };
  expect(report(mySql({}, unknownClass)).ok).toBe(true);
  expect(hasPassed(report(mySql({}, unknownClass)), 'MySQL')).toBe(false);
});

test('a source moves whole when its report saw all of its databases among those that move', () => {
  expect(movesWholeSource(report(sqlServer({ sourceDatabases: running('SRC') })))).toBe(true);
  expect(movesWholeSource(report(sqlServer({ sourceDatabases: running('src', 'b') })))).toBe(false);
  expect(movesWholeSource(report(sqlServer({ sourceDatabases: unknown('x') })))).toBe(false);
  expect(movesWholeSource(null)).toBe(false);
});
