// Ids come out digit for digit, and nothing of a credential comes out at all.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  importIdOf,
  quantity,
  readObject,
  rowsAt,
  scrubber,
  word,
} from '../../src/adapters/rds-text.js';
import { Secret } from '../../src/use-cases/ports-credentials.js';

const importIdIn = (text: string): string | null => {
  const answer = readObject(text);
  return answer === null ? null : importIdOf(answer);
};

describe('an ImportId', () => {
  it('of up to 20 digits is read digit for digit, as a number and as a string', () => {
    const keys = fc.constantFrom('ImportId', 'ImportID', ' ImportId');
    const numbers = fc.bigInt({ min: 0n, max: 99_999_999_999_999_999_999n }).map(String);
    fc.assert(
      fc.property(keys, numbers, (key, digits) => {
        expect(importIdIn(`{"RequestId":"r","${key}":${digits}}`)).toBe(digits);
        expect(importIdIn(`{"${key}" : "${digits}"}`)).toBe(digits);
      }),
    );
    expect(importIdIn('{"ImportId":85265475235123456789}')).toBe('85265475235123456789');
  });

  it.each([
    ['is missing', '{"RequestId":"r"}'],
    ['stands deeper', '{"Data":{"ImportId":1}}'],
    ['is in a text', '{"Message":"\\"ImportId\\":1"}'],
    ['is null', '{"ImportId":null}'],
    ['is empty', '{"ImportId":""}'],
    ['is negative', '{"ImportId":-1}'],
    ['has an exponent', '{"ImportId":8.5e10}'],
    ['has a fraction', '{"ImportId":1.0}'],
    ['has 21 digits', '{"ImportId":123456789012345678901}'],
    ['is not digits', '{"ImportId":"12a"}'],
    ['has spaces', '{"ImportId":" 12 "}'],
    ['is a list', '{"ImportId":[1]}'],
    ['is given twice with two values', '{"ImportId":1,"ImportID":2}'],
    ['is once usable and once not', '{"ImportId":1,"ImportId":null}'],
  ])('that %s is none', (_, text) => {
    expect(importIdIn(text)).toBeNull();
  });

  it('given twice with one value is that value', () => {
    expect(importIdIn('{"ImportId":7,"ImportID":"7"}')).toBe('7');
  });
});

it.each(['', 'null', '[]', '"x"', '<html></html>', '{"ImportId":1', '{"a":1}x', '['.repeat(99)])(
  '%j is not an answer',
  (text) => {
    expect(readObject(text)).toBeNull();
  },
);

describe('reading leniently', () => {
  const answer = readObject(
    '{" RequestID ":"r","N":"12","M":-1,"O":{"R":[{"a":1}]},"P":{},"Q":[],"S":{"R":null}}',
  );

  it('finds keys with spaces around them, numbers in strings, and no data behind -1', () => {
    expect(word(answer, 'RequestId', 'RequestID')).toBe('r');
    expect([quantity(answer, 'N'), quantity(answer, 'M'), quantity(answer, 'X')]).toEqual([
      12,
      null,
      null,
    ]);
  });

  it('tells an empty list from an answer without one', () => {
    if (answer === null) throw new Error('the sample is not JSON');
    expect(rowsAt(answer, 'O', 'R')).toHaveLength(1);
    for (const outer of ['P', 'Q', 'S']) expect(rowsAt(answer, outer, 'R')).toEqual([]);
    for (const outer of ['X', 'N']) expect(rowsAt(answer, outer, 'R')).toBeNull();
  });
});

describe('scrubbing', () => {
  const secrets = {
    accessKeyId: new Secret('LTAIcanary0001'),
    accessKeySecret: new Secret('s3cret/canary+='),
    securityToken: new Secret('CAIS/tok+en=='),
  };
  const scrub = scrubber(secrets, 'LTAI****0001');

  it('masks the AccessKeyId and removes secret and token wherever they stand, encoded too', () => {
    const said = scrub(
      `key LTAIcanary0001, "LTAIcanary0001"; s3cret/canary+= CAIS/tok+en== ${encodeURIComponent('CAIS/tok+en==')}`,
    );
    expect(said).toBe('key LTAI****0001, "LTAI****0001"; [sealed] [sealed] [sealed]');
  });

  it('leaves no part of a key at the place where a long text is cut', () => {
    for (let padding = 480; padding <= 500; padding += 1) {
      expect(scrub(`${'x'.repeat(padding)}LTAIcanary0001`)).not.toContain('LTAIc');
    }
  });

  it('keeps a text on one line', () => {
    expect(scrub('a\r\nb\u0000c')).toBe('a b c');
  });

  it('leaves a text alone where there is no token', () => {
    expect(scrubber({ ...secrets, securityToken: null }, 'm')('abc')).toBe('abc');
  });
});
