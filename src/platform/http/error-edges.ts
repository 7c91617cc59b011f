import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers an error in the language of one path. */
export type ErrorRenderer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** The body, always with status 200, for bytes from an address that are no HTTP request. */
export type UnreadableBody = (remoteAddress: string) => object;

interface ErrorEdge {
  readonly prefix: string;
  readonly render: ErrorRenderer;
  readonly unreadable: UnreadableBody;
}

/**
 * Which paths answer errors in another language than problem+json.
 *
 * Shape: a capability registers the prefix of its path; the filter of the whole application asks
 * here first, so errors that arise before any controller are answered right as well.
 */
@Injectable()
export class ErrorEdges {
  readonly #edges: ErrorEdge[] = [];

  register(prefix: string, render: ErrorRenderer, unreadable: UnreadableBody): void {
    this.#edges.push({ prefix, render, unreadable });
  }

  find(path: string): ErrorEdge | undefined {
    return this.#edges.find((edge) => path.startsWith(edge.prefix));
  }
}
