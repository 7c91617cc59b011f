import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What other programs on this machine may want to know of a running service. */
export interface ServiceFile {
  readonly pid: number;
  readonly http: string;
  readonly https: string;
  readonly mqtt: string;
  readonly mqtts: string;
  readonly ca: string | null;
}

/** Writes `<dataDir>/service.json` in one step. */
export async function writeServiceFile(dataDir: string, content: ServiceFile): Promise<void> {
  const path = join(dataDir, 'service.json');
  const temporary = `${path}.${content.pid}`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`);
  await rename(temporary, path);
}

/** Removes the file of a service that has stopped, unless another one has written its own since. */
export async function removeServiceFile(dataDir: string, pid: number): Promise<void> {
  const path = join(dataDir, 'service.json');
  const text = await readFile(path, 'utf8').catch(() => '{}');
  if ((JSON.parse(text) as Partial<ServiceFile>).pid === pid) await rm(path, { force: true });
}
