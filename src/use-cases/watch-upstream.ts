/**
 * Watches every call upstream, whoever makes it: calls that fail one after the other, with no answer between them, open
 * a pause for their account and region, and the first answer closes it. What upstream refuses is an answer, and so
 * is a busy instance; our own quota of calls says nothing about upstream.
 */
import { Journal } from './ports.js';
import { UpstreamPauses } from './ports-pauses.js';
import {
  Upstream,
  type Account,
  type Read,
  type SessionOutcome,
  type SubmissionOutcome,
  type Survey,
  type UpstreamFault,
  type UpstreamSession,
  type Urgency,
} from './ports-upstream.js';

/** Words of ours for answers that came but cannot be used, and for calls that never left. */
const SAYS_NOTHING = new Set([
  ...['import_id_missing', 'unexpected_answer', 'too_many_pages', 'contradictory'],
  ...['quota_exhausted', 'quota_unavailable', 'pace_lost', 'shutting_down'],
]);

/** Upstream looked at the request, and said something about it or about one instance, in spite of the class. */
const ANSWERS =
  /^(LockTimeout|InstanceConnectTimeoutFault|ConcurrentTaskExceeded|SignatureNonceUsed|InvalidSecurityToken|InvalidTime[Ss]tamp|IllegalTimestamp)(\.|$)/;

export class WatchUpstream extends Upstream {
  constructor(
    private readonly upstream: Upstream,
    private readonly pauses: UpstreamPauses,
    private readonly journal: Journal,
  ) {
    super();
  }

  override async open(who: Account, calls: number, urgency: Urgency): Promise<SessionOutcome> {
    const opened = await this.upstream.open(who, calls, urgency);
    if (opened.kind === 'wait' && opened.why !== undefined)
      await this.heard(who, noSession(opened.why));
    if (opened.kind !== 'open') return opened;
    return { kind: 'open', session: this.watched(who, opened.session) };
  }

  override async survey(who: Account, status: string, maxAgeMs: number): Promise<Survey | null> {
    return this.upstream.survey(who, status, maxAgeMs);
  }

  private watched(who: Account, session: UpstreamSession): UpstreamSession {
    const read = async <T>(call: Promise<Read<T>>): Promise<Read<T>> => {
      const result = await call;
      await this.heard(who, result.ok ? null : result.fault);
      return result;
    };
    return {
      instance: (instanceId) => read(session.instance(instanceId)),
      databases: (instanceId) => read(session.databases(instanceId)),
      usage: (instanceId) => read(session.usage(instanceId)),
      imports: (...query) => read(session.imports(...query)),
      cancel: (...query) => read(session.cancel(...query)),
      verify: (regionId) => read(session.verify(regionId)),
      sign: (command) => session.sign(command),
      send: async (signed) => {
        const outcome = await session.send(signed);
        // What became of a submission is written before anything else is.
        void this.heard(who, faultOf(outcome));
        return outcome;
      },
    };
  }

  /** Never rejects: what is not noted now is noted with the next call. */
  private async heard(who: Account, fault: UpstreamFault | null): Promise<void> {
    const { credentialId, regionId } = who;
    try {
      if (fault === null || isAnswer(fault)) {
        if (!(await this.pauses.answered(who))) return;
        this.journal.warn('upstream answers again: submissions go on', { credentialId, regionId });
      } else if (isOutageSign(fault) && (await this.pauses.failed(who, fault))) {
        const { code } = fault;
        const facts = { credentialId, regionId, code };
        this.journal.warn('upstream does not answer: submissions pause', facts);
      }
    } catch {
      // Redis is away: whoever called finds that out for itself.
    }
  }
}

/** Whoever gives out sessions does not answer: without one nothing can be called. */
const noSession = (why: string): UpstreamFault => ({
  ...{ class: 'unclear', code: 'no_session', message: why },
  ...{ requestId: null, retryAfterMs: null },
});

function faultOf(outcome: SubmissionOutcome): UpstreamFault | null {
  const ours = { requestId: null, retryAfterMs: null };
  switch (outcome.kind) {
    case 'accepted':
      return null;
    case 'refused':
      return outcome.fault;
    case 'unknown':
      return { class: 'unclear', code: outcome.code, message: outcome.message, ...ours };
    // It may have been held back here: what upstream is like the next read tells.
    case 'not_sent':
      return { class: 'unclear', code: 'shutting_down', message: outcome.message, ...ours };
  }
}

const isAnswer = ({ class: kind, code }: UpstreamFault): boolean =>
  (kind !== 'throttled' && kind !== 'unclear') || ANSWERS.test(code);

const isOutageSign = ({ code }: UpstreamFault): boolean => !SAYS_NOTHING.has(code);
