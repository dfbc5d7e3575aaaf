import { readFile } from "node:fs/promises";

import { z } from "zod";

import { scopeNames } from "#api";
import { codeOf, readJson } from "#lib";

import { InvalidUsersError } from "./errors.ts";
import { isPasswordHash } from "./password.ts";

const scopes = z.array(z.enum(scopeNames)).readonly();
const moment = z.iso.datetime();

const user = z.strictObject({
  name: z.string().min(1),
  /** Hashed. */
  password: z
    .string()
    .refine(isPasswordHash, "no hashed password: set it with `pinfold user passwd`"),
  scopes,
  created: moment,
});

const token = z.strictObject({
  id: z.string().min(1),
  /** For people. */
  name: z.string(),
  /** Whose it is; it ends with them, and with their password. */
  user: z.string().optional(),
  /** The token that it was asked with; it ends with that one. */
  parent: z.string().optional(),
  scopes,
  /** SHA-256, in hex, of the secret and of the owner's password or its hash. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  created: moment,
  expires: moment.optional(),
});

const usersFile = z.strictObject({
  version: z.literal(1),
  users: z.array(user).readonly(),
  tokens: z.array(token).readonly(),
});

/** `users.json`. */
export type UsersFile = Readonly<z.output<typeof usersFile>>;
export type UserRecord = Readonly<z.output<typeof user>>;
export type TokenRecord = Readonly<z.output<typeof token>>;

export const noUsers: UsersFile = { version: 1, users: [], tokens: [] };

/** Undefined when there is none. @throws {InvalidUsersError} */
export async function readUsersFile(path: string): Promise<UsersFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw cause;
  }
  const document = readJson(text, "whole", (problem) => {
    throw new InvalidUsersError(path, `no valid JSON: ${problem}`);
  });
  const parsed = usersFile.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InvalidUsersError(path, `${issue?.path.join(".")}: ${issue?.message}`);
}

export function formatUsersFile(content: UsersFile): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
