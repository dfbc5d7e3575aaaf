import { CodedError, messageOf } from "#lib";

/** A step of a command on the pinset that failed. */
export class StateStepError extends CodedError {
  override readonly code = "STATE_STEP";
  override readonly kind = "operator";
  /** What was done: `reading import file`. */
  readonly doing: string;
  readonly problem: string;

  constructor(doing: string, cause: unknown, problem = messageOf(cause)) {
    super(`${doing}: ${problem}`, { cause });
    this.doing = doing;
    this.problem = problem;
  }
}
