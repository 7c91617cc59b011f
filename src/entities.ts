import { MasterKeyEntity } from './platform/keys/master-key.entity.js';

/** Every entity of the service; the data source is opened with it. */
export const entities = [MasterKeyEntity];
