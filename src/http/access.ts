// Who may call a route: each says so itself, with @Public() or @NeedsScope(). One that says neither stops the start.
import {
  applyDecorators,
  createParamDecorator,
  SetMetadata,
  type ExecutionContext,
  type INestApplicationContext,
} from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller, Scope } from '../domain/access.js';
import { ApiProblems } from './api-problems.js';

const ACCESS_RULE = 'rds-import:access-rule';

export type AccessRule =
  { readonly isPublic: true } | { readonly isPublic: false; readonly scope: Scope };

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard; null on public routes. */
    caller: Caller | null;
  }
}

export const Public = (): MethodDecorator =>
  SetMetadata(ACCESS_RULE, { isPublic: true } satisfies AccessRule);

export const NeedsScope = (scope: Scope): MethodDecorator =>
  applyDecorators(
    SetMetadata(ACCESS_RULE, { isPublic: false, scope } satisfies AccessRule),
    ApiBearerAuth(),
    ApiProblems('unauthenticated', 'forbidden', 'unavailable', 'internal_error'),
  );

/** The caller whom the guard let in. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (caller === null) throw new Error('A public route asked who calls.');
  return caller;
});

export const accessRuleOf = (handler: object): AccessRule | undefined =>
  Reflect.getMetadata(ACCESS_RULE, handler) as AccessRule | undefined;

/** Throws with the name of every route that does not say who may call it. */
export function refuseUndeclaredRoutes(app: INestApplicationContext): void {
  const controllers = new DiscoveryService(app.get(ModulesContainer)).getControllers();
  const undeclared = controllers.flatMap(({ name, metatype }) => {
    const prototype = (metatype?.prototype ?? {}) as Record<string, object>;
    return new MetadataScanner()
      .getAllMethodNames(prototype)
      .filter((method) => isOpen(prototype[method]))
      .map((method) => `${String(name)}.${method}`);
  });
  if (undeclared.length === 0) return;
  throw new Error(`Routes with neither @Public() nor @NeedsScope(): ${undeclared.join(', ')}`);
}

const isOpen = (handler: object | undefined): boolean =>
  handler !== undefined &&
  Reflect.hasMetadata(METHOD_METADATA, handler) &&
  accessRuleOf(handler) === undefined;
