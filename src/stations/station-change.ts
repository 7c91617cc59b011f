import type { AuditEvent } from '../audit/audit-event.js';
import { publicId } from '../core/public-id.js';
import type { StationRow } from './station.store.js';

/** What the history tells of a change; nothing when all is as it was. */
export function changeEvents(was: StationRow, is: StationRow): Omit<AuditEvent, 'actor'>[] {
  const station = publicId('st', is.id);
  const events: Omit<AuditEvent, 'actor'>[] = [];
  if (was.name !== is.name || was.line !== is.line) {
    const before = { name: was.name, line: was.line };
    const detail = { station, name: is.name, line: is.line, before };
    events.push({ action: 'station.changed', detail });
  }
  if (!was.disabledAt !== !is.disabledAt) {
    const action = is.disabledAt ? 'station.disabled' : 'station.enabled';
    events.push({ action, detail: { station, name: is.name } });
  }
  return events;
}
