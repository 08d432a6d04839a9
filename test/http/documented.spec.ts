// The check of live answers finds what the document does not say: a check that finds nothing would prove nothing.
import { describe, expect, it } from 'vitest';
import { complaintsAbout, type Answered } from '../support/documented.js';

const HEADERS = {
  'content-type': 'application/problem+json',
  'x-request-id': 'req_1',
  ratelimit: '"default";r=5999;t=60',
  'ratelimit-policy': '"default";q=6000;w=60',
};
const PROBLEM = {
  ...{ type: '/docs#not_found', title: 'No such resource', status: 404, detail: 'There is none.' },
  ...{ code: 'not_found', requestId: 'req_1' },
};
const RIGHT: Answered = {
  ...{ method: 'GET', path: '/v1/migrations/mig_1?x=1', status: 404, headers: HEADERS },
  text: JSON.stringify(PROBLEM),
};
const withBody = (more: object): Answered => ({
  ...RIGHT,
  text: JSON.stringify({ ...PROBLEM, ...more }),
});

const FAULTS: readonly (readonly [what: string, answer: Answered, complaint: RegExp])[] = [
  ['a status', { ...RIGHT, status: 410 }, /no answer 410/],
  [
    'a media type',
    { ...RIGHT, headers: { ...HEADERS, 'content-type': 'application/json' } },
    /media type/,
  ],
  ['a field', withBody({ stack: 'at …' }), /stack/],
  ['a value', withBody({ code: 'gone_fishing' }), /\/code/],
  ['a missing field', withBody({ requestId: undefined }), /requestId/],
  [
    'a missing header',
    { ...RIGHT, headers: { ...HEADERS, ratelimit: undefined } },
    /RateLimit is missing/,
  ],
  [
    'a header of another form',
    { ...RIGHT, headers: { ...HEADERS, ratelimit: '5999' } },
    /RateLimit is 5999/,
  ],
  ['a missing body', { ...RIGHT, text: '' }, /no body/],
  ['an operation', { ...RIGHT, method: 'PUT', status: 200 }, /no such operation/],
];

describe('an answer', () => {
  it('as documented is let through, and so is a problem of a path that nobody answers', () => {
    expect(complaintsAbout(RIGHT)).toEqual([]);
    expect(complaintsAbout({ ...RIGHT, path: '/v2/nothing' })).toEqual([]);
  });

  it.each(FAULTS)('with %s that is not documented is complained of', (_, answer, complaint) => {
    expect(complaintsAbout(answer).join('; ')).toMatch(complaint);
  });

  it.each(['text/event-stream', 'text/html; charset=utf-8', 'image/png'])(
    'of %s is for other tests to judge',
    (type) => {
      const headers = { 'content-type': type };
      expect(complaintsAbout({ ...RIGHT, status: 200, headers, text: 'x' })).toEqual([]);
    },
  );
});
