import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv6 } from "node:net";

import { multiaddrParts } from "#model";

/** The address with every TCP and UDP port replaced by one that is free now. */
export async function withRandomPort(address: string): Promise<string> {
  let host = "";
  let result = "";
  for (const [protocol, value] of multiaddrParts(address)) {
    const isPort = protocol === "tcp" || protocol === "udp";
    const shown = isPort ? String(await freePort(protocol, host)) : value;
    result += shown === "" ? `/${protocol}` : `/${protocol}/${shown}`;
    host = value;
  }
  return result;
}

async function freePort(protocol: "tcp" | "udp", host: string): Promise<number> {
  if (protocol === "udp") {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    socket.bind(0, host);
    await once(socket, "listening");
    const { port } = socket.address();
    socket.close();
    return port;
  }
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const bound = server.address();
  server.close();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}
