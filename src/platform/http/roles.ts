import { SetMetadata } from '@nestjs/common';
import type { CustomDecorator, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Role } from '../../core/role.js';

const rolesKey = 'triplemint:roles';
const adminOnly: readonly Role[] = ['admin'];

/** Which roles may call a route under `/api`; without it only `admin` may. */
export function Roles(...allowed: readonly Role[]): CustomDecorator {
  return SetMetadata(rolesKey, allowed);
}

/** The roles that may call the route of a request: its own, else those of its controller. */
export function rolesOf(reflector: Reflector, context: ExecutionContext): readonly Role[] {
  const places = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<readonly Role[] | undefined>(rolesKey, places) ?? adminOnly;
}
