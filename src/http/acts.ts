// What a request is in the audit log: who, from where, what and about which resource; nothing that it brought along.
import { SetMetadata } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Act } from '../domain/audit.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Controller and method that answer, e.g. `MigrationsController.find`. */
    operation?: string;
  }
}

const READS = 'rds-import:reads';

/** For routes that change nothing although their method could: they are not in the audit log. */
export const Reads = (): MethodDecorator => SetMetadata(READS, true);

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export const mayChange = (method: string, handler: object): boolean =>
  !SAFE_METHODS.has(method) && Reflect.getMetadata(READS, handler) !== true;

/** Ids as this service makes them. Whatever else stands in a path may be anything, also a secret. */
const OWN_ID = /^[a-z]{2,5}_[0-9A-Za-z]{1,64}$/;

export function actOf(
  request: FastifyRequest,
  { tenant, keyId }: Pick<Act, 'tenant' | 'keyId'>,
): Act {
  const { url: route = '', config } = request.routeOptions;
  const [, first = '', second = ''] = route.split('/');
  const collection = first === 'v1' ? second : first;
  const method = (config.operation ?? '').replace(/^.*\./, '');
  return {
    ...{ tenant, keyId },
    action: `${collection}.${method}`,
    resource: pathOf(route, request.params),
    requestId: request.id,
    source: request.source,
  };
}

/** The same act, once it is known what it made. */
export function withMade(act: Act, reply: FastifyReply): Act {
  const location = reply.getHeader('location');
  return typeof location === 'string' ? { ...act, resource: location } : act;
}

/** The route, with ids in place of their names. */
function pathOf(route: string, params: unknown): string {
  const values = new Map(Object.entries(params ?? {}));
  return route.replace(/:(\w+)/g, (name: string, key: string) => {
    const value: unknown = values.get(key);
    return typeof value === 'string' && OWN_ID.test(value) ? value : name;
  });
}
