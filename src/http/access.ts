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
import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller, Scope } from '../domain/access.js';
import { ApiProblems } from './api-problems.js';

const ACCESS_RULE = 'rds-import:access-rule';

export interface NeededScope {
  readonly isPublic: false;
  readonly scope: Scope;
  /** Keys with instance patterns are refused: it concerns more instances than can be looked at one by one. */
  readonly ofAllInstances: boolean;
  /** It concerns all tenants: an admin of another than the operator's is refused. */
  readonly ofOperator?: boolean;
  /** The key may come as the password of HTTP Basic too: for pages that a browser asks for by itself. */
  readonly takesBasic?: boolean;
}

export type AccessRule = { readonly isPublic: true } | NeededScope;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read; null on public routes. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    accessRule?: AccessRule;
  }
}

export const Public = (): MethodDecorator =>
  SetMetadata(ACCESS_RULE, { isPublic: true } satisfies AccessRule);

export const NeedsScope = (
  scope: Scope,
  { ofAllInstances = false }: { readonly ofAllInstances?: boolean } = {},
): MethodDecorator =>
  applyDecorators(
    SetMetadata(ACCESS_RULE, { isPublic: false, scope, ofAllInstances } satisfies AccessRule),
    ApiBearerAuth(),
    ApiExtension('x-required-scope', scope),
    ApiProblems('unauthenticated', 'forbidden', 'rate_limited', 'unavailable', 'internal_error'),
  );

/** The caller who was let in. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (caller === null) throw new Error('A public route asked who calls.');
  return caller;
});

export const accessRuleOf = (handler: object): AccessRule | undefined =>
  Reflect.getMetadata(ACCESS_RULE, handler) as AccessRule | undefined;

/**
 * Writes each route's rule into its configuration, where the server finds it before it reads the body,
 * beside what other decorators have put there. Before the routes are registered. Throws with the name
 * of every route that does not say who may call it. Where the operator has said so (METRICS_PUBLIC) what
 * needs the scope of metrics needs nothing.
 */
export function declareAccess(app: INestApplicationContext, isMetricsPublic = false): void {
  const undeclared: string[] = [];
  for (const { name, handler, target } of routesOf(app)) {
    const declared = accessRuleOf(handler);
    const accessRule = isMetricsPublic && isOfMetrics(declared) ? OPEN : declared;
    if (accessRule === undefined) undeclared.push(name);
    const config = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler) as object;
    RouteConfig({ ...config, accessRule, operation: name })(target, name, { value: handler });
  }
  if (undeclared.length === 0) return;
  throw new Error(`Routes with neither @Public() nor @NeedsScope(): ${undeclared.join(', ')}`);
}

const OPEN: AccessRule = { isPublic: true };

const isOfMetrics = (rule: AccessRule | undefined): boolean =>
  rule !== undefined && !rule.isPublic && rule.scope === 'metrics:read';

interface Route {
  /** e.g. `MigrationsController.find` */
  readonly name: string;
  readonly handler: object;
  readonly target: object;
}

function routesOf(app: INestApplicationContext): readonly Route[] {
  const controllers = new DiscoveryService(app.get(ModulesContainer)).getControllers();
  return controllers.flatMap(({ name, metatype }) => {
    const target = (metatype?.prototype ?? {}) as Record<string, object>;
    return new MetadataScanner().getAllMethodNames(target).flatMap((method): readonly Route[] => {
      const handler = target[method];
      const isRoute = handler !== undefined && Reflect.hasMetadata(METHOD_METADATA, handler);
      return isRoute ? [{ name: `${String(name)}.${method}`, handler, target }] : [];
    });
  });
}
