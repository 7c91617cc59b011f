import type { FastifyRequest } from 'fastify';

/**
 * The path by which a request was routed, e.g. `/api/v1/orders/:id`.
 *
 * Shape: what decides about a request looks at this and never at `request.url`: the router also
 * takes `/%61pi/…` and `http://host/api/…`. Where no route fits, the path as sent without its query.
 * Source: RFC 9112, 3.2.2 (absolute form); RFC 3986, 6.2.2.2 (percent-encoding).
 */
export function routePath(request: FastifyRequest): string {
  const [sent = ''] = request.url.split('?');
  return request.routeOptions.url ?? sent;
}
