export interface WaitingState {
  /** Since when nothing has come; 0 while nothing is waited for. */
  readonly idleMs: number;
  readonly isSinkFull: boolean;
  /** Peers that could be asked. */
  readonly peers: number;
  /** Peers that have something, or are likely to. */
  readonly useful: number;
  /** Peers that have denied a block which nobody else has. */
  readonly denials: number;
  readonly search: {
    readonly isRunning: boolean;
    readonly dialing: number;
    readonly found: number;
    /** Providers that are connected through a relay that limits what goes through it. */
    readonly limited: number;
  };
}

/** Shorter pauses are not worth a word. */
const pauseMs = 1000;

/** Why nothing comes, in words; empty while blocks come. */
export function reasonToWait(state: WaitingState): string {
  if (state.isSinkFull) return "storing what came";
  if (state.idleMs === 0) return "";
  if (state.useful > 0) {
    if (state.idleMs < pauseMs) return "";
    return `connected to ${count(state.useful, "provider")}, waiting`;
  }
  if (state.search.dialing > 0) return `connecting to ${count(state.search.dialing, "provider")}`;
  const who = askedWhom(state);
  const { limited } = state.search;
  if (limited > 0) return `${who}; ${count(limited, "provider")} only over a limited relay`;
  if (state.search.isRunning) return `${who}, looking for providers`;
  const { found } = state.search;
  return found > 0 ? `${who}, ${count(found, "provider")} found cannot be reached` : who;
}

function askedWhom({ peers, denials }: WaitingState): string {
  if (peers === 0) return "no peers";
  if (denials > 0) return `asked ${count(denials, "peer")}, none has it`;
  return `asking ${count(peers, "peer")}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
