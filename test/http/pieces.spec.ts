// The small rules under the HTTP floor, each as a property.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cursorAfter, idOfCursor } from '../../src/http/cursors.js';
import { RawJson, writeJson } from '../../src/http/json-writer.js';
import { isOutage } from '../../src/http/outages.js';
import { parseTimestamp, timestamp } from '../../src/http/timestamps.js';

describe('the writer of answers', () => {
  test('writes whatever JSON.stringify writes, byte for byte', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => writeJson(value) === JSON.stringify(value)));
    const odd = {
      a: undefined,
      b: [undefined],
      at: new Date(0),
      'c"': { toJSON: () => '[sealed]' },
    };
    expect(writeJson(odd)).toBe(JSON.stringify(odd));
  });

  test('puts raw JSON in untouched, however deep and whatever is in it', () => {
    const raw = new RawJson('{"10":"a","9":"b","10":"c"}');
    expect(writeJson({ x: [raw], y: { z: raw } })).toBe(
      `{"x":[${raw.text}],"y":{"z":${raw.text}}}`,
    );
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: 'binary' }), (text, name) => {
        const key = JSON.stringify(name);
        const pair = new RawJson(`{${key}:${text}}`);
        expect(writeJson([name, pair, text])).toBe(
          `[${key},{${key}:${text}},${JSON.stringify(text)}]`,
        );
      }),
    );
  });

  test('a text that looks like raw JSON stays a text', () => {
    expect(writeJson({ x: { text: '{}' }, y: '{"a":1}' })).toBe(
      '{"x":{"text":"{}"},"y":"{\\"a\\":1}"}',
    );
  });
});

describe('timestamps', () => {
  const LAST_YEARS = {
    min: new Date(Date.UTC(100, 0)),
    max: new Date(Date.UTC(9999, 11, 30)),
    noInvalidDate: true,
  };

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(
        fc.date(LAST_YEARS),
        (date) => parseTimestamp(timestamp(date.getTime())) === date.getTime(),
      ),
    );
  });

  test('name the same instant with any offset', () => {
    const offset = fc.tuple(fc.constantFrom(1, -1), fc.nat(23), fc.nat(59));
    fc.assert(
      fc.property(fc.date(LAST_YEARS), offset, (date, [sign, hours, minutes]) => {
        const local = date.getTime() + sign * (hours * 60 + minutes) * 60_000;
        const pad = (value: number): string => String(value).padStart(2, '0');
        const text = timestamp(local).replace(
          'Z',
          `${sign < 0 ? '-' : '+'}${pad(hours)}:${pad(minutes)}`,
        );
        fc.pre(/^\d{4}-/.test(text) && local >= Date.UTC(100, 0));
        expect(parseTimestamp(text)).toBe(date.getTime());
      }),
    );
  });

  test.each([
    ...[
      '2026-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-00-10T00:00:00Z',
      '2026-04-31T00:00:00Z',
    ],
    ...[
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:60:00Z',
      '2026-01-01T00:00:60Z',
      '2026-01-01T00:00:00+24:00',
    ],
    ...[
      '2026-01-01T00:00:00',
      '2026-01-01',
      '2026-01-01 00:00:00Z',
      ' 2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00Z\n',
    ],
    ...[
      '9999-12-31T23:59:59-00:01',
      '0026-01-01T00:00:00Z',
      '20260101T000000Z',
      '2026-01-01T00:00:00.Z',
      '',
    ],
  ])('%s names no instant', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });

  test('2028-02-29 exists, and parts below a millisecond are dropped', () => {
    expect(parseTimestamp('2028-02-29t00:00:00.1239z')).toBe(Date.UTC(2028, 1, 29, 0, 0, 0, 123));
  });
});

describe('cursors', () => {
  test('lead back to the id they were made of, and nothing else is one', () => {
    expect(idOfCursor(cursorAfter('mig_01JDEMOQ4Y7Z8B9C0D1E2F3G4H'), 'mig')).toBe(
      'mig_01JDEMOQ4Y7Z8B9C0D1E2F3G4H',
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const id = idOfCursor(text, 'mig');
        return id === null || cursorAfter(id) === text;
      }),
    );
  });

  test('belong to one kind of list', () => {
    const ids = fc.tuple(
      fc.constantFrom('mig', 'cred', 'key'),
      fc.stringMatching(/^[0-9a-z]{26}$/),
    );
    fc.assert(
      fc.property(ids, ([prefix, unique]) => {
        const cursor = cursorAfter(`${prefix}_${unique}`);
        expect(idOfCursor(cursor, 'mig') !== null).toBe(prefix === 'mig');
        expect(idOfCursor(cursor, 'cred') !== null).toBe(prefix === 'cred');
      }),
    );
  });
});

test('an error in our own words is never taken for an outage', () => {
  expect(isOutage(new TypeError('Cannot read properties of undefined'))).toBe(false);
  expect(isOutage(new Error('ERR wrong number of arguments'))).toBe(false);
  expect(isOutage('ECONNREFUSED')).toBe(false);
});
