// A verification says what upstream said, waits a little for its turn, and decides nothing by itself.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Problem } from '../../src/domain/errors.js';
import type { Credential } from '../../src/use-cases/ports-credentials.js';
import {
  Upstream,
  type Account,
  type SessionOutcome,
  type UpstreamFault,
  type Urgency,
} from '../../src/use-cases/ports-upstream.js';
import { VerifyCredential } from '../../src/use-cases/verify-credential.js';
import { MemoryBreakers } from '../support/memory-breakers.js';
import { MemoryCloud } from '../support/memory-cloud.js';
import { MemoryCredentialStore } from '../support/memory-credential-store.js';
import {
  RecordingJournal,
  START_MS,
  TestClock,
  TestIds,
  TestPause,
} from '../support/memory-ports.js';
import { MemoryUpstream } from '../support/memory-upstream.js';

const CREDENTIAL: Credential = {
  ...{ id: 'cred_1', tenant: 'acme', name: 'production', type: 'access_key', version: 1 },
  ...{ regionId: 'cn-hangzhou', maskedKeyId: 'LTAI****9xYz', sealed: 'v1.x', keyVersion: 'k1' },
  ...{ createdAt: START_MS, updatedAt: START_MS, lastUsedAt: null, lastVerifiedAt: null },
  ...{ roleArn: null, unhealthy: null },
};
const ASKED = { tenant: 'acme', id: 'cred_1', resume: false };

/** The quota has no room until then; who comes back too early is told another time. */
class BusyUpstream extends Upstream {
  private readonly free: MemoryUpstream;
  readonly opened: { readonly who: Account; readonly calls: number; readonly urgency: Urgency }[] =
    [];
  busyUntilMs = 0;
  noCredential: string | null = null;
  refusal: UpstreamFault | null = null;
  why: string | null = null;
  /** Called before a session is given out. */
  onOpen: () => Promise<void> = async () => undefined;

  constructor(
    cloud: MemoryCloud,
    private readonly clock: TestClock,
  ) {
    super();
    this.free = new MemoryUpstream(cloud);
  }

  override async survey(): Promise<null> {
    return null;
  }

  override async open(who: Account, calls: number, urgency: Urgency): Promise<SessionOutcome> {
    this.opened.push({ who, calls, urgency });
    if (this.noCredential !== null) return { kind: 'no_credential', message: this.noCredential };
    if (this.refusal !== null) {
      return { kind: 'no_credential', message: 'no session', fault: this.refusal };
    }
    const now = this.clock.now();
    if (now < this.busyUntilMs) {
      const untilMs = Math.min(this.busyUntilMs, now + 2_000);
      return { kind: 'wait', untilMs, ...(this.why !== null && { why: this.why }) };
    }
    await this.onOpen();
    return this.free.open();
  }
}

let clock: TestClock;
let cloud: MemoryCloud;
let upstream: BusyUpstream;
let credentials: MemoryCredentialStore;
let breakers: MemoryBreakers;
let journal: RecordingJournal;
let verification: VerifyCredential;
beforeEach(async () => {
  clock = new TestClock();
  cloud = new MemoryCloud(clock);
  upstream = new BusyUpstream(cloud, clock);
  credentials = new MemoryCredentialStore();
  breakers = new MemoryBreakers(credentials, clock);
  journal = new RecordingJournal();
  const pause = new TestPause(clock);
  verification = new VerifyCredential(
    ...([credentials, upstream, breakers, clock, pause, new TestIds(), journal] as const),
  );
  await credentials.create(CREDENTIAL, null);
});

const problem = async (): Promise<Problem> =>
  verification.verify(ASKED).then(
    (answer) => {
      throw new Error(`no problem, but ${JSON.stringify(answer)}`);
    },
    (error: Problem) => error,
  );
const verifiedAt = async (): Promise<number | null | undefined> =>
  (await credentials.find('acme', 'cred_1'))?.lastVerifiedAt;

describe('one call', () => {
  test('is made, of the least urgency, and its time is on record', async () => {
    const answer = await verification.verify(ASKED);
    expect(answer).toEqual({ valid: true, open: [], closed: [], checkedAt: START_MS });
    expect(cloud.verifications).toBe(1);
    const who = { tenant: 'acme', credentialId: 'cred_1', regionId: 'cn-hangzhou' };
    expect(upstream.opened).toMatchObject([{ who, calls: 1, urgency: 'background' }]);
    expect(await verifiedAt()).toBe(START_MS);
  });

  test('waits for its turn, keeping its place, for five seconds in all', async () => {
    upstream.busyUntilMs = START_MS + 5_000;
    const answer = await verification.verify(ASKED);
    expect(answer).toMatchObject({ valid: true, checkedAt: START_MS + 5_000 });
    const places = upstream.opened.map(({ who }) => who.id);
    expect(places).toHaveLength(4);
    expect(new Set(places).size).toBe(1);
    await verification.verify(ASKED);
    expect(upstream.opened.at(-1)?.who.id).not.toBe(places[0]);
  });

  test('that would wait longer is given up, with the time to come back', async () => {
    upstream.busyUntilMs = START_MS + 60_000;
    const { code, more } = await problem();
    expect([code, more.retryAfterSeconds]).toEqual(['unavailable', 2]);
    expect(clock.now()).toBeLessThanOrEqual(START_MS + 5_000);
    expect(cloud.verifications).toBe(0);
  });
});

describe('what upstream says', () => {
  test('against the key is told in its words, and nothing is on record', async () => {
    cloud.readFault = 'auth';
    const refused = { valid: false, code: 'auth', message: 'auth', checkedAt: START_MS };
    expect(await verification.verify(ASKED)).toEqual(refused);
    expect(await verifiedAt()).toBeNull();
  });

  test.each(['throttled', 'unclear'] as const)(
    'that does not decide (%s) is a problem of now, never a refused key',
    async (fault) => {
      cloud.readFault = fault;
      const { code, message, more } = await problem();
      expect(code).toBe('unavailable');
      expect(message).toContain(fault);
      expect(more.retryAfterSeconds).toBeGreaterThan(0);
      expect(await verifiedAt()).toBeNull();
    },
  );

  test('cannot be asked with a key that cannot be opened', async () => {
    upstream.noCredential = 'the credential cannot be opened with the master keys at hand';
    const { code, message } = await problem();
    expect(code).toBe('unavailable');
    expect(message).toContain('master keys');
  });

  test('is refused where STS refuses the session, in its own words', async () => {
    const refusal = { code: 'NoPermission', message: 'You are not authorized' };
    upstream.refusal = { class: 'auth', ...refusal, requestId: 'R-1', retryAfterMs: null };
    const checkedAt = clock.now();
    expect(await verification.verify(ASKED)).toEqual({ valid: false, ...refusal, checkedAt });
    expect(await verifiedAt()).toBeNull();
  });

  test('makes a refused key healthy again', async () => {
    const refused = { since: START_MS - 1, code: 'Forbidden.RAM' };
    await credentials.fellIll(CREDENTIAL, refused);
    expect(await verification.verify(ASKED)).toMatchObject({ valid: true });
    expect(await credentials.find('acme', 'cred_1')).toMatchObject({ unhealthy: null });
  });

  test('says why it must wait, where that is not the quota', async () => {
    upstream.why = 'no session is given out: Throttling.User';
    upstream.busyUntilMs = clock.now() + 60_000;
    expect((await problem()).message).toContain('no session is given out');
  });

  test('of an old secret is not said of the one that replaced it meanwhile', async () => {
    upstream.onOpen = async () => {
      await credentials.replace({ ...CREDENTIAL, version: 2, sealed: 'v1.fresh' });
    };
    expect(await verification.verify(ASKED)).toMatchObject({ valid: true });
    expect(await verifiedAt()).toBeNull();
  });
});

test("another tenant's credential is as a missing one, and upstream is not asked", async () => {
  for (const other of [
    { ...ASKED, tenant: 'rival' },
    { ...ASKED, id: 'cred_0' },
  ]) {
    await expect(verification.verify(other)).rejects.toMatchObject({ code: 'not_found' });
  }
  expect(upstream.opened).toEqual([]);
});

describe('imports that are held back', () => {
  const who = { tenant: 'acme', credentialId: 'cred_1', regionId: 'cn-beijing' };
  const breaker = {
    ...{ regionId: 'cn-beijing', code: 'InvalidApi.NotFound', message: 'gone' },
    ...{ requestId: 'r-1', openedAt: START_MS },
  };
  const resume = async () => verification.verify({ ...ASKED, resume: true });
  beforeEach(async () => {
    const fault = { ...breaker, class: 'gone', retryAfterMs: null } as const;
    await breakers.trip(who, fault);
    clock.moveBy(1_000);
  });

  test('are told, and stay held back, however often one looks', async () => {
    for (let looks = 0; looks < 2; looks += 1) {
      const answer = await verification.verify(ASKED);
      expect(answer).toMatchObject({ valid: true, open: [breaker], closed: [] });
    }
    expect(await breakers.openFor(who)).toEqual(breaker);
  });

  test('go on by an explicit decision, which is told once and logged', async () => {
    expect(await resume()).toMatchObject({ valid: true, open: [], closed: [breaker] });
    expect(await breakers.openFor(who)).toBeNull();
    expect(journal.warnings).toEqual(['imports resumed on request']);
    expect(await resume()).toMatchObject({ valid: true, open: [], closed: [] });
    expect(journal.warnings).toHaveLength(1);
  });

  test.each(['auth', 'throttled', 'unclear'] as const)(
    'stay held back where upstream did not take the key (%s)',
    async (fault) => {
      cloud.readFault = fault;
      await resume().catch(() => null);
      expect(await breakers.openFor(who)).toEqual(breaker);
    },
  );
});
