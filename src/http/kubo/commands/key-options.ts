import type { OptionDefinition } from "../command.ts";
import { createPeerIdEncoder, type PeerIdEncoder } from "../peer-id-encoder.ts";
import type { KuboRequest } from "../request.ts";

export const ipnsBase: OptionDefinition = {
  names: ["ipns-base"],
  type: "string",
  default: "base36",
};

/** @throws {CommandError} for a base that there is not */
export function keyEncoder(request: KuboRequest): PeerIdEncoder {
  return createPeerIdEncoder(request.text("ipns-base") ?? "base36");
}
