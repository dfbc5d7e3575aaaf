// Kubo's answers, read: what is not asked for is not looked at.

import { z } from "zod";

import { KuboDamagedError } from "./errors.ts";

export const idAnswer = z.object({
  ID: z.string(),
  Addresses: z.array(z.string()).nullish(),
});

export const pinProgressAnswer = z.object({
  Pins: z.array(z.string()).nullish(),
  Progress: z.number().optional(),
  Bytes: z.number().optional(),
});

/** A line of a list of pins. */
export const pinLsAnswer = z.object({ Cid: z.string(), Type: z.string() });

export const blockPutAnswer = z.object({ Key: z.string() });

export const repoStatAnswer = z.object({ RepoSize: z.number(), StorageMax: z.number() });

/** A line of a list of links. */
export const refsAnswer = z.object({ Ref: z.string(), Err: z.string().optional() });

export const swarmPeersAnswer = z.object({
  Peers: z.array(z.object({ Peer: z.string() })).nullish(),
});

export const gcAnswer = z.object({
  Key: z.object({ "/": z.string() }).nullish(),
  Error: z.string().optional(),
});

export const resolveAnswer = z.object({ Path: z.string() });

/** @throws {KuboDamagedError} */
export function decode<T>(schema: z.ZodType<T>, value: unknown, call: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new KuboDamagedError(call, parsed.error.issues[0]?.message ?? "not as expected");
}
