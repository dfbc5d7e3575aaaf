/** Tells systemd (`Type=notify`) that the peer is up. Nothing happens outside systemd. */
export async function notifyReady(socketPath: string | undefined): Promise<void> {
  if (socketPath === undefined || socketPath === "" || process.platform !== "linux") return;
  // node:dgram has no datagrams over Unix sockets
  const { dlopen } = await import("bun:ffi");
  const symbols = {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  } as const;
  const libc = openFirst(["libc.so.6", "libc.so"], (name) => dlopen(name, symbols));
  const [unix, datagram] = [1, 2];
  const descriptor = libc.symbols.socket(unix, datagram, 0);
  const message = Buffer.from("READY=1");
  const address = Buffer.concat([Buffer.of(unix, 0), Buffer.from(socketPath), Buffer.of(0)]);
  let length = address.length;
  if (socketPath.startsWith("@")) {
    address[2] = 0; // the abstract namespace: no file, no closing zero
    length -= 1;
  }
  libc.symbols.sendto(descriptor, message, message.length, 0, address, length);
  libc.symbols.close(descriptor);
  libc.close();
}

function openFirst<T>(names: readonly string[], openOne: (name: string) => T): T {
  let reason: unknown;
  for (const name of names) {
    try {
      return openOne(name);
    } catch (cause) {
      reason = cause;
    }
  }
  throw reason instanceof Error ? reason : new Error(`no C library: ${String(reason)}`);
}
