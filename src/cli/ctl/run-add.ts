import {
  type AddedOutputJson,
  addParamsToQuery,
  type AddWishes,
  RestApiError,
  type RestClient,
  type RestTarget,
} from "#api";
import { asError } from "#lib";

import { AddFileError } from "../errors.ts";
import { toJson } from "../output.ts";
import type { Invocation } from "../urfave/index.ts";
import { watchFailure } from "../watch-failure.ts";
import { awaitStatus } from "./await-status.ts";
import { DownloadError } from "./errors.ts";
import { allocationsOf, expiryOf, metadataOf } from "./pin-wishes.ts";
import { isJson, print, withClient } from "./session.ts";
import { stop } from "./stop.ts";
import { checkPaths, entriesOf } from "./upload.ts";

/** Adds files, folders and what URLs answer; several are wrapped in a directory. */
export async function runAdd(invocation: Invocation): Promise<void> {
  const paths = invocation.words;
  if (paths.length === 0) throw stop("", "need at least one path");
  const wishes = wishesOf(invocation);
  if (wishes.wrapWithDirectory === true && wishes.format === "car") {
    const problem = "only a single CAR file can be added and wrap-with-directory is not supported";
    throw stop("", problem);
  }
  const [isRecursive, hasHidden] = [invocation.bool("recursive"), invocation.bool("hidden")];
  const how = { isRecursive, hasHidden, isByReference: invocation.bool("nocopy") };
  await checkPaths(paths, how);
  const work = async (client: RestClient, { url }: RestTarget): Promise<void> => {
    const { signal } = invocation.context;
    const upload = watchFailure(entriesOf(paths, { ...how, signal }));
    const printer = new Printer(invocation);
    try {
      for await (const added of client.add(upload.entries, { params: wishes })) {
        await printer.print(added);
      }
    } catch (error) {
      throw localProblem(upload.failure(), { url, wishes }) ?? asError(error);
    } finally {
      await printer.finish();
    }
    await waitIfWished(client, printer.last, invocation);
  };
  await withClient(invocation, work, { isUpload: true });
}

function wishesOf(invocation: Invocation): AddWishes {
  const expireAt = expiryOf(invocation);
  const hash = invocation.string("hash");
  const cidVersion = hash === "sha2-256" ? invocation.int("cid-version") : 1;
  const noCopy = invocation.bool("nocopy");
  return {
    pin: {
      shardSize: 100 * 1024 * 1024,
      replicationFactorMin: invocation.int("replication-min"),
      replicationFactorMax: invocation.int("replication-max"),
      name: invocation.string("name"),
      userAllocations: allocationsOf(invocation).peers,
      metadata: metadataOf(invocation),
      ...(expireAt !== undefined && { expireAt }),
    },
    noPin: invocation.bool("no-pin"),
    format: invocation.string("format"),
    shard: false,
    recursive: invocation.bool("recursive"),
    local: invocation.bool("local"),
    layout: invocation.string("layout"),
    chunker: invocation.string("chunker"),
    rawLeaves: invocation.bool("raw-leaves") || cidVersion > 0 || noCopy,
    hidden: invocation.bool("hidden"),
    wrapWithDirectory: invocation.bool("wrap-with-directory") || invocation.words.length > 1,
    cidVersion,
    hash,
    noCopy,
    progress: false,
  };
}

/** What went wrong here explains why the upload broke. */
function localProblem(
  failure: Error | undefined,
  { url, wishes }: { readonly url: string; readonly wishes: AddWishes },
): Error | undefined {
  if (!(failure instanceof AddFileError || failure instanceof DownloadError)) return failure;
  const query = addParamsToQuery({ ...wishes, streamChannels: true }).toString();
  const request = { method: "POST", url, path: `/add?${query}` };
  return new RestApiError(0, failure.message, { request });
}

async function waitIfWished(
  client: RestClient,
  last: AddedOutputJson | undefined,
  invocation: Invocation,
): Promise<void> {
  const cid = last?.cid ?? null;
  if (cid === null || !invocation.bool("wait") || invocation.bool("no-pin")) return;
  const limit = await client.allocation(cid).then(
    (pin) => pin.replication_factor_min,
    () => invocation.int("replication-min"), // as wished, when nobody tells what it became
  );
  await awaitStatus(client, cid, { invocation, target: "pinned", limit });
}

class Printer {
  last: AddedOutputJson | undefined;
  readonly #invocation: Invocation;
  readonly #kept: AddedOutputJson[] = [];

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  async print(added: AddedOutputJson): Promise<void> {
    this.last = added;
    if (this.#invocation.bool("quieter")) return;
    if (this.#invocation.bool("no-stream")) this.#kept.push(added);
    else await print(this.#invocation, added, (one) => this.#textOf(one));
  }

  /** What was kept for the end. */
  async finish(): Promise<void> {
    if (this.last === undefined) return;
    const [isLast, isKept] = [this.#invocation.bool("quieter"), this.#invocation.bool("no-stream")];
    if (isLast && !isKept) return print(this.#invocation, this.last, (one) => this.#textOf(one));
    if (!isKept) return;
    const items = isLast ? [this.last] : this.#kept;
    const text = isJson(this.#invocation)
      ? toJson(items)
      : items.map((one) => this.#textOf(one)).join("\n");
    await this.#invocation.context.write(`${text}\n`);
  }

  #textOf({ cid, name }: AddedOutputJson): string {
    const isQuiet = this.#invocation.bool("quiet") || this.#invocation.bool("quieter");
    return isQuiet ? (cid ?? "") : `added ${cid} ${name}`;
  }
}
