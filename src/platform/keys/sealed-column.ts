/**
 * A column whose values are sealed with a master key.
 *
 * Shape: the table has an integer `id`; `boundBy` is the column whose value, as text, names the
 * record to `context`, which gives the text that a value is bound to.
 */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  readonly boundBy: string;
  readonly context: (boundBy: string) => string;
}
