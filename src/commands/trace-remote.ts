import type { TracePageView, TraceView } from '../stations/trace-view.js';
import type { Api } from './api-client.js';
import { aligned } from './table.js';

/** Prints what is known of a unit. Errors: those of the API, `unit.not_found` for one. */
export async function showTrace(
  api: Api,
  identity: string,
  { limit, json }: { readonly limit: number; readonly json: boolean },
): Promise<boolean> {
  const path = `/units/${encodeURIComponent(identity)}?limit=${limit}`;
  const page = await api.get<TracePageView>(path);
  const text = json ? JSON.stringify(page, null, 2) : pageText(page);
  process.stdout.write(`${text}\n`);
  if (page.nextCursor !== null) {
    process.stderr.write(`triplemint: only the newest ${limit} are shown; there are more\n`);
  }
  return true;
}

/** A page as a person reads it: one block for each triple, the newest first. */
export function pageText({ items, runsWithoutClaim }: TracePageView): string {
  const blocks = items.map(blockOf);
  if (runsWithoutClaim.length > 0) {
    const lines = runsWithoutClaim.map(({ runId, stationId, slot, outcome, reason, startedAt }) => [
      `began ${startedAt}`,
      `${stationId} slot ${slot}`,
      outcome ?? 'running',
      reason ?? '',
      runId,
    ]);
    blocks.push(`runs that got no claim for the unit\n${table(lines)}`);
  }
  return blocks.join('\n\n');
}

function blockOf({ unit, device, order, claim, attempts }: TraceView): string {
  const numbers = unit
    ? Object.entries(unit).flatMap(([name, text]) =>
        text === null || name === 'identity' || `${name}:${text}` === unit.identity
          ? []
          : [`${name} ${text}`],
      )
    : [];
  const isKept = device.state === 'leased' && claim?.state === 'failed';
  const life = [
    isKept ? 'leased (kept for this unit)' : device.state,
    device.activatedAt === null ? 'never activated' : `activated ${device.activatedAt}`,
    ...(device.disabledAt === null ? [] : [`disabled ${device.disabledAt}`]),
    device.online ? 'online' : 'offline',
  ];
  const { registeredFrom, registeredAt } = device;
  const lines = [
    ['device', `${device.productKey} ${device.deviceName}: ${life.join(', ')}`],
    ['order', [order.orderId, order.state, order.note ?? ''].filter(Boolean).join(', ')],
    ...(registeredFrom === null
      ? []
      : [['registered', `${registeredAt ?? ''} from ${registeredFrom}`]]),
    ...(claim ? [['claim', claimText(claim)]] : []),
  ];
  const tries = attempts.map((one) => [
    `attempt ${one.attempt}`,
    `began ${one.startedAt}`,
    one.durationMs === null ? '' : `${(one.durationMs / 1000).toFixed(1)} s`,
    `${one.stationName}${one.slot === null ? '' : ` slot ${one.slot}`}`,
    one.outcome,
    one.reason ?? one.proof ?? '',
    one.runId ?? '',
  ]);
  const title = unit ? [unit.identity, ...numbers].join('  ') : 'no unit';
  return [title, table(lines), ...(tries.length > 0 ? [table(tries)] : [])].join('\n');
}

/** Where a confirmed unit was proven last, and when; else where the claim is and what changed last. */
function claimText(claim: NonNullable<TraceView['claim']>): string {
  const { confirmed, failReason } = claim;
  return [
    `${claim.claimId} ${claim.state}${claim.stale ? ' (stale)' : ''}`,
    seatText(confirmed ?? claim),
    ...(claim.proof === null ? [] : [`proof ${claim.proof}`]),
    ...(claim.volatile ? ['volatile'] : []),
    ...(confirmed ? [`confirmed ${confirmed.at}`] : []),
    ...(confirmed && claim.attempt > confirmed.attempt ? ['came back'] : []),
    ...(failReason === null ? [] : [`${confirmed ? 'doubted' : 'reason'}: ${failReason}`]),
    ...(confirmed?.attempt === claim.attempt ? [] : [`changed ${claim.changedAt}`]),
  ].join(', ');
}

function seatText(
  seat: Pick<NonNullable<TraceView['claim']>, 'stationName' | 'stationId' | 'slot'>,
) {
  return `${seat.stationName} (${seat.stationId})${seat.slot === null ? '' : ` slot ${seat.slot}`}`;
}

/** A table that stands under a title. */
function table(rows: Parameters<typeof aligned>[0]): string {
  return aligned(rows)
    .map((line) => `  ${line}`)
    .join('\n');
}
