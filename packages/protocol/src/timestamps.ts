/** A time on the wire: seconds since the epoch with a millisecond fraction, as a JSON number. */
export type EpochSeconds = number;

export function epochSeconds(milliseconds: number): EpochSeconds {
  return milliseconds / 1_000;
}
