// One listing serves every process: a survey is made by one of them at a time and used by all while it is young.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../use-cases/ports.js';
import type { Survey } from '../use-cases/ports-upstream.js';
import type { RedisClient } from './redis-connection.js';
import { RedisScript } from './redis-script.js';

/** Ids in lower case, or why there are none; `no_room`: nothing was tried, the next who asks may. */
export type Listed = readonly string[] | 'failed' | 'no_room';

/** Told how many ids the last survey had. */
export type List = (lastCount: number) => Promise<Listed>;

/** A survey is renewed from half of its greatest age on, so that the others need not wait for that. */
const RENEW_PART = 0.5;

/** A process that died in its turn holds the others up this long; they look one by one meanwhile. */
const TURN_MS = 30_000;

/** Too old to be used it still tells how much there is to list. */
const LIFE_PARTS = 20;

const ASK = new RedisScript(new URL('./survey-ask.lua', import.meta.url));
const TELL = new RedisScript(new URL('./survey-tell.lua', import.meta.url));

type Reply = readonly [
  isMine: number,
  nowMs: number,
  lastCount: number,
  ids: string,
  ageMs: number,
];

export class RedisSurveys {
  private readonly known = new Map<string, Survey>();
  private readonly asking = new Map<string, Promise<Survey | null>>();

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
    private readonly keyPrefix: string,
  ) {}

  /**
   * The newest survey of the topic, begun at most `maxAgeMs` ago; null when there is none and another
   * process is making one, or when it could not be made. A listing begins at most once in half of
   * `maxAgeMs`, whether it succeeds or not.
   */
  async survey(topic: string, maxAgeMs: number, list: List): Promise<Survey | null> {
    const known = this.knownWithin(topic, maxAgeMs);
    if (known !== null && this.ageMs(known) < maxAgeMs * RENEW_PART) return known;
    const asked = this.asking.get(topic);
    if (asked !== undefined) return known ?? asked;
    const asking = this.ask(topic, maxAgeMs, list).finally(() => this.asking.delete(topic));
    this.asking.set(topic, asking);
    return asking;
  }

  private async ask(topic: string, maxAgeMs: number, list: List): Promise<Survey | null> {
    const token = randomUUID();
    const renewMs = Math.ceil(maxAgeMs * RENEW_PART);
    // Before the answer: by our clock a survey is never younger than it is.
    const askedAt = this.clock.now();
    const args = [maxAgeMs, renewMs, token, TURN_MS];
    const reply = await ASK.run(this.redis, this.keysOf(topic), args);
    const [isMine, beganAt, lastCount, ids, ageMs] = reply as Reply;
    const kept = ids === '' ? null : surveyOf(JSON.parse(ids) as string[], askedAt - ageMs);
    if (isMine !== 1) return this.keep(topic, kept, maxAgeMs);

    // A survey only spares calls: that it fails must not keep anybody from looking for himself.
    const listed = await list(lastCount).catch(() => 'failed' as const);
    const isListed = typeof listed !== 'string';
    const nextMs = listed === 'no_room' ? 0 : renewMs;
    const told = isListed ? [JSON.stringify(listed), listed.length] : ['', 0];
    await TELL.run(this.redis, this.keysOf(topic), [
      ...[token, beganAt, ...told],
      ...[maxAgeMs * LIFE_PARTS, nextMs],
    ]);
    return this.keep(topic, isListed ? surveyOf(listed, askedAt) : kept, maxAgeMs);
  }

  /** Drops what is too old, of every topic: accounts come and go. */
  private keep(topic: string, survey: Survey | null, maxAgeMs: number): Survey | null {
    if (survey !== null) this.known.set(topic, survey);
    for (const each of [...this.known.keys()]) {
      if (this.knownWithin(each, maxAgeMs) === null) this.known.delete(each);
    }
    return survey;
  }

  private knownWithin(topic: string, maxAgeMs: number): Survey | null {
    const known = this.known.get(topic);
    if (known === undefined) return null;
    const ageMs = this.ageMs(known);
    return ageMs >= 0 && ageMs <= maxAgeMs ? known : null;
  }

  private ageMs(survey: Survey): number {
    return this.clock.now() - survey.atMs;
  }

  private keysOf(topic: string): readonly string[] {
    const key = `${this.keyPrefix}:survey:${topic}`;
    return [key, `${key}:turn`];
  }
}

const surveyOf = (ids: readonly string[], atMs: number): Survey => {
  return { instanceIds: new Set(ids), atMs };
};
