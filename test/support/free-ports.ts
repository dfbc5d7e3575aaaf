import { createServer, type Server } from "node:net";

/**
 * The first of so many free ports in a row, for programs that must be told theirs. They are below those that the system
 * hands out, so that nobody gets one by chance before the program does.
 */
export async function freePorts(count: number): Promise<number> {
  for (let round = 0; round < 100; round += 1) {
    const first = 21_000 + Math.floor(Math.random() * 11_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if (await areFree(ports)) return first;
  }
  throw new Error(`found no ${count} free ports in a row`);
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers: Server[] = [];
  try {
    for (const port of ports) {
      const server = createServer();
      servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ port, host: "127.0.0.1" }, resolve);
      });
    }
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all(
      servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }
}
