import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { describeIdempotencyKey } from './platform/idempotency/idempotency-openapi.js';

/** The files of the API browser, with their content types. */
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Triplemint API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: 'openapi.json', dom_id: '#api', deepLinking: true });</script>
</body>
</html>
`;

/** Serves `/api/openapi.json` and the API browser `/api/docs`; both are made when somebody asks. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  let document: Promise<OpenAPIObject> | undefined;
  fastify.get('/api/openapi.json', async (_request, reply) => {
    document ??= describe(app);
    return await reply.type('application/json; charset=utf-8').send(await document);
  });
  fastify.get('/api/docs/', (_request, reply) => reply.redirect('/api/docs', 302));
  fastify.get('/api/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  for (const [name, type] of Object.entries(assets)) {
    fastify.get(`/api/docs/${name}`, async (_request, reply) => {
      const folder = dirname(
        createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'),
      );
      return await reply.type(type).send(await readFile(join(folder, name)));
    });
  }
}

async function describe(app: NestFastifyApplication): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  const config = new DocumentBuilder()
    .setTitle('Triplemint')
    .setDescription(
      'Mints, hands out, writes and registers device identities. Errors are problem+json with a ' +
        'stable `code`; docs/errors.md lists them.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .build();
  return describeIdempotencyKey(SwaggerModule.createDocument(app, config));
}
