// Goal: systemd hears READY=1. Method: a datagram socket made through the C library, as systemd has one.

import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { join } from "node:path";

import { makeTempFolder } from "#test/temp-folder";

import { notifyReady } from "../../../src/peer/notify-ready.ts";

const isLinux = process.platform === "linux";

test.skipIf(!isLinux)(
  "the socket gets one datagram, by a path and by an abstract name",
  async () => {
    using folder = makeTempFolder();
    const path = join(folder.path, "notify");
    const abstract = `@pinfold-test-${process.pid}`;
    for (const name of [path, abstract]) {
      const [unix, datagram, dontWait] = [1, 2, 0x40];
      const libc = dlopen("libc.so.6", {
        socket: { args: ["i32", "i32", "i32"], returns: "i32" },
        bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
        recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
        close: { args: ["i32"], returns: "i32" },
      });
      const descriptor = libc.symbols.socket(unix, datagram, 0);
      const text = name.startsWith("@") ? `\0${name.slice(1)}` : `${name}\0`;
      const address = Buffer.concat([Buffer.of(unix, 0), Buffer.from(text)]);
      expect(libc.symbols.bind(descriptor, address, address.length)).toBe(0);
      await notifyReady(name);
      const message = Buffer.alloc(100);
      const length = Number(libc.symbols.recv(descriptor, message, message.length, dontWait));
      expect(message.toString("utf8", 0, length)).toBe("READY=1");
      libc.symbols.close(descriptor);
      libc.close();
    }
  },
);

test("nothing happens outside systemd", async () => {
  expect(await notifyReady(undefined)).toBeUndefined();
  expect(await notifyReady("")).toBeUndefined();
});
