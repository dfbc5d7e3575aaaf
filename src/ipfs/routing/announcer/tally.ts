/** What was announced since the start. */
export interface Tally {
  provided: number;
  failed: number;
}
