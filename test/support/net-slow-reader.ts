// A program for a test: a host that reads slowly. It writes its address, and, when a sender is done, the most memory that
// the process has held in MB.

import { residentBytes } from "./net-bulk.ts";
import { openTestHost } from "./net-host.ts";

const host = await openTestHost();
let peak = 0;
const look = (): number => (peak = Math.max(peak, residentBytes()));
const timer = setInterval(look, 5);
await host.handle(["/test/slow/1"], async (stream) => {
  // long enough to fill every queue on the way
  await Bun.sleep(500);
  for await (const _ of stream.messages({ bytesMax: 1 << 20 })) {
    look();
    await Bun.sleep(8);
  }
  await stream.send(new TextEncoder().encode(String(Math.round(peak / 1e6))));
  await stream.close();
});
process.stdout.write(`${host.addresses()[0] ?? ""}\n`);
process.stdin.on("end", () => {
  clearInterval(timer);
  void host[Symbol.asyncDispose]();
});
process.stdin.resume();
