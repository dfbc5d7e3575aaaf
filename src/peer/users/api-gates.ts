import { createGate, type Gate } from "#http";
import type { Clock, Logger } from "#lib";

import { createAccounts, type PlainCredentials } from "./accounts.ts";
import { PasswordHasher } from "./password.ts";
import { openUserStore } from "./user-store.ts";

/** What a section of `api` says about who may come in. */
interface GateSettings {
  readonly basic_auth_credentials: PlainCredentials;
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

/** The gates of the surfaces; users.json is one for all of them. */
export interface ApiGates {
  rest(settings: GateSettings | undefined): Gate;
  pinningService(settings: GateSettings | undefined): Gate;
}

/** @throws {InvalidUsersError} */
export async function openApiGates(
  usersPath: string,
  seams: { readonly clock: Clock; readonly logger: Logger },
): Promise<ApiGates> {
  const store = await openUserStore(usersPath, seams);
  const shared = { store, hasher: new PasswordHasher(), ...seams };
  const gateOf = (settings: GateSettings | undefined, describe: Describe): Gate => {
    const accounts = createAccounts(shared, settings?.basic_auth_credentials ?? null);
    return createGate({ accounts, ...seams }, { describe, headers: settings?.headers ?? {} });
  };
  return {
    rest: (settings) => gateOf(settings, (code, message) => ({ code, message })),
    pinningService: (settings) => gateOf(settings, (_status, reason) => ({ error: { reason } })),
  };
}

type Describe = (status: number, message: string) => unknown;
