import { join } from "node:path";

import { eventually } from "./eventually.ts";
import { freePorts } from "./free-ports.ts";
import { makeTempFolder } from "./temp-folder.ts";

/** A real ipfs-cluster-service over the Kubo whose RPC has that port; answers the port of its REST API. */
export async function openGoCluster(rpcPort: number, scope: AsyncDisposableStack): Promise<number> {
  const folder = join(scope.use(makeTempFolder()).path, "go");
  const port = await freePorts(4);
  const env = {
    ...process.env,
    IPFS_CLUSTER_PATH: folder,
    CLUSTER_PEERNAME: "alpha",
    CLUSTER_IPFSHTTP_NODEMULTIADDRESS: at(rpcPort),
    CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: at(port),
    CLUSTER_IPFSPROXY_LISTENMULTIADDRESS: at(port + 1),
    CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS: at(port + 2),
    CLUSTER_LISTENMULTIADDRESS: at(port + 3),
    CLUSTER_MDNSINTERVAL: "0s",
  };
  const quiet = { env, stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
  await Bun.spawn(["ipfs-cluster-service", "init"], quiet).exited;
  const daemon = Bun.spawn(["ipfs-cluster-service", "daemon"], quiet);
  scope.defer(async () => {
    daemon.kill("SIGKILL");
    await daemon.exited;
  });
  await eventually(() =>
    fetch(`http://127.0.0.1:${port}/id`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return port;
}

function at(port: number): string {
  return `/ip4/127.0.0.1/tcp/${port}`;
}
