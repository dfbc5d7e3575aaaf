export { forbiddenChallenge, ForbiddenError } from "./errors.ts";
export { createGate, type Gate, type GateOptions } from "./gate.ts";
export { tokenFor } from "./token-route.ts";
export type { Account, Accounts, IssuedToken, TokenWish } from "./types.ts";
