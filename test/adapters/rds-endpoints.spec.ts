// Requests go to Alibaba's host for the region, to the override, or nowhere.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointOf, parseEndpoint } from '../../src/adapters/rds-endpoints.js';

describe('the host of a region', () => {
  it.each([
    ['cn-hangzhou', 'rds.aliyuncs.com'],
    ['cn-shanghai-finance-1', 'rds.aliyuncs.com'],
    ['cn-chengdu', 'rds.cn-chengdu.aliyuncs.com'],
    ['ap-southeast-1', 'rds.ap-southeast-1.aliyuncs.com'],
    ['eu-newplace-9', 'rds.eu-newplace-9.aliyuncs.com'],
  ])('of %s is %s, over TLS', (regionId, host) => {
    const expected = { isTls: true, hostname: host, port: 443, host };
    expect(endpointOf(regionId, null)).toEqual(expected);
  });

  it.each([
    '',
    'cn',
    'CN-hangzhou',
    'cn-a.evil.test',
    'cn-x/..',
    'cn-x@evil',
    'cn-x#',
    'cn-x\n',
    ' cn-x',
  ])('is nowhere for %j', (regionId) => {
    expect(endpointOf(regionId, null)).toBeNull();
    expect(endpointOf(regionId, parseEndpoint('http://127.0.0.1:1'))).toBeNull();
  });

  it('is always one of aliyuncs.com, whatever the region id says', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z]{2}-.{0,20}$/)), (regionId) => {
        const endpoint = endpointOf(regionId, null);
        if (endpoint === null) return;
        expect(new URL(`https://${endpoint.host}/`).hostname).toBe(endpoint.hostname);
        expect(endpoint.hostname).toMatch(/^rds\.([a-z0-9-]+\.)?aliyuncs\.com$/);
      }),
    );
  });
});

describe('an override', () => {
  it.each([
    [
      'http://127.0.0.1:8080',
      { isTls: false, hostname: '127.0.0.1', port: 8080, host: '127.0.0.1:8080' },
    ],
    [
      'https://rds.internal/',
      { isTls: true, hostname: 'rds.internal', port: 443, host: 'rds.internal' },
    ],
    ['http://[::1]:99', { isTls: false, hostname: '::1', port: 99, host: '[::1]:99' }],
    ['http://localhost:80', { isTls: false, hostname: 'localhost', port: 80, host: 'localhost' }],
  ])('%s stands for every region', (text, endpoint) => {
    expect(endpointOf('cn-chengdu', parseEndpoint(text))).toEqual(endpoint);
  });

  it.each([
    '',
    'ftp://host',
    'host:1',
    'http://user:pw@host',
    'http://host/path',
    'http://host?x',
    'http://h:999999',
  ])('%j is refused, and not repeated in the error', (text) => {
    expect(() => parseEndpoint(text)).toThrow(/^the endpoint must be http:\/\/host:port or https/);
  });
});
