import type { OpenAPIObject } from '@nestjs/swagger';

type PathItem = OpenAPIObject['paths'][string];

const changing = ['post', 'put', 'patch', 'delete'] as const;

const header = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 257 },
  description:
    'Makes repeats safe for seven days: the same request under the same key is answered as the ' +
    'first time, with Idempotent-Replayed: true. Not for requests with a file.',
};

/** Tells in an OpenAPI document that every changing request takes an idempotency key. */
export function describeIdempotencyKey(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    if (path.startsWith('/api/v1/')) addHeader(item);
  }
  return document;
}

function addHeader(item: PathItem): void {
  for (const method of changing) {
    const operation = item[method];
    if (operation) operation.parameters = [...(operation.parameters ?? []), header];
  }
}
