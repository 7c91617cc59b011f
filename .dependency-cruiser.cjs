/**
 * The floors of the house (docs/architecture.md): imports run downwards only.
 * Each row lists a folder and every folder it may import besides itself.
 */
const floors = {
  core: [],
  at: ['core'],
  platform: ['core'],
  audit: ['core', 'platform'],
  access: ['core', 'platform', 'audit'],
  products: ['core', 'platform', 'audit', 'access'],
  devices: ['core', 'platform', 'audit', 'access', 'products'],
  orders: ['core', 'platform', 'audit', 'access', 'products', 'devices'],
  dialects: ['core', 'at', 'platform', 'audit', 'access'],
  registration: ['core', 'platform', 'audit', 'access', 'products', 'devices', 'orders'],
  stations: [
    'core',
    'at',
    'platform',
    'audit',
    'access',
    'dialects',
    'products',
    'devices',
    'orders',
  ],
  jig: ['core', 'at'],
  simulator: ['core'],
  runs: [
    'core',
    'at',
    'platform',
    'audit',
    'access',
    'dialects',
    'products',
    'devices',
    'orders',
    'stations',
    'jig',
  ],
  broker: ['core', 'platform', 'audit', 'access', 'products', 'devices', 'orders', 'registration'],
};

const npm = '^node_modules/';
const onlyIn = (name, packages, folders) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: folders },
  to: { path: packages.map((p) => `${npm}${p}/`) },
});

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['^src/main\\.ts$', '^src/cli\\.ts$'] },
      to: {},
    },
    { name: 'no-barrel', severity: 'error', from: { path: '^src/' }, to: { path: '/index\\.ts$' } },
    {
      name: 'no-test-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    ...Object.entries(floors).map(([folder, below]) => ({
      name: `floor-${folder}`,
      comment: `${folder} may import ${[folder, ...below].join(', ')} only`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: [folder, ...below].map((f) => `^src/${f}/`) },
    })),
    {
      name: 'pure-floors',
      comment: 'core and at are functions of values: node:crypto and node:util only',
      severity: 'error',
      from: { path: '^src/(core|at)/' },
      to: { pathNot: ['^src/', '^(node:)?(crypto|util)$'] },
    },
    {
      name: 'controllers-never-see-stores',
      severity: 'error',
      from: { path: '\\.controller\\.ts$' },
      to: { path: '\\.(store|entity)\\.ts$' },
    },
    {
      name: 'entities-stay-in-stores',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['\\.(store|entity)\\.ts$', '^src/platform/database/', '^src/entities\\.ts$'],
      },
      to: { path: '\\.entity\\.ts$' },
    },
    onlyIn(
      'database-libraries',
      ['typeorm', 'pg', 'pg-copy-streams'],
      ['\\.store\\.ts$', '\\.entity\\.ts$', '^src/platform/'],
    ),
    onlyIn(
      'mqtt-libraries',
      ['mqtt', 'mqtt-packet', 'aedes'],
      ['^src/broker/', '^src/registration/protocols/', '^src/simulator/', '^src/demo/'],
    ),
    {
      name: 'bench-pc',
      comment: 'the agent runs where there is neither a database nor a service',
      severity: 'error',
      from: { path: '^src/(agent/|commands/agent\\.command\\.ts$)' },
      to: {
        path: ['@nestjs', 'fastify', 'typeorm', 'pg', 'pg-copy-streams', 'aedes'].map(
          (p) => `${npm}${p}/`,
        ),
        reachable: true,
      },
    },
    onlyIn('serial-libraries', ['serialport'], ['^src/jig/transports/']),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
