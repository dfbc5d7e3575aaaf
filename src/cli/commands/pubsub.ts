import type { CommandRun } from "../command.ts";
import { readFileArgument } from "../read-file-argument.ts";
import { relayCall } from "../relay.ts";

export const runSubscribe: CommandRun = (input, context) => {
  const topics = input.arguments.map(encode);
  return relayCall(input, context, { command: "pubsub/sub", arguments: topics });
};

export const runPublish: CommandRun = async (input, context) => {
  const [topic = "", path = "-"] = input.arguments;
  const file = await readFileArgument(path, context);
  await relayCall(input, context, { command: "pubsub/pub", arguments: [encode(topic)], file });
};

export const runPubSubPeers: CommandRun = (input, context) => {
  const topics = input.arguments.map(encode);
  return relayCall(input, context, { command: "pubsub/peers", arguments: topics });
};

/** As the RPC wants topics: base64url with its multibase letter. */
function encode(topic: string): string {
  return `u${Buffer.from(topic).toString("base64url")}`;
}
