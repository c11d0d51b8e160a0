/** What a check found, and what to do about it. */
export interface CheckFinding {
  readonly check: string;
  readonly status: 'ok' | 'note' | 'bad';
  readonly text: string;
  readonly remedy?: string;
}

/** Apart from each other by more, clocks make time-outs and signatures go wrong. */
const SKEW_NOTED_MS = 2_000;
/** A signature's time may differ by this much. */
const SKEW_REFUSED_MS = 300_000;

/** Of two clocks, by what the first says less what the second says, in milliseconds. */
export function clockFinding(check: string, skewMs: number): CheckFinding {
  const seconds = Math.abs(skewMs / 1000).toFixed(1);
  const text = `${seconds} s ${skewMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  const remedy = 'Let both machines ask a time server (chrony, systemd-timesyncd).';
  if (Math.abs(skewMs) >= SKEW_REFUSED_MS)
    return { check, status: 'bad', text: `${text}: signatures are refused`, remedy };
  if (Math.abs(skewMs) >= SKEW_NOTED_MS) return { check, status: 'note', text, remedy };
  return { check, status: 'ok', text: `within ${SKEW_NOTED_MS / 1000} s of this machine's` };
}
