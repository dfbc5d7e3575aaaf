import { lstat, unlink } from "node:fs/promises";
import type { Server } from "node:http";
import { connect } from "node:net";

import { codeOf } from "#lib";

import { PortTakenError } from "./errors.ts";

/** Where a listener binds. */
export interface BindAddress {
  /** A name or address, or `/unix/<path>`. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

/** The socket file of `/unix/<path>`; undefined for a network address. */
export function socketPathOf({ host }: BindAddress): string | undefined {
  return host.startsWith("/unix/") ? host.slice("/unix".length) : undefined;
}

/**
 * Binds. A socket file that nobody answers at, as a killed process leaves it, is replaced.
 * @throws {PortTakenError}
 */
export async function bind(server: Server, address: BindAddress, name: string): Promise<void> {
  try {
    await listen(server, address);
  } catch (cause) {
    if (!isTaken(cause)) throw cause;
    const path = socketPathOf(address);
    if (path === undefined || !(await isForsaken(path))) {
      throw new PortTakenError(addressText(address), name, cause);
    }
    await unlink(path);
    await listen(server, address);
  }
}

async function listen(server: Server, address: BindAddress): Promise<void> {
  const path = socketPathOf(address);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  const { host, port } = address;
  server.listen(path === undefined ? { host, port } : { path }, resolve);
  try {
    await promise;
  } finally {
    server.off("error", reject);
  }
}

function isTaken(cause: unknown): boolean {
  return codeOf(cause) === "EADDRINUSE";
}

/** Whether it is a socket, and nobody's. */
async function isForsaken(path: string): Promise<boolean> {
  return (await lstat(path)).isSocket() && !(await isAnswering(path));
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** What is bound as a URL: `http://127.0.0.1:9094`, `unix:/run/pinfold.sock`. */
export function urlOf(scheme: string, address: BindAddress): string {
  const path = socketPathOf(address);
  return path === undefined ? `${scheme}://${addressText(address)}` : `unix:${path}`;
}

function addressText({ host, port }: BindAddress): string {
  if (host.startsWith("/unix/")) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
