import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { Secret } from '../core/secret.js';
import { SecretSources, show } from '../platform/idempotency/shown-secrets.js';
import type { SecretSource } from '../platform/idempotency/shown-secrets.js';
import { ProductDirectory } from './product-directory.js';

const productSecret: SecretSource<{ readonly productKey: string }> = { name: 'product.secret' };

/** Takes a product secret into the answer that shows it. */
export function showProductSecret(productKey: string, secret: Secret): string {
  return show(secret, productSecret, () => ({ productKey }));
}

/** Finds product secrets again that an answer has shown: the one in use, or the one before it. */
@Injectable()
export class ShownProductSecret implements OnModuleInit {
  constructor(
    private readonly products: ProductDirectory,
    private readonly sources: SecretSources,
  ) {}

  onModuleInit(): void {
    this.sources.register(productSecret, ({ productKey }) => this.products.secretsOf(productKey));
  }
}
