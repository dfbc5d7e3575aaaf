import type { Scope } from "#api";
import { CodedError } from "#lib";

/** Whoever asks is known, and may not do this. */
export class ForbiddenError extends CodedError {
  override readonly code = "FORBIDDEN";
  override readonly kind = "caller";
  readonly needed: Scope;

  constructor(needed: Scope, held: readonly Scope[]) {
    const have = held.length === 0 ? "none" : held.join(", ");
    super(`forbidden: this needs the scope ${needed}, and the scopes given are: ${have}`);
    this.needed = needed;
  }
}

/** What goes with a 403 as `WWW-Authenticate` (RFC 6750). */
export function forbiddenChallenge({ needed }: ForbiddenError): string {
  return `Bearer realm="Restricted IPFS Cluster API", error="insufficient_scope", scope="${needed}"`;
}
