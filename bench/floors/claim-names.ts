/** The names of the floor's own tables of claims and counters. */
export const floorClaims = 'floor.claim';
export const floorCounters = 'floor.order_count';
