/** The keys that the node signs names with: `self`, and those in the folder's `keys/`. */
export interface Keys {
  /** `self` first, then by name. */
  list(): Promise<readonly KeyInfo[]>;
  /** @throws {KeyExistsError} {InvalidKeyNameError} {InvalidKeyTypeError} */
  generate(
    name: string,
    options?: { readonly type?: KeyType; readonly bits?: number },
  ): Promise<KeyInfo>;
  /** By name, or by id in any base. @throws {NoSuchKeyError} */
  require(nameOrId: string): Promise<SigningKey>;
  /** @throws {NoSuchKeyError} {InvalidKeyNameError} for `self` */
  remove(name: string): Promise<KeyInfo>;
  /** @throws {NoSuchKeyError} {KeyExistsError} unless `isForced` */
  rename(
    from: string,
    to: string,
    options?: { readonly isForced?: boolean },
  ): Promise<{ readonly key: KeyInfo; readonly isOverwritten: boolean }>;
  /** A private key as libp2p's protobuf or PEM (PKCS #8). @throws {InvalidKeyError} {KeyExistsError} */
  import(name: string, key: Uint8Array, options?: ImportKeyOptions): Promise<KeyInfo>;
  /** @throws {NoSuchKeyError} */
  export(name: string, format?: KeyFormat): Promise<Uint8Array>;
}

export type KeyType = "ed25519" | "rsa" | "secp256k1";
export type KeyFormat = "libp2p-protobuf-cleartext" | "pem-pkcs8-cleartext";

export interface ImportKeyOptions {
  readonly format?: KeyFormat;
  readonly isAnyTypeAllowed?: boolean;
}

export interface KeyInfo {
  readonly name: string;
  /** Peer id in base58. */
  readonly peer: string;
}

export interface SigningKey extends KeyInfo {
  /** As libp2p's protobuf. */
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}
