import { createHash, scrypt, timingSafeEqual } from "node:crypto";

import { LoginsBusyError } from "./errors.ts";

/** What a check costs: `2^logN * 8 * 128` bytes of memory, `rounds` times over. */
export interface PasswordCost {
  readonly logN: number;
  readonly rounds: number;
}

/** 16 MiB, and about 0.15 s on a desktop computer. */
const defaultPasswordCost: PasswordCost = { logN: 14, rounds: 5 };

/** Checks at once, and waiting; more are refused. */
const runningMax = 2;
const waitingMax = 32;

const blockSize = 8;
const keyBytes = 32;
/** What a file may ask for; more would let it stop the peer. */
const costMax: PasswordCost = { logN: 18, rounds: 16 };

/** Hashes passwords with scrypt, a few at once, in other threads. */
export class PasswordHasher {
  readonly #cost: PasswordCost;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(cost: PasswordCost = defaultPasswordCost) {
    this.#cost = cost;
  }

  /** `$scrypt$ln=14,r=8,p=5$SALT$KEY`, with base64 as such strings have it. @throws {LoginsBusyError} */
  async hash(password: string, salt: Uint8Array): Promise<string> {
    const key = await this.#derive(password, salt, this.#cost);
    const { logN, rounds } = this.#cost;
    return `$scrypt$ln=${logN},r=${blockSize},p=${rounds}$${unpadded(salt)}$${unpadded(key)}`;
  }

  /** False as well for a hash that is none. @throws {LoginsBusyError} */
  async verify(password: string, hash: string): Promise<boolean> {
    const parts = parseHash(hash);
    if (parts === undefined) return false;
    const key = await this.#derive(password, parts.salt, parts.cost);
    return timingSafeEqual(key, parts.key);
  }

  /** Takes as long as a check. @throws {LoginsBusyError} */
  async waste(password: string): Promise<void> {
    await this.#derive(password, new Uint8Array(16), this.#cost);
  }

  async #derive(password: string, salt: Uint8Array, cost: PasswordCost): Promise<Buffer> {
    if (this.#running >= runningMax) {
      if (this.#waiting.length >= waitingMax) throw new LoginsBusyError();
      // whoever ends hands its place on
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await derive(password, salt, cost);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

function derive(password: string, salt: Uint8Array, cost: PasswordCost): Promise<Buffer> {
  const N = 2 ** cost.logN;
  const maxmem = 2 * 128 * N * blockSize;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyBytes, { N, r: blockSize, p: cost.rounds, maxmem }, (error, key) => {
      // Bun gives undefined where Node gives null
      if (error instanceof Error) reject(error);
      else resolve(key);
    });
  });
}

interface HashParts {
  readonly cost: PasswordCost;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

function parseHash(hash: string): HashParts | undefined {
  const match = /^\$scrypt\$ln=(\d\d?),r=8,p=(\d\d?)\$([\w+/]{8,})\$([\w+/]{43})$/.exec(hash);
  if (match === null) return undefined;
  const [, logN, rounds, salt = "", key = ""] = match;
  const cost = { logN: Number(logN), rounds: Number(rounds) };
  const isBearable = cost.logN <= costMax.logN && cost.rounds <= costMax.rounds;
  if (!isBearable || cost.logN < 1 || cost.rounds < 1) return undefined;
  return { cost, salt: Buffer.from(salt, "base64"), key: Buffer.from(key, "base64") };
}

/** Whether this is a hash that can be checked. */
export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== undefined;
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("=", "");
}

/** Whether two texts are equal, in a time that does not tell where they differ. */
export function isSameSecret(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}
