/**
 * What a key of the API may be used for.
 *
 * Shape: `admin` decides what exists and who is shown secrets, `engineer` runs the line, `auditor`
 * reads, both without secrets; `station` is a bench on the line.
 */
export const roles = ['admin', 'engineer', 'auditor', 'station'] as const;
export type Role = (typeof roles)[number];

/** Who reads everything but secrets. */
export const readers = ['admin', 'engineer', 'auditor'] as const satisfies readonly Role[];
/** Who looks at the work of a station: readers, and the station at its own. */
export const lineReaders = [...readers, 'station'] as const satisfies readonly Role[];
/** Who looks after the line. */
export const engineers = ['admin', 'engineer'] as const satisfies readonly Role[];
/** Who works at a station: engineers for the one they name, and the station itself. */
export const lineRoles = [...engineers, 'station'] as const satisfies readonly Role[];
