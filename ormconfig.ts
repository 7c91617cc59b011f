import 'reflect-metadata';
import { Secret } from './src/core/secret.js';
import { entities } from './src/entities.js';
import { defineDataSource } from './src/platform/database/data-source.js';
import { migrations } from './src/platform/database/migrations.js';

/** The data source for TypeORM's own command line. Shape: reads DATABASE_URL. */
export const dataSource = defineDataSource({
  url: new Secret(process.env['DATABASE_URL'] ?? 'postgres://127.0.0.1:5432/triplemint'),
  entities,
  migrations,
  poolSize: 2,
  applicationName: 'triplemint-typeorm',
});
