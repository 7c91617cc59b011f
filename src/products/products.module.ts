import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ProductDirectory } from './product-directory.js';
import { ProductService } from './product.service.js';
import { ProductStore } from './product.store.js';
import { ProductsController } from './products.controller.js';
import { ShownProductSecret } from './shown-product-secret.js';

@Module({
  imports: [AuditModule, AccessModule],
  controllers: [ProductsController],
  providers: [ProductDirectory, ProductService, ProductStore, ShownProductSecret],
  exports: [ProductDirectory, ProductService],
})
export class ProductsModule {}
