// Writes answers as JSON; texts that are JSON already go in untouched, so their order of keys survives.
import { randomUUID } from 'node:crypto';

/**
 * Stands before every raw text while the answer is written. It never leaves the process, so no text
 * of a caller can hold it; and the platform's own writer is four times as fast as one of ours.
 */
const MARK = `raw:${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}([^"\\\\]*(?:\\\\.[^"\\\\]*)*)"`, 'g');

/** JSON text to be written as it is: JavaScript objects would reorder number-like keys. */
export class RawJson {
  constructor(readonly text: string) {}

  toJSON(): string {
    return `${MARK}${this.text}`;
  }
}

/** As `JSON.stringify`, and `RawJson` in place. */
export function writeJson(value: unknown): string {
  const json = JSON.stringify(value) ?? 'null';
  if (!json.includes(MARK)) return json;
  return json.replace(MARKED, (_, escaped: string) => JSON.parse(`"${escaped}"`) as string);
}
