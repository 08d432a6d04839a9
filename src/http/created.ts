// What a POST that made something says beside the body: where it is, and whether it was made before.
import type { FastifyReply } from 'fastify';

export function announce(reply: FastifyReply, path: string, isReplayed: boolean): void {
  void reply.header('location', path);
  if (isReplayed) void reply.header('idempotent-replayed', 'true');
}
