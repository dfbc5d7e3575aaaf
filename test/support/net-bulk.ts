import { readFileSync } from "node:fs";

import type { Host } from "#net";

const protocol = "/test/sink/1";
const messageBytes = 1 << 20;

/** Counts what is sent to it, in messages, and answers when the sender is done. */
export function openSink(host: Host): Promise<AsyncDisposable> {
  return host.handle([protocol], async (stream) => {
    let received = 0;
    for await (const message of stream.messages({ bytesMax: messageBytes })) {
      received += message.length;
      if (message[0] !== 7 || message.at(-1) !== 9) throw new Error("the message was changed");
    }
    await stream.send(new TextEncoder().encode(String(received)));
    await stream.close();
  });
}

/** Sends whole mebibytes to the other host's sink; answers how many bytes came there. */
export async function sendBulk(from: Host, to: Host, mebibytes: number): Promise<number> {
  const stream = await from.openStream(to.id, [protocol]);
  const message = new Uint8Array(messageBytes).fill(8);
  message[0] = 7;
  message[messageBytes - 1] = 9;
  for (let sent = 0; sent < mebibytes; sent += 1) await stream.sendMessage([message]);
  await stream.closeWrite();
  let answer = "";
  for await (const chunk of stream.chunks()) answer += new TextDecoder().decode(chunk);
  await stream.close();
  return Number(answer);
}

/** Resident bytes of this process, as the system says. */
export function residentBytes(): number {
  if (process.platform !== "linux") return process.memoryUsage.rss();
  return Number(readFileSync("/proc/self/statm", "utf8").split(" ")[1]) * 4096;
}
