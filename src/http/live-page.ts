// The live page at / and its files, as the build left them; the page itself holds no data and needs no key.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Where `npm run build` puts it, whether this file runs from dist or from src. */
const FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));
const PAGE = 'index.html';
const A_YEAR_MS = 31_536_000_000;

const PUBLIC = { accessRule: { isPublic: true } } as const;

/** Their names carry a hash of their content: what has this name never changes. */
const KEEP = { maxAge: A_YEAR_MS, immutable: true };
/** Names the files of this build: asked for anew each time, and answered by 304 while it is the same. */
const ASK_AGAIN = { cacheControl: false } as const;

export function serveLivePage(server: FastifyInstance): void {
  void server.register(async (scope) => {
    await scope.register(fastifyStatic, {
      ...{ root: FOLDER, serve: false, preCompressed: true, index: false, dotfiles: 'ignore' },
    });
    scope.get('/', { config: PUBLIC }, (_, reply) => {
      void reply.header('cache-control', 'no-cache');
      return reply.sendFile(PAGE, ASK_AGAIN);
    });
    scope.get<{ Params: { file: string } }>(
      '/assets/:file',
      { config: PUBLIC },
      (request, reply) => {
        void reply.removeHeader('cache-control');
        return reply.sendFile(path.posix.join('assets', path.basename(request.params.file)), KEEP);
      },
    );
  });
}
