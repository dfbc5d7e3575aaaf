import { bases } from "multiformats/basics";

import { type CID, cidText } from "#model";

import { CommandError } from "./errors.ts";

/** Writes CIDs as the options `cid-base` and `upgrade-cidv0-in-output` want them. */
export type CidEncoder = (cid: CID) => string;

/** @throws {CommandError} for a base that there is not */
export function createCidEncoder(base = "", upgrade?: boolean): CidEncoder {
  if (base === "" && upgrade !== true) return cidText;
  const name = base === "" ? "base32" : base;
  const found = Object.values(bases).find((one) => one.name === name || one.prefix === name);
  if (found === undefined) throw new CommandError(`unsupported multibase encoding: ${base}`);
  const isUpgraded = upgrade ?? (base !== "" && found.name !== "base58btc");
  return (cid) => {
    if (cid.version === 0 && !isUpgraded) return cidText(cid);
    // only the bytes matter to an encoder
    return found.encoder.encode(cid.toV1().bytes);
  };
}
