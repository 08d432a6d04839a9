// A record that an earlier version wrote reads as what it meant.
import { expect, test } from 'vitest';
import { readRecord, writeRecord } from '../../src/adapters/migration-record.js';
import { aMigration } from '../support/memory-migrations.js';

test('a record of before there were cancels has none, and one that has a cancel keeps it', () => {
  const { migration } = aMigration();
  const { cancel: _, ...old } = migration;
  expect(readRecord(JSON.stringify(old), null)).toEqual(migration);
  const asked = { ...migration, cancel: { askedAt: 7, sentAt: null } };
  expect(readRecord(writeRecord(asked), null)).toEqual(asked);
});
