// One request in, one delivery out: admits, strikes with the fault that fits, executes, journals. Synchronous, so
// two requests never interleave: what upstream would serialise on an instance is serial here.
import { randomUUID } from 'node:crypto';
import { actionNamed } from './actions.js';
import type { Result } from './call.js';
import type { Answer, Delivery } from './delivery.js';
import type { Doorkeeper } from './doorkeeper.js';
import type { Fault, FaultBook } from './faults.js';
import type { RequestJournal } from './journal.js';
import { Refusal } from './refusals.js';
import { headerText, readRpcRequest, type Incoming, type RpcRequest } from './rpc-request.js';
import { toJson, toXml, type JsonObject } from './wire-format.js';
import { NO_TWIST, type Twist, type World } from './world.js';

export interface Simulation {
  readonly world: World;
  readonly doorkeeper: Doorkeeper;
  readonly faults: FaultBook;
  readonly journal: RequestJournal;
}

type Executed = Result | Refusal | null;

const HTML =
  '<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>';

const ordered = (fault: Fault): Refusal => new Refusal(fault.code, fault.status, fault.message);

/** Answers that a fault gives in the action's place. */
function insteadOf(fault: Fault | null, request: RpcRequest): Refusal | null {
  switch (fault?.kind) {
    case 'throttle':
      return Refusal.of('Throttling.User');
    case 'error500':
      return Refusal.of('InternalError');
    case 'gone':
      return Refusal.of('InvalidApi.NotFound', request.action ?? '');
    case 'code':
      return fault.executed ? null : ordered(fault);
    default:
      return null;
  }
}

function twistOf(fault: Fault | null): Twist {
  switch (fault?.kind) {
    case 'fail_import':
      return { ...NO_TWIST, verdict: 'Failed' };
    case 'late_visibility':
      return { ...NO_TWIST, hiddenMs: fault.delayMs, hidesStates: fault.hideStates };
    default:
      return NO_TWIST;
  }
}

const isExecuted = (fault: Fault | null): boolean =>
  fault === null || !['hang', 'garbage'].includes(fault.kind) || fault.executed;

function answerOf(request: RpcRequest, requestId: string, result: Result | Refusal): Answer {
  const isRefusal = result instanceof Refusal;
  const body: JsonObject = isRefusal
    ? {
        RequestId: requestId,
        HostId: headerText(request.headers, 'host') ?? '',
        Code: result.code,
        Message: result.message,
        Recommend: `https://api.aliyun.com/troubleshoot?q=${result.code}&product=Rds&requestId=${requestId}`,
      }
    : { ...result.body, RequestId: requestId };
  const root = isRefusal ? 'Error' : `${request.action ?? ''}Response`;
  return {
    status: isRefusal ? result.status : 200,
    contentType: request.wantsXml ? 'text/xml;charset=utf-8' : 'application/json;charset=utf-8',
    body: request.wantsXml ? toXml(root, body) : toJson(body),
    headers: { 'x-acs-request-id': requestId },
  };
}

function withoutImportId(result: Result | Refusal): Result | Refusal {
  if (result instanceof Refusal) return result;
  const { ImportId: _taken, ...body } = result.body;
  return { ...result, body };
}

/** What is told of what was done. */
function told(fault: Fault | null, executed: Executed): Result | Refusal {
  const result = executed ?? Refusal.of('InternalError');
  if (fault?.kind === 'error500_after') return Refusal.of('InternalError');
  if (fault?.kind === 'code' && !(result instanceof Refusal)) return ordered(fault);
  return fault?.kind === 'no_import_id' ? withoutImportId(result) : result;
}

function deliveryOf(fault: Fault | null, answer: Answer): Delivery {
  switch (fault?.kind) {
    case 'reset_before':
    case 'lost_reply':
      return { kind: 'reset' };
    case 'hang':
      return { kind: 'never' };
    case 'truncated':
      return { kind: 'half', answer };
    case 'garbage': {
      const html = { ...answer, status: fault.status, contentType: 'text/html', body: HTML };
      return { kind: 'whole', answer: html, delayMs: fault.delayMs };
    }
    case 'throttle': {
      const headers = { ...answer.headers, 'x-acs-retry-after': String(fault.delayMs) };
      const isHinted = fault.delayMs > 0;
      return { kind: 'whole', answer: isHinted ? { ...answer, headers } : answer, delayMs: 0 };
    }
    case 'late_visibility':
      return { kind: 'whole', answer, delayMs: 0 };
    default:
      return { kind: 'whole', answer, delayMs: fault?.delayMs ?? 0 };
  }
}

export class Gateway {
  readonly #simulation: Simulation;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  handle(incoming: Incoming): Delivery {
    const { world, faults } = this.#simulation;
    world.settle();
    const request = readRpcRequest(incoming);
    const requestId = randomUUID().toUpperCase();
    const matched = faults.match(request);
    const isLost = matched?.kind === 'reset_before';
    const refused = isLost ? null : this.#turnedAway(request);
    const fault = refused === null ? matched : null;
    const executed = refused ?? (isLost ? null : this.#execute(request, fault));
    const started = executed instanceof Refusal ? undefined : executed?.started;
    if (fault !== null) faults.spend(fault, started !== undefined);
    const result = told(fault, executed);
    const delivery = deliveryOf(fault, answerOf(request, requestId, result));
    const isTold = delivery.kind === 'whole' && fault?.kind !== 'garbage';
    const isRefused = result instanceof Refusal;
    const success = started === undefined ? 'answered' : 'accepted';
    this.#simulation.journal.record(request, world.clock.now(), {
      outcome: !isTold ? 'dropped' : isRefused ? 'refused' : success,
      executed: executed !== null && !(executed instanceof Refusal),
      code: isTold && isRefused ? result.code : null,
      status: 'answer' in delivery ? delivery.answer.status : null,
      importId: started?.importId.toString() ?? null,
      fault: fault?.kind ?? null,
      requestId,
    });
    return delivery;
  }

  #turnedAway(request: RpcRequest): Refusal | null {
    const { world, doorkeeper } = this.#simulation;
    return refusalOf(() => {
      if (!['GET', 'POST'].includes(request.method)) {
        throw Refusal.of('UnsupportedHTTPMethod', request.method);
      }
      if (request.path !== '/') throw Refusal.of('InvalidApi.NotFound', request.path);
      doorkeeper.admit(request, world.keys, world.clock.now(), world.profile.timestampLifeMs);
      return null;
    });
  }

  #execute(request: RpcRequest, fault: Fault | null): Executed {
    const { world } = this.#simulation;
    const instead = insteadOf(fault, request);
    if (instead !== null || !isExecuted(fault)) return instead;
    return refusalOf(() => {
      const key = world.keys.get(request.accessKeyId ?? '');
      if (key === undefined) throw Refusal.of('InvalidAccessKeyId.NotFound');
      const now = world.clock.now();
      const call = { world, key, params: request.params, now, twist: twistOf(fault) };
      return actionNamed(request.action, request.version)(call);
    });
  }
}

/** A refusal thrown inside becomes a value; anything else is a mistake of ours and goes on. */
function refusalOf<T>(act: () => T): T | Refusal {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
