import { Uint8ArrayReader, ZipReader } from '@zip.js/zip.js';
import type { TestService } from '../support/service.js';
import { adminKey } from '../support/service.js';

/** A triple as a file tells it. Shape: productKey, deviceName, deviceSecret. */
export type Cells = readonly string[];

/** An export as it is answered. */
export interface ShownExport {
  readonly exportId: string;
  readonly exportedBy: string;
  readonly format: string;
  readonly recipients: readonly string[];
  readonly expected: number;
  readonly given: number;
  readonly state: string;
}

/** An entry of the history as it is answered. */
export interface ShownEvent {
  readonly action: string;
  readonly actor: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Fetches a file whole. Shape: `query` without the `?`. */
export async function fetchFile(
  { service }: Pick<TestService, 'service'>,
  orderId: string,
  query = '',
): Promise<{ readonly headers: Headers; readonly bytes: Uint8Array }> {
  const url = `${service.urls.http}/api/v1/orders/${orderId}/triples?${query}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${adminKey}` } });
  if (!response.ok) throw new Error(await response.text());
  return { headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
}

/** Reads the triples of a CSV without quotes. */
export function cellsOfCsv(bytes: Uint8Array): Cells[] {
  const [header, ...lines] = textOf(bytes).trimEnd().split('\n');
  if (header !== 'productKey,deviceName,deviceSecret') throw new Error(`header: ${header ?? ''}`);
  return lines.map((line) => line.split(','));
}

/** Reads the triples of JSON Lines. */
export function cellsOfJsonLines(bytes: Uint8Array): Cells[] {
  return textOf(bytes)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const triple = JSON.parse(line) as Record<string, string>;
      return ['productKey', 'deviceName', 'deviceSecret'].map((name) => triple[name] ?? '');
    });
}

/** Reads every part of a workbook. */
export async function partsOfWorkbook(bytes: Uint8Array): Promise<Map<string, string>> {
  const zip = new ZipReader(new Uint8ArrayReader(bytes), { checkSignature: true });
  const parts = new Map<string, string>();
  for (const entry of await zip.getEntries()) {
    if (entry.directory) continue;
    parts.set(entry.filename, textOf(new Uint8Array(await entry.arrayBuffer())));
  }
  return parts;
}

/** Reads the rows of a sheet, its header among them, and checks that they stand where they say. */
export function rowsOfSheet(xml: string): Cells[] {
  return [...xml.matchAll(/<row r="(\d+)">(.*?)<\/row>/gs)].map(([, number, row = ''], index) => {
    if (Number(number) !== index + 1) throw new Error(`row ${number ?? ''} is row ${index + 1}`);
    const cells = [
      ...row.matchAll(/<c r="([A-Z])(\d+)" s="1" t="inlineStr"><is><t[^>]*>(.*?)<\/t>/gs),
    ];
    return cells.map(([, column, at, text = ''], cell) => {
      if (column !== 'ABC'[cell] || at !== number)
        throw new Error(`cell ${column ?? ''}${at ?? ''}`);
      return plainText(text);
    });
  });
}

/** What a reader of a workbook makes of a text. Source: ECMA-376 part 1, 22.9.2.19. */
function plainText(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** Bytes as UTF-8; a byte order mark stays. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** Waits until an export has ended and answers it. */
export async function endedExport(
  { call }: Pick<TestService, 'call'>,
  orderId: string,
  exportId: string | null,
): Promise<ShownExport> {
  for (;;) {
    const path = `/api/v1/orders/${orderId}/exports/${exportId ?? ''}`;
    const { body } = await call<ShownExport>('GET', path);
    if (body.state !== 'running') return body;
  }
}

/** What the history tells of the exports of an order, oldest first. */
export async function exportEvents(
  { call }: Pick<TestService, 'call'>,
  exportId: string | null,
): Promise<ShownEvent[]> {
  const events: ShownEvent[] = [];
  for (const action of ['order.exported', 'order.export_ended']) {
    const path = `/api/v1/audit?action=${action}&limit=1000`;
    const { body } = await call<{ items: ShownEvent[] }>('GET', path);
    events.push(...body.items.filter(({ detail }) => detail['export'] === exportId));
  }
  return events;
}
