// Swagger UI at /docs, of files alone: nothing on the page is inline, so its policy needs no exception.
import { createRequire } from 'node:module';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What the page asks for; all else of the package stays where it is. */
const FILES = ['/index.css', '/swagger-ui.css', '/swagger-ui-bundle.js', '/favicon-32x32.png'];

/** Asks nobody outside of this service, not even whether the document is valid. */
const START = `SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).pathname,
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
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
