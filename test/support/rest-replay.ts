import { join } from "node:path";

import { capture, compare, goldenFolder, openKuboStandIn } from "./golden-http.ts";
import { openNodeStack } from "./node-stack.ts";
import { openRestStack } from "./rest-stack.ts";
import { makeTempFolder } from "./temp-folder.ts";

/** Sends the requests of a list to the REST API of a new peer, and tells what the comparison with a recording prints. */
export async function replayRest(
  list: string,
  to: { readonly recording: string; readonly skipped: string },
): Promise<string> {
  using folder = makeTempFolder();
  await using node = await openNodeStack(join(folder.path, "data"));
  await using rest = await openRestStack(node);
  await using kubo = await openKuboStandIn(node.ipfs);
  const captured = join(folder.path, "captured.txt");
  await capture(join(goldenFolder, list), captured, { B: rest.url, KUBO: kubo.url });
  return await compare(to.recording, captured, to.skipped);
}
