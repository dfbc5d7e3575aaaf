import { parseCid } from "#model";

import { pageEnd, pageStart, row } from "./listing-page.ts";
import { previewPage } from "./preview-page.ts";
import { parseRoute } from "./target.ts";

/** Names what generated pages look like in this version of the program, for their tags. */
export const pageVersion: string = Bun.hash.xxHash32(samples()).toString(36);

function samples(): string {
  const cid = parseCid("bafkqaaa");
  const route = parseRoute(`/ipfs/${cid.toString()}/a%20b/`);
  if (route.type !== "content") return "";
  const { target } = route;
  return [
    pageStart(target, "cid"),
    row({ name: "a b", cid, tsize: 1000 }, target.url),
    pageEnd(1, 1000),
    previewPage(cid, new Uint8Array(), target.text),
  ].join("");
}
