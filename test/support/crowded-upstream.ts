// The port Upstream with a quota that is short, and a note of who asked for room and how many instances were read at once.
import { setImmediate } from 'node:timers/promises';
import {
  Upstream,
  type Account,
  type SessionOutcome,
  type Survey,
  type UpstreamSession,
} from '../../src/use-cases/ports-upstream.js';
import type { MemoryCloud } from './memory-cloud.js';
import { MemoryUpstream } from './memory-upstream.js';

export interface AskedRoom {
  readonly id: string | undefined;
  readonly credentialId: string;
  readonly calls: number;
  readonly urgency: string;
}

export class CrowdedUpstream extends Upstream {
  readonly asked: AskedRoom[] = [];
  /** What stands in the way of an account, now. */
  refusal: (who: Account) => Exclude<SessionOutcome, { kind: 'open' }> | null = () => null;
  /** Called when an instance is looked at. */
  onRead: () => void = () => undefined;
  mostAtOnce = 0;
  private atOnce = 0;
  private readonly inner: MemoryUpstream;

  constructor(cloud: MemoryCloud) {
    super();
    this.inner = new MemoryUpstream(cloud);
  }

  override async survey(): Promise<Survey | null> {
    return null;
  }

  override async open(who: Account, calls: number, urgency: string): Promise<SessionOutcome> {
    const { id, credentialId } = who;
    this.asked.push({ id, credentialId, calls, urgency });
    const refusal = this.refusal(who);
    if (refusal !== null) return refusal;
    const opened = await this.inner.open();
    if (opened.kind !== 'open') return opened;
    return { kind: 'open', session: this.counted(opened.session) };
  }

  /** A look at an instance lasts a turn, so that those at one time can be told. */
  private counted(session: UpstreamSession): UpstreamSession {
    return Object.assign(Object.create(session) as UpstreamSession, {
      instance: async (instanceId: string) => {
        this.onRead();
        this.atOnce += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
        await setImmediate();
        this.atOnce -= 1;
        return session.instance(instanceId);
      },
    });
  }
}
