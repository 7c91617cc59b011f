import type { FastifyInstance } from 'fastify';

/** The parts of an OpenAPI document that the tests look at. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Operation {
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema?: Schema }>>;
  };
}

export interface Schema {
  readonly type?: string;
  readonly properties?: object;
  readonly items?: object;
}

/** One method on one path of a document. Shape: `method` in upper case. */
export interface ListedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** All operations of a document. */
export function operationsOf(document: OpenApiDocument): ListedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** The routes that a server answers. Shape: `GET /orders/{id}`; HEAD comes with GET and is left out. */
export function routesOf(fastify: FastifyInstance): string[] {
  const segments: string[] = [];
  const routes: string[] = [];
  for (const line of fastify.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^((?:│ {3}| {4})*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (!match) continue;
    const [, indent = '', segment = '', methods = ''] = match;
    segments.splice(indent.length / 4, Infinity, segment);
    const path = segments
      .join('')
      .replace(/^\/\//, '/')
      .replace(/:(\w+)/g, '{$1}');
    for (const method of methods.split(', ')) {
      if (method !== '' && method !== 'HEAD') routes.push(`${method} ${path}`);
    }
  }
  return routes;
}
