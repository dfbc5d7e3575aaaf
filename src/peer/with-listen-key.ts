import { ListenError as HostListenError } from "#net";

import { ListenError } from "./errors.ts";

/** What opening a host gives; an address that it cannot have is told with its place in service.json. @throws {ListenError} */
export async function withListenKey<T>(key: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (cause) {
    if (!(cause instanceof HostListenError)) throw cause;
    throw new ListenError(cause.addresses.join(", "), key, new Error(cause.reason, { cause }));
  }
}
