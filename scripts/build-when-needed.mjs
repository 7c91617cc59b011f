// Builds dist/ when it is missing or older than a source file; otherwise returns at once.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function newestMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const ms = entry.isDirectory() ? newestMs(path) : statSync(path).mtimeMs;
    if (ms > newest) newest = ms;
  }
  return newest;
}

function builtMs() {
  try {
    return statSync(join(root, 'dist', '.tsbuildinfo')).mtimeMs;
  } catch {
    return 0;
  }
}

const inputs = [
  newestMs(join(root, 'src')),
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json'].map(
    (f) => statSync(join(root, f)).mtimeMs,
  ),
];
if (builtMs() < Math.max(...inputs)) {
  console.error('Building triplemint (only when sources changed) ...');
  execFileSync(
    process.execPath,
    [join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
}
