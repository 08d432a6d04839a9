// Stops a process at one of its port calls: for ever (a crash) or until it is let go on (a freeze).

/** Stands between a process and its ports. */
export interface Tap {
  call<T>(name: string, run: () => Promise<T>): Promise<T>;
}

export class Crash extends Error {
  constructor(readonly at: string) {
    super(`the process died at ${at}`);
    this.name = 'Crash';
  }
}

/** Counts, and lets everything through. */
export class Counting implements Tap {
  readonly calls: string[] = [];

  async call<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.calls.push(name);
    return run();
  }
}

/** The call with this number, from 1, takes effect or not; from then on the process is dead. */
export class CrashPoint implements Tap {
  private calls = 0;
  private death: string | null = null;

  constructor(
    private readonly at: number,
    private readonly side: 'before' | 'after',
  ) {}

  async call<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.stopIfDead();
    this.calls += 1;
    if (this.calls === this.at) {
      this.death = `${this.side} call ${this.at}, ${name}`;
      if (this.side === 'after') await run();
    }
    this.stopIfDead();
    const result = await run();
    this.stopIfDead();
    return result;
  }

  private stopIfDead(): void {
    if (this.death !== null) throw new Crash(this.death);
  }
}

export const crashAfter = (call: number): CrashPoint => new CrashPoint(call, 'after');
export const crashBefore = (call: number): CrashPoint => new CrashPoint(call, 'before');

/** After the call with this number the process stands still until `thaw`. */
export class Freeze implements Tap {
  private calls = 0;
  private isOver = false;
  private letGo: () => void = () => undefined;
  private readonly gate = new Promise<void>((resolve) => {
    this.letGo = resolve;
  });
  private tellFrozen: () => void = () => undefined;
  /** Resolves when the process stands still. */
  readonly frozen = new Promise<void>((resolve) => {
    this.tellFrozen = resolve;
  });

  /** `at` is the number of a call, from 1, or the name of one. */
  constructor(private readonly at: number | string) {}

  async call<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.calls += 1;
    const isHere = this.calls === this.at || name === this.at;
    const result = await run();
    if (isHere && !this.isOver) {
      this.tellFrozen();
      await this.gate;
    }
    return result;
  }

  thaw(): void {
    this.isOver = true;
    this.letGo();
  }
}

/** Neither of these reaches outside of the process. */
const NOT_CALLS: ReadonlySet<string | symbol> = new Set(['sign', 'onAppend']);

/** The port as the process sees it: each method is a call, and so is each of a session it opens. */
export function tapped<T extends object>(port: T, tap: Tap): T {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function' || NOT_CALLS.has(property)) {
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      }
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const run = async (): Promise<unknown> => Reflect.apply(member, target, args);
        return withTappedSession(await tap.call(String(property), run), tap);
      };
    },
  });
}

function withTappedSession(result: unknown, tap: Tap): unknown {
  if (typeof result !== 'object' || result === null || !('session' in result)) return result;
  const { session } = result;
  if (typeof session !== 'object' || session === null) return result;
  return { ...result, session: tapped(session, tap) };
}

/** Redis did not answer this one call, which took effect or not; the process lives on. */
export class Hiccup implements Tap {
  private calls = 0;

  constructor(
    private readonly at: number,
    private readonly side: 'before' | 'after',
  ) {}

  async call<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.calls += 1;
    if (this.calls !== this.at) return run();
    if (this.side === 'after') await run();
    throw new Error(`Command timed out: ${name}`);
  }
}
