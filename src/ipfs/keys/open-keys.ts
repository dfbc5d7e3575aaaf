import { type Logger, messageOf } from "#lib";
import { peerIdBytes, peerIdText } from "#model";

import {
  InvalidKeyError,
  InvalidKeyNameError,
  KeyExistsError,
  NoSuchKeyError,
  TooManyKeysError,
} from "./errors.ts";
import { exportKey } from "./export-key.ts";
import { generateKey } from "./generate.ts";
import {
  fileNameOf,
  listKeyFiles,
  readKeyFile,
  removeKeyFile,
  renameKeyFile,
  writeKeyFile,
} from "./key-files.ts";
import { type KeyPair, parsePrivateKey, peerIdOf } from "./key-pair.ts";
import { findPem, parsePem } from "./pem.ts";
import type { ImportKeyOptions, KeyFormat, KeyInfo, Keys, KeyType, SigningKey } from "./types.ts";

export interface KeysDeps {
  /** `DATA/keys`; made with the first key. */
  readonly folder: string;
  /** The node's own key, both halves as libp2p's protobuf. */
  readonly self: { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array };
  readonly logger: Logger;
  /** Default 4096. */
  readonly keysMax?: number;
}

/** The name of the node's own key. */
const selfName = "self";

/** The keys in a folder. Files that are copied into it while it is open count too. */
export function openKeys(deps: KeysDeps): Keys {
  return new FolderKeys(deps);
}

class FolderKeys implements Keys {
  readonly #folder: string;
  readonly #self: SigningKey;
  readonly #logger: Logger;
  readonly #keysMax: number;
  /** Changes run one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ folder, self, logger, keysMax = 4096 }: KeysDeps) {
    this.#folder = folder;
    this.#self = { name: selfName, peer: peerIdOf(self.publicKey), ...self };
    this.#logger = logger;
    this.#keysMax = keysMax;
  }

  async list(): Promise<readonly KeyInfo[]> {
    const keys = [this.#self, ...(await this.#stored())];
    return keys.map(({ name, peer }) => ({ name, peer }));
  }

  generate(
    name: string,
    options: { readonly type?: KeyType; readonly bits?: number } = {},
  ): Promise<KeyInfo> {
    return this.#change(async () => {
      await this.#checkNew(name, "create");
      return this.#store(name, await generateKey(options.type ?? "ed25519", options.bits));
    });
  }

  async require(nameOrId: string): Promise<SigningKey> {
    if (nameOrId === selfName) return this.#self;
    const named = nameOrId === "" ? undefined : await this.#find(nameOrId);
    if (named !== undefined) return named;
    const peer = peerOf(nameOrId);
    if (peer === undefined) throw new NoSuchKeyError(nameOrId);
    const found = [this.#self, ...(await this.#stored())].find((key) => key.peer === peer);
    if (found !== undefined) return found;
    throw new NoSuchKeyError(nameOrId, "no key by the given name or PeerID was found");
  }

  remove(name: string): Promise<KeyInfo> {
    return this.#change(async () => {
      refuseSelf(name, "remove");
      const { peer } = await this.#named(name);
      await removeKeyFile(this.#folder, name);
      return { name, peer };
    });
  }

  rename(
    from: string,
    to: string,
    options: { readonly isForced?: boolean } = {},
  ): Promise<{ readonly key: KeyInfo; readonly isOverwritten: boolean }> {
    return this.#change(async () => {
      refuseSelf(from, "rename");
      refuseSelf(to, "overwrite");
      const { peer } = await this.#named(from);
      const key = { name: to, peer };
      fileNameOf(to);
      if (from === to) return { key, isOverwritten: false };
      const isTaken = (await readKeyFile(this.#folder, to)) !== undefined;
      if (isTaken && options.isForced !== true) {
        throw new KeyExistsError(to, "key by that name already exists, refusing to overwrite");
      }
      await renameKeyFile(this.#folder, from, to);
      return { key, isOverwritten: isTaken };
    });
  }

  import(name: string, key: Uint8Array, options: ImportKeyOptions = {}): Promise<KeyInfo> {
    return this.#change(async () => {
      refuseSelf(name, "import");
      const pair = await parseKey(key, options.format ?? "libp2p-protobuf-cleartext");
      await this.#checkNew(name, "import");
      return this.#store(name, pair);
    });
  }

  async export(name: string, format?: KeyFormat): Promise<Uint8Array> {
    return exportKey(this.#folder, name, format);
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #checkNew(name: string, what: string): Promise<void> {
    refuseSelf(name, what);
    if ((await readKeyFile(this.#folder, name)) !== undefined) throw new KeyExistsError(name);
    const names = await listKeyFiles(this.#folder);
    if (names.length >= this.#keysMax) throw new TooManyKeysError(this.#keysMax);
  }

  async #store(name: string, { privateKey, peer }: KeyPair): Promise<KeyInfo> {
    await writeKeyFile(this.#folder, name, privateKey);
    return { name, peer };
  }

  /** All but self. What cannot be read is told and left out. */
  async #stored(): Promise<readonly SigningKey[]> {
    const keys: SigningKey[] = [];
    for (const name of await listKeyFiles(this.#folder)) {
      try {
        const key = await this.#find(name);
        if (key !== undefined) keys.push(key);
      } catch (cause) {
        this.#logger.warn("a key cannot be read", { name, error: messageOf(cause) });
      }
    }
    return keys;
  }

  async #find(name: string): Promise<SigningKey | undefined> {
    const bytes = await readKeyFile(this.#folder, name);
    if (bytes === undefined) return undefined;
    const { peer, publicKey, privateKey } = await parsePrivateKey(bytes);
    return { name, peer, publicKey, privateKey };
  }

  async #named(name: string): Promise<SigningKey> {
    const key = name === "" ? undefined : await this.#find(name);
    if (key === undefined) throw new NoSuchKeyError(name, `no key named ${name} was found`);
    return key;
  }
}

function refuseSelf(name: string, what: string): void {
  if (name !== selfName) return;
  throw new InvalidKeyNameError(name, `cannot ${what} key with name '${selfName}'`);
}

function peerOf(text: string): string | undefined {
  try {
    return peerIdText(peerIdBytes(text));
  } catch {
    return undefined;
  }
}

async function parseKey(key: Uint8Array, format: string): Promise<KeyPair> {
  if (format === "pem-pkcs8-cleartext") return parsePem(key);
  if (format !== "libp2p-protobuf-cleartext") {
    throw new InvalidKeyError(`unrecognized import format: ${format}`);
  }
  try {
    return await parsePrivateKey(key);
  } catch (cause) {
    if (findPem(key) !== undefined) {
      const hint = "try again with format=pem-pkcs8-cleartext";
      throw new InvalidKeyError(`unexpected PEM block for format=${format}: ${hint}`, { cause });
    }
    if (messageOf(cause).startsWith("key type")) throw cause;
    throw new InvalidKeyError(`unable to unmarshall format=${format}: ${messageOf(cause)}`, {
      cause,
    });
  }
}
