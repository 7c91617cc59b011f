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
import type { Caller } from './principal.js';

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

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!routePath(request).startsWith('/api/')) return true;
    const key = bearerKey(request.headers.authorization);
    if (!key) throw new DomainError('key.missing', '');
    const principal = await this.access.authenticate(key);
    if (!rolesOf(this.reflector, context).includes(principal.role)) {
      throw new DomainError('key.role_not_allowed', `A ${principal.role} key may not do this.`);
    }
    const actor = { label: principal.label, address: plainAddress(request.ip) };
    callers.set(request, { principal, actor });
    return true;
  }
}

function bearerKey(header: string | undefined): Secret | undefined {
  const match = /^Bearer +(\S+)$/i.exec(header ?? '');
  return match?.[1] === undefined ? undefined : new Secret(match[1]);
}
