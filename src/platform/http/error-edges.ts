import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers an error in the language of one path. */
export type ErrorRenderer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Which paths answer errors in another language than problem+json.
 *
 * Shape: a capability registers the prefix of its path; the filter of the whole application asks
 * here first, so errors that arise before any controller are answered right as well.
 */
@Injectable()
export class ErrorEdges {
  readonly #edges: { readonly prefix: string; readonly render: ErrorRenderer }[] = [];

  register(prefix: string, render: ErrorRenderer): void {
    this.#edges.push({ prefix, render });
  }

  find(path: string): ErrorRenderer | undefined {
    return this.#edges.find((edge) => path.startsWith(edge.prefix))?.render;
  }
}
