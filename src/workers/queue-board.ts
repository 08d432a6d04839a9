/**
 * The queues as bull-board reads them, without anything that changes them: of its routes only those
 * that read are given on, and each queue is read-only besides. A job is a wake-up that can be made
 * again from the records at any time: to delete or retry one helps nobody, and may delay somebody.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  ControllerHandlerReturnType,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';
import { Queue, type ConnectionOptions } from 'bullmq';
import {
  QueueBoard,
  type BoardAnswer,
  type BoardQuestion,
  type BoardRead,
} from '../use-cases/ports-queues.js';
import { TASKS } from './queues.js';

/** Nothing that asks Redis for more than the queues: no INFO and no CLIENT LIST. */
const SETTINGS: UIConfig = {
  boardTitle: 'RDS import: queues',
  ...{ hideRedisDetails: true, showWorkers: false, showMetrics: false, hideDocsLink: true },
  locale: { lng: 'en-US' },
  pollingInterval: { showSetting: true },
};

const STYLE = /<link href="static\/([\w./-]+\.css)"/g;
const SCRIPT = /<script defer src="static\/([\w./-]+\.js)"/g;

/** What the library would tell a server of its own choice. */
class Told implements IServerAdapter {
  queues: BullBoardQueues = new Map();
  viewsPath = '';
  staticPath = '';
  settings: UIConfig = {};
  views: readonly string[] = [];
  routes: readonly AppControllerRoute[] = [];

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }
  setViewsPath(folder: string): this {
    this.viewsPath = folder;
    return this;
  }
  setStaticPath(_route: string, folder: string): this {
    this.staticPath = folder;
    return this;
  }
  setEntryRoute({ route }: AppViewRoute): this {
    this.views = [route].flat();
    return this;
  }
  /** Errors are this service's own: theirs would say what was thrown. */
  setErrorHandler(): this {
    return this;
  }
  setApiRoutes(routes: AppControllerRoute[]): this {
    this.routes = routes;
    return this;
  }
  setUIConfig(settings: UIConfig): this {
    this.settings = settings;
    return this;
  }
}

export class BullQueueBoard extends QueueBoard {
  override readonly views: readonly string[];
  override readonly reads: readonly BoardRead[];
  override readonly files: string;
  override readonly styles: readonly string[];
  override readonly scripts: readonly string[];
  override readonly settings: string;

  /** `connection` must fail fast: a person waits. */
  constructor(options: { readonly connection: ConnectionOptions; readonly prefix: string }) {
    super();
    const queues = TASKS.map((task) => new Queue(task, { ...options, skipMetasUpdate: true }));
    // Who waits for an answer is told of it by that; the connection's own errors are logged where it is made.
    for (const queue of queues) queue.on('error', () => undefined);
    const told = new Told();
    createBullBoard({
      queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
      serverAdapter: told,
      options: { uiConfig: SETTINGS },
    });
    this.views = told.views;
    this.reads = told.routes
      .filter(({ method }) => [method].flat().every((one) => one === 'get'))
      .flatMap((route) => [route.route].flat().map((one) => readOf(told, route, one)));
    this.files = told.staticPath;
    // Their page has styles of its own in itself, and asks another origin for fonts: only its files are taken.
    const page = readFileSync(path.join(told.viewsPath, 'index.ejs'), 'utf8');
    this.styles = namesIn(page, STYLE);
    this.scripts = namesIn(page, SCRIPT);
    this.settings = JSON.stringify(told.settings).replaceAll('<', '\\u003c');
  }
}

const readOf = (told: Told, route: AppControllerRoute, one: string): BoardRead => ({
  path: one,
  answer: async ({ params, query }: BoardQuestion) => {
    const request = { queues: told.queues, uiConfig: told.settings, params, query };
    return answerOf(await route.handler({ ...request, body: {}, headers: {} }));
  },
});

const answerOf = ({ status = 200, body }: ControllerHandlerReturnType<unknown>): BoardAnswer => ({
  status,
  body,
});

/** Throws when there are none: the package has changed, and its page would stay empty. */
function namesIn(page: string, pattern: RegExp): readonly string[] {
  const names = [...page.matchAll(pattern)].flatMap(([, name]) => name ?? []);
  if (names.length === 0) throw new Error(`the page of bull-board has no ${pattern.source}`);
  return names;
}
