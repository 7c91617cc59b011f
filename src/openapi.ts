import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';

/** Serves `/api/openapi.json` and `/api/docs`; the library is loaded when somebody asks. */
export function serveOpenApi(app: NestFastifyApplication): void {
  let document: Promise<OpenAPIObject> | undefined;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/api/openapi.json', async (_request, reply) => {
    document ??= describe(app);
    return reply.type('application/json').send(await document);
  });
}

async function describe(app: NestFastifyApplication): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  const config = new DocumentBuilder()
    .setTitle('Triplemint')
    .setDescription('Mints, hands out, writes and registers device identities.')
    .setVersion('1')
    .addBearerAuth()
    .build();
  return SwaggerModule.createDocument(app, config);
}
