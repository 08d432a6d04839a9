/**
 * The control routes: how a test or a demo sets the stage and reads what really happened. They need no signature.
 *
 * JSON in, JSON out. Wrong input is 400, an unknown route or id 404, an import that ended already 409, each with
 * `{"error": "…"}`. An unknown field is an error. A bad order changes nothing.
 *
 * `POST /control/faults` → 201, the fault. `GET /control/faults` → `{faults}`, those still pending.
 *   `DELETE /control/faults` → `{faults: []}`.
 *   Body `{kind, action?, instanceId?, times?, delayMs?, executed?, hideStates?, code?, message?, status?}`.
 *   `action` and `instanceId` (source or target) narrow what it strikes; `times` (default 1, -1 for ever) counts
 *   strikes. The oldest fault that fits strikes, one a request, and only a request that was admitted (signature,
 *   time, nonce); `reset_before` strikes before that. `delayMs` also delays any answer given below.
 *
 *   | kind            | executed        | the caller sees                                                   |
 *   | --------------- | --------------- | ----------------------------------------------------------------- |
 *   | throttle        | no              | Throttling.User 400; `delayMs` becomes x-acs-retry-after instead  |
 *   | error500        | no              | InternalError 500                                                 |
 *   | error500_after  | yes             | InternalError 500                                                 |
 *   | lost_reply      | yes             | connection reset, no answer                                       |
 *   | reset_before    | no              | connection reset; the nonce is not used up                        |
 *   | hang            | if `executed`   | nothing, until it goes away                                       |
 *   | garbage         | if `executed`   | HTML with `status` (default 502)                                  |
 *   | truncated       | yes             | headers, half of the JSON, connection closed                      |
 *   | no_import_id    | yes             | 200 without ImportId                                              |
 *   | late_visibility | yes             | 200; listed only after `delayMs` (default 5000), with `hideStates`|
 *   |                 |                 | both instances show Running until then                            |
 *   | fail_import     | yes             | 200; the import ends Failed                                       |
 *   | code            | if `executed`   | `code` (required), `message`, `status` (default 400)              |
 *   | gone            | no              | InvalidApi.NotFound 404                                           |
 *   | slow            | yes, at once    | the answer after `delayMs` (default 1000)                         |
 *
 *   no_import_id, late_visibility and fail_import strike imports only and are spent only by one that starts.
 *
 * `GET /control/journal?afterSeq=0&action=…` → `{entries}`, see JournalEntry in journal.ts. An entry with
 *   an `importId` started that import, whatever the caller was told.
 * `GET /control/world` → `{now, instances, imports, durations, profile}` (WorldView): instances as in
 *   the world file (with the true status, also while reads hide it) plus `diskUsedBytes`; imports as ImportView, oldest
 *   first. No secrets.
 * `PUT /control/world` body: a world file (see world-file.ts) → the same view. Becomes what `reset` returns to; imports,
 *   faults, journal, nonces and clock start anew.
 * `POST /control/reset` → the same view, all as at the start.
 * `PATCH /control/instances/{id}` body: any fields of the instance but its id; `databases` as a whole → the instance.
 * `PATCH /control/durations` `{baseMs?, perGBMs?, cancelMs?, byInstance?}` and `PATCH /control/profile`
 *   `{cancelMySQL?, cancelSQLServer?, timestampLifeMs?, missingInstance?}` → the whole; `byInstance` is replaced as a whole; imports that
 *   run keep their end.
 * `POST /control/clock` `{advanceMs}` → `{now}`. The one clock of imports, listings, timestamps and nonces: 15 minutes
 *   away from real time, real clients are refused with InvalidTimeStamp.Expired. To end an import, use finish.
 * `POST /control/sessions/expire` → `{expired}`, how many: all temporary keys that AssumeRole gave out end now, and
 *   are refused with InvalidSecurityToken.Expired. Which roles it gives keys for is in the world file
 *   (`accounts[].roles`); to refuse one, order the fault `code` for the action AssumeRole.
 * `POST /control/imports/{importId}/finish` `{verdict}`: Success, Failed or Canceled, now → the import.
 */
import { importView, instanceView, iso, worldView } from './control-views.js';
import type { Answer, Delivery } from './delivery.js';
import { Fields, Malformed } from './fields.js';
import type { Simulation } from './gateway.js';
import { VERDICTS } from './import-run.js';
import type { Incoming } from './rpc-request.js';
import {
  readDurations,
  readInstance,
  readProfile,
  readWorldFile,
  type WorldFile,
} from './world-file.js';

class ControlProblem extends Error {
  constructor(
    readonly status: 404 | 409,
    message: string,
  ) {
    super(message);
  }
}

interface Order {
  /** The part of the path that stands for an id. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: () => unknown;
}

type Route = readonly [
  method: string,
  path: RegExp,
  status: number,
  run: (order: Order) => unknown,
];

export class ControlDesk {
  readonly #simulation: Simulation;
  readonly #routes: readonly Route[];

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    const { faults, world } = simulation;
    this.#routes = [
      ['POST', /^\/control\/faults$/, 201, ({ body }) => faults.set(body())],
      ['GET', /^\/control\/faults$/, 200, () => ({ faults: faults.pending() })],
      ['DELETE', /^\/control\/faults$/, 200, () => (faults.clear(), { faults: [] })],
      ['GET', /^\/control\/journal$/, 200, (order) => this.#journal(order)],
      ['GET', /^\/control\/world$/, 200, () => worldView(world)],
      ['PUT', /^\/control\/world$/, 200, ({ body }) => this.#restart(readWorldFile(body()))],
      ['POST', /^\/control\/reset$/, 200, () => this.#restart()],
      ['PATCH', /^\/control\/instances\/([^/]+)$/, 200, (order) => this.#patchInstance(order)],
      [
        'PATCH',
        /^\/control\/durations$/,
        200,
        ({ body }) =>
          (world.durations = readDurations(merged(world.durations, body(), 'durations'))),
      ],
      [
        'PATCH',
        /^\/control\/profile$/,
        200,
        ({ body }) => (world.profile = readProfile(merged(world.profile, body(), 'profile'))),
      ],
      ['POST', /^\/control\/clock$/, 200, (order) => this.#advance(order)],
      ['POST', /^\/control\/sessions\/expire$/, 200, () => ({ expired: world.expireSessions() })],
      ['POST', /^\/control\/imports\/([^/]+)\/finish$/, 200, (order) => this.#finish(order)],
    ];
  }

  handle(incoming: Incoming): Delivery {
    this.#simulation.world.settle();
    try {
      return this.#answer(incoming);
    } catch (error) {
      if (error instanceof Malformed) return json(400, { error: error.message });
      if (error instanceof ControlProblem) return json(error.status, { error: error.message });
      throw error;
    }
  }

  #answer({ method, target, body }: Incoming): Delivery {
    const { pathname, searchParams: query } = new URL(target, 'http://control.invalid');
    for (const [routeMethod, path, status, run] of this.#routes) {
      const match = method === routeMethod ? path.exec(pathname) : null;
      if (match === null) continue;
      return json(status, run({ id: match[1] ?? '', query, body: () => parsed(body) }));
    }
    throw new ControlProblem(404, `there is no control route ${method} ${pathname}`);
  }

  #journal({ query }: Order): unknown {
    const afterSeq = Number(query.get('afterSeq') ?? 0);
    if (!Number.isSafeInteger(afterSeq) || afterSeq < 0) {
      throw new Malformed('afterSeq must be an integer of at least 0');
    }
    return { entries: this.#simulation.journal.entries(afterSeq, query.get('action')) };
  }

  #restart(file?: WorldFile): unknown {
    const { world, doorkeeper, faults, journal } = this.#simulation;
    world.clock.reset();
    world.reset(file);
    for (const memory of [faults, journal]) memory.clear();
    doorkeeper.forget();
    return worldView(world);
  }

  #patchInstance({ id, body }: Order): unknown {
    const { world } = this.#simulation;
    const instance = world.instance(id);
    if (instance === undefined) throw new ControlProblem(404, `there is no instance ${id}`);
    const patch = body();
    if (new Fields(patch, 'instance').has('instanceId')) {
      throw new Malformed('instance.instanceId cannot be changed');
    }
    world.replaceInstance(readInstance({ ...instance, ...Object(patch) }, 'instance'));
    return instanceView(world, world.instance(id) ?? instance);
  }

  #advance({ body }: Order): unknown {
    const { world } = this.#simulation;
    const fields = new Fields(body(), 'clock');
    const advanceMs = fields.number('advanceMs', undefined, Number.MIN_SAFE_INTEGER);
    fields.end();
    world.clock.advance(advanceMs);
    world.settle();
    return { now: iso(world.clock.now()) };
  }

  #finish({ id, body }: Order): unknown {
    const { world } = this.#simulation;
    const run = /^\d{1,20}$/.test(id) ? world.run(BigInt(id)) : undefined;
    if (run === undefined) throw new ControlProblem(404, `there is no import ${id}`);
    const fields = new Fields(body(), 'finish');
    const verdict = fields.oneOf('verdict', VERDICTS);
    fields.end();
    if (run.hasEnded) throw new ControlProblem(409, `import ${id} ended as ${run.verdict}`);
    world.finish(run, verdict);
    return importView(world, run);
  }
}

function merged(current: object, patch: unknown, path: string): Fields {
  const names = new Fields(patch, path).names();
  return new Fields({ ...current, ...(names.length > 0 ? Object(patch) : {}) }, path);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Malformed('the body must be JSON');
  }
}

function json(status: number, value: unknown): Delivery {
  const body = JSON.stringify(value);
  const answer: Answer = {
    status,
    contentType: 'application/json;charset=utf-8',
    body,
    headers: {},
  };
  return { kind: 'whole', answer, delayMs: 0 };
}
