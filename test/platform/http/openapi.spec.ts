import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { productKeyPattern } from '../../../src/core/triple.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { operationsOf, routesOf } from './routes.js';
import type { OpenApiDocument } from './routes.js';

let service: TestService;
let document: OpenApiDocument;
beforeAll(async () => {
  service = await startTestService();
  document = (await service.call<OpenApiDocument>('GET', '/api/openapi.json')).body;
});
afterAll(async () => {
  await service.stop();
});

describe('/api/openapi.json', () => {
  it('lists exactly the routes that are answered under /api/v1', () => {
    const served = routesOf(service.service.app.getHttpAdapter().getInstance());
    const listed = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    const ofApi = (routes: readonly string[]): string[] =>
      routes.filter((route) => route.includes(' /api/v1/')).sort();
    expect(ofApi(served).length).toBeGreaterThan(10);
    expect(ofApi(listed)).toEqual(ofApi(served));
  });

  it('says of each what it does, which key it needs and which parameters it has', () => {
    for (const { method, path, operation } of operationsOf(document)) {
      if (!path.startsWith('/api/v1/')) continue;
      const route = `${method} ${path}`;
      expect(operation.summary, route).toMatch(/^[A-Z].{8}/);
      expect(operation.security, route).toEqual([{ bearer: [] }]);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const named = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(named.map((one) => one.name).sort(), route).toEqual(inPath.sort());
    }
  });

  it('has the schema of every body, and no schema is empty', () => {
    const bodies = operationsOf(document).flatMap(({ path, operation }) =>
      operation.requestBody && path.startsWith('/api/v1/') ? [operation.requestBody] : [],
    );
    expect(bodies.length).toBeGreaterThan(4);
    for (const { content } of bodies) {
      if (content['text/csv']) continue; // a file has no fields
      const { schema } = content['application/json'] ?? {};
      expect(schema?.type).toMatch(/^(object|array)$/);
      expect(Object.keys(schema?.properties ?? schema?.items ?? {}).length).toBeGreaterThan(0);
    }
  });

  it('describes a known body as the check sees it', () => {
    const body = document.paths['/api/v1/products']?.['post']?.requestBody;
    expect(body?.content['application/json']?.schema).toMatchObject({
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: { productKey: { type: 'string', pattern: productKeyPattern.source } },
    });
  });
});

describe('/api/docs', () => {
  it('is a page that loads the document and files that exist', async () => {
    const { status, headers, text } = await service.call('GET', '/api/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(text).toContain("url: 'openapi.json'");
    const files = [...text.matchAll(/(?:href|src)="(docs\/[^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      expect((await service.call('GET', `/api/${file}`)).status, file).toBe(200);
    }
  });

  it('does not answer other files of that folder', async () => {
    for (const path of ['package.json', '../openapi.json', '..%2f..%2fpackage.json', 'index.js']) {
      expect((await service.call('GET', `/api/docs/${path}`)).text).not.toContain(
        'swagger-ui-dist',
      );
    }
  });
});
