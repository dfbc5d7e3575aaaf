import { CodedError } from "#lib";

/** No key has this name or id. Worded as Kubo, by what was attempted. */
export class NoSuchKeyError extends CodedError {
  override readonly code = "NO_SUCH_KEY";
  override readonly kind = "caller";
  readonly key: string;

  constructor(key: string, message = "no key by the given name was found") {
    super(message);
    this.key = key;
  }
}

/** The name is taken. */
export class KeyExistsError extends CodedError {
  override readonly code = "KEY_EXISTS";
  override readonly kind = "caller";
  readonly key: string;

  constructor(key: string, message = `key with name '${key}' already exists`) {
    super(message);
    this.key = key;
  }
}

/** A name that no key can have, or `self` where it may not be touched. */
export class InvalidKeyNameError extends CodedError {
  override readonly code = "INVALID_KEY_NAME";
  override readonly kind = "caller";
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/** A type or size of key that is not made here. */
export class InvalidKeyTypeError extends CodedError {
  override readonly code = "INVALID_KEY_TYPE";
  override readonly kind = "caller";
}

/** Bytes that are no private key of the format, or of a type that is not taken. */
export class InvalidKeyError extends CodedError {
  override readonly code = "INVALID_KEY";
  override readonly kind = "caller";
}

/** The folder holds as many keys as it may. */
export class TooManyKeysError extends CodedError {
  override readonly code = "TOO_MANY_KEYS";
  override readonly kind = "caller";
  readonly keysMax: number;

  constructor(keysMax: number) {
    super(`there are ${keysMax} keys already, which is the limit; remove one first`);
    this.keysMax = keysMax;
  }
}
