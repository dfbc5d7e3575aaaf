import { CodedError } from "#lib";

/** A file of pins that cannot be read to its end. Where Go's decoder has words for it, `message` has them. */
export class InvalidStateFileError extends CodedError {
  override readonly code = "INVALID_STATE_FILE";
  override readonly kind = "caller";
  /** Which pin of the file it is, from 1. */
  readonly position: number;

  constructor(position: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.position = position;
  }
}
