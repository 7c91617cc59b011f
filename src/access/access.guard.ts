import { Injectable, createParamDecorator } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { plainAddress } from '../core/address.js';
import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { rolesOf } from '../platform/http/roles.js';
import { routePath } from '../platform/http/route-path.js';
import { AccessService } from './access.service.js';
import type { Caller, Principal } from './principal.js';

const callers = new WeakMap<FastifyRequest, Caller>();

/** The caller of a route under `/api`, as the guard found it. */
export const CallerParam = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (!caller) throw new DomainError('key.missing', '');
  return caller;
});

/** Lets a request under `/api` through only with a key of a role that the route names. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly access: AccessService,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!routePath(request).startsWith('/api/')) return true;
    // Nearly always the key is known, and then nothing waits for a promise.
    const caller = identify(this.access, request);
    if (!(caller instanceof Promise)) return this.#admit(context, caller);
    return caller.then((found) => this.#admit(context, found));
  }

  #admit(context: ExecutionContext, { principal }: Caller): true {
    if (!rolesOf(this.reflector, context).includes(principal.role)) {
      throw new DomainError(
        'key.role_not_allowed',
        `A key of the role ${principal.role} may not do this.`,
      );
    }
    return true;
  }
}

/**
 * Tells who calls; whoever asks first for a request has its key checked and counted.
 *
 * Errors: `key.missing`; those of `AccessService.authenticate`.
 */
export function identify(access: AccessService, request: FastifyRequest): Caller | Promise<Caller> {
  const known = callers.get(request);
  if (known) return known;
  const key = bearerKey(request.headers.authorization);
  if (!key) throw new DomainError('key.missing', '');
  const address = plainAddress(request.ip);
  const keep = (principal: Principal): Caller => {
    const caller = { principal, actor: { label: principal.label, address } };
    callers.set(request, caller);
    return caller;
  };
  const principal = access.authenticate(key, address);
  return principal instanceof Promise ? principal.then(keep) : keep(principal);
}

function bearerKey(header: string | undefined): Secret | undefined {
  const match = /^Bearer +(\S+)$/i.exec(header ?? '');
  return match?.[1] === undefined ? undefined : new Secret(match[1]);
}
