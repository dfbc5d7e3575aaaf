import { type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";

import { messageOf } from "#lib";
import type { SignalOptions } from "#model";

import { RpcError } from "./errors.ts";

export interface RpcCall extends SignalOptions {
  /** `repo/stat` */
  readonly command: string;
  readonly arguments?: readonly string[];
  readonly options?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as the file of a multipart body. */
  readonly file?: Uint8Array | undefined;
}

/** A small client of Kubo's RPC. Every call throws {RpcError}, streams after the last good byte too. */
export interface RpcClient {
  readonly url: string;
  document(call: RpcCall): Promise<unknown>;
  /** One JSON value a line. */
  lines(call: RpcCall): AsyncIterable<unknown>;
  /** `lengthBytes`: what the peer says will come, if it knows. */
  bytes(call: RpcCall): Promise<RpcBytes>;
}

interface RpcBytes {
  readonly lengthBytes: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export function createRpcClient(url: string): RpcClient {
  return {
    url,
    document: async (call) => {
      const parts = await Array.fromAsync(chunksOf(await open(url, call)));
      return JSON.parse(Buffer.concat(parts).toString() || "null");
    },
    lines: (call) => linesOf(url, call),
    bytes: async (call) => {
      const response = await open(url, call);
      const length = response.headers["x-content-length"];
      const lengthBytes = typeof length === "string" ? Number(length) : undefined;
      return { lengthBytes, chunks: chunksOf(response) };
    },
  };
}

async function* linesOf(url: string, call: RpcCall): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunksOf(await open(url, call))) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line);
  }
  if (rest.trim() !== "") yield JSON.parse(rest);
}

/** fetch would hide the trailer that tells of a late error. */
function open(url: string, call: RpcCall): Promise<IncomingMessage> {
  const target = new URL(url);
  const query = new URLSearchParams();
  for (const argument of call.arguments ?? []) query.append("arg", argument);
  for (const [name, value] of Object.entries(call.options ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const body = call.file === undefined ? undefined : multipartOf(call.file);
  const send = target.protocol === "https:" ? secureRequest : request;
  return new Promise((resolve, reject) => {
    const outgoing = send({
      method: "POST",
      protocol: target.protocol,
      hostname: target.hostname.replaceAll(/[[\]]/g, ""),
      port: target.port,
      path: `/api/v0/${call.command}?${query.toString()}`,
      headers: body?.headers,
      signal: call.signal,
    });
    outgoing.on("error", (cause) => {
      reject(new RpcError(0, `cannot reach the peer at ${url}: ${messageOf(cause)}`, { cause }));
    });
    outgoing.on("response", (response: IncomingMessage) => {
      if ((response.statusCode ?? 0) < 400) resolve(response);
      else void readError(response).then(reject);
    });
    outgoing.end(body?.bytes);
  });
}

function multipartOf(file: Uint8Array): {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
} {
  const boundary = crypto.randomUUID();
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const bytes = Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` }, bytes };
}

async function readError(response: IncomingMessage): Promise<RpcError> {
  const status = response.statusCode ?? 0;
  let text = "";
  try {
    text = Buffer.concat(await Array.fromAsync(chunksOf(response))).toString();
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null && "Message" in answer) {
      return new RpcError(status, String(answer.Message));
    }
  } catch {
    // plain text: a failure of the transport, or of an argument
  }
  return new RpcError(status, text.trim() || `the peer answered ${status}`);
}

/** The body; throws when it was not whole, or its trailer tells of an error. */
async function* chunksOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk;
  } catch (cause) {
    throw new RpcError(0, `the answer ended early: ${messageOf(cause)}`, { cause });
  } finally {
    response.destroy();
  }
  const late = response.trailers["x-stream-error"];
  if (late !== undefined && late !== "") throw new RpcError(500, late);
  if (!response.complete) throw new RpcError(0, "the answer ended early");
}
