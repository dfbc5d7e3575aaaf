import type { UnixFsStat } from "#dag";
import { messageOf } from "#lib";
import type { BlockWriter, CID } from "#model";

import { CommandError } from "../errors.ts";
import type { KuboRequest } from "../request.ts";

/** Links what an add has made into the tree of files, as `add --to-files` asks. Texts as Kubo's. */
export class FilesLinker {
  readonly #request: KuboRequest;
  readonly #writer: BlockWriter;
  readonly #destination: string;
  #count = 0;

  constructor(request: KuboRequest, writer: BlockWriter) {
    this.#request = request;
    this.#writer = writer;
    this.#destination = checkPath(request.text("to-files") ?? "");
  }

  /** @throws {CommandError} */
  async link(added: {
    readonly path: string;
    readonly cid: CID;
    readonly size: number;
  }): Promise<void> {
    const { files } = this.#request.deps.ipfs;
    const name = added.path.split("/").at(-1) ?? "";
    if (name === "") refuse("cannot add unnamed files to MFS");
    const segments = segmentsOf(this.#destination);
    if (this.#destination.endsWith("/")) await this.#requireDirectory(segments);
    else if (this.#count > 0) {
      refuse(
        `MFS destination is a file: only one entry can be copied to ${JSON.stringify(this.#destination)}`,
      );
    }
    this.#count += 1;
    const target = this.#destination.endsWith("/") ? [...segments, name] : segments;
    await this.#requireParent(target);
    const entry = { name: target.at(-1) ?? name, cid: added.cid, tsize: added.size };
    await files.link(target.slice(0, -1), entry, this.#writer).catch((cause: unknown) => {
      refuse(
        `cannot put node in path ${JSON.stringify(`/${target.join("/")}`)}: ${messageOf(cause)}`,
      );
    });
  }

  async #requireDirectory(segments: readonly string[]): Promise<void> {
    const quoted = JSON.stringify(this.#destination);
    const stat = await this.#stat(segments);
    if (stat === undefined)
      refuse(`MFS destination directory ${quoted} does not exist: file does not exist`);
    if (stat.type !== "directory") refuse(`MFS destination ${quoted} is not a directory`);
  }

  async #requireParent(target: readonly string[]): Promise<void> {
    const parent = target.slice(0, -1);
    const stat = await this.#stat(parent);
    if (stat?.type === "directory") return;
    const [path, above] = [target, parent].map((names) => JSON.stringify(`/${names.join("/")}`));
    if (stat === undefined) {
      refuse(`MFS destination parent ${path} ${above} does not exist: file does not exist`);
    }
    refuse(`cannot put node in path ${path}: /${parent.join("/")}/ is not a directory`);
  }

  async #stat(segments: readonly string[]): Promise<UnixFsStat | undefined> {
    return this.#request.deps.ipfs.files.stat(segments).catch(() => undefined);
  }
}

function checkPath(text: string): string {
  const path = text === "" ? "/" : text;
  if (!path.startsWith("/")) refuse("paths must start with a leading slash");
  return path;
}

function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments;
}

function refuse(problem: string): never {
  throw new CommandError(`to-files: ${problem}`);
}
