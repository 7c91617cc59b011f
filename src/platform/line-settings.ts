/** What a site sets for its lines. */
export class LineSettings {
  constructor(
    /** Units: seconds; how long a lease is fresh. A stale lease is only shown as stale. */
    readonly leaseSeconds: number,
    /** IMEIs that many modules of the site show, beside those known to everybody. */
    readonly blankImeis: readonly string[],
  ) {}
}
