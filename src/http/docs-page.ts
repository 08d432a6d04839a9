// Swagger UI at /docs, of files alone: nothing on the page is inline, so its policy needs no exception.
import { createRequire } from 'node:module';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** The ids of all examples end with it. */
const EXAMPLE_UNIQUE_PART = '01jdemoq4y7z8b9c0d1e2f3g4h';

/** What the page asks for; all else of the package stays where it is. */
const FILES = ['/index.css', '/swagger-ui.css', '/swagger-ui-bundle.js', '/favicon-32x32.png'];

/**
 * Asks nobody outside of this service, not even whether the document is valid. The key that was entered is
 * kept by the page alone and gone with it: Swagger UI's way to persist it is the local storage, which would
 * leave an admin's key on the disk for every later tab of this machine.
 *
 * The ids of the examples stand for what was made last, so that examples can be sent as they are printed.
 */
const START = `const EXAMPLE = /\\b([a-z]{2,5})_${EXAMPLE_UNIQUE_PART}\\b/g;
const made = new Map();
const filled = (text) => text.replace(EXAMPLE, (id, prefix) => made.get(prefix) ?? id);

const dark = matchMedia('(prefers-color-scheme: dark)');
const dress = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', dress);
dress();

SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).pathname,
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true,
  filter: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  requestInterceptor: (request) => {
    request.url = filled(request.url);
    if (typeof request.body === 'string') request.body = filled(request.body);
    return request;
  },
  responseInterceptor: (response) => {
    const id = /\\/([a-z]{2,5})_[0-9A-Za-z]+$/.exec(response.headers?.location ?? '');
    if (response.ok && id !== null) made.set(id[1], id[0].slice(1));
    return response;
  },
});
`;

/** `folder` leads from the page to its files, so that it also works below a prefix of a proxy. */
const page = (folder: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>RDS import: API</title>
    <link rel="icon" type="image/png" href="${folder}favicon-32x32.png">
    <link rel="stylesheet" href="${folder}swagger-ui.css">
    <link rel="stylesheet" href="${folder}index.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${folder}swagger-ui-bundle.js"></script>
    <script src="${folder}start.js"></script>
  </body>
</html>
`;

export function serveDocsPage(server: FastifyInstance): void {
  const text = (type: string, body: string) => (_: unknown, reply: FastifyReply) =>
    reply.type(`${type}; charset=utf-8`).send(body);
  server.get('/docs', text('text/html', page('docs/')));
  server.get('/docs/', text('text/html', page('')));
  server.get('/docs/start.js', text('text/javascript', START));
  server.register(fastifyStatic, {
    root: folderOfSwaggerUi(),
    prefix: '/docs/',
    allowedPath: (name) => FILES.includes(name),
    decorateReply: false,
    index: false,
  });
}

/** It comes with @nestjs/swagger, wherever npm has put it. */
function folderOfSwaggerUi(): string {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve('@nestjs/swagger'));
  return path.dirname(theirs.resolve('swagger-ui-dist/package.json'));
}
