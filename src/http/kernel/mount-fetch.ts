import type { Exchange, Handler, ResponseBody, ResponseHeaders } from "./types.ts";

/** Serves a fetch handler (an Elysia app's `fetch`) as a Handler; for JSON routes, since it costs two copies of a body. */
export function mountFetch(
  fetchHandler: (request: Request) => Response | Promise<Response>,
): Handler {
  return async (exchange) => {
    const response = await fetchHandler(toRequest(exchange));
    const headers = headersOf(response);
    if (response.body === null) return exchange.send(response.status, headers);
    await answer(exchange, response.status, { headers, body: response.body });
  };
}

function toRequest(exchange: Exchange): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(exchange.headers)) {
    if (typeof value === "string") headers.append(name, value);
    else for (const each of value ?? []) headers.append(name, each);
  }
  const { method, rawPath, rawQuery } = exchange;
  const query = rawQuery === "" ? "" : `?${rawQuery}`;
  // in a URL \ would be a slash, and # the path's end
  const path = rawPath.replaceAll(/[\\#]/g, encodeURIComponent);
  // not the Host header: it may be no host at all, and Elysia misses the path behind names of three letters or fewer
  const url = `http://localhost${path}${query}`;
  const mayHaveBody = method !== "GET" && method !== "HEAD";
  const init = { method, headers, signal: exchange.signal };
  return new Request(url, mayHaveBody ? { ...init, body: streamOf(exchange.body) } : init);
}

function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await pieces.next();
      if (piece.done === true) controller.close();
      else controller.enqueue(piece.value);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}

function headersOf(response: Response): ResponseHeaders {
  const headers: ResponseHeaders = {};
  for (const [name, value] of response.headers) {
    if (name === "set-cookie") headers["Set-Cookie"] = response.headers.getSetCookie();
    else headers[canonical(name)] = value;
  }
  return headers;
}

function canonical(name: string): string {
  return name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

interface Answer {
  readonly headers: ResponseHeaders;
  readonly body: ReadableStream<Uint8Array>;
}

/** A body of one piece goes out with its length; more pieces, or a second one that is late, make it a stream. */
async function answer(exchange: Exchange, status: number, from: Answer): Promise<void> {
  const reader = from.body.getReader();
  const first = await reader.read();
  if (first.done) return exchange.send(status, from.headers);
  const following = reader.read();
  const second = await Promise.race([following, nextTurn()]);
  if (second?.done === true) return exchange.send(status, from.headers, first.value);
  const body = exchange.begin(status, from.headers);
  try {
    await body.write(first.value);
    await copy(await following, reader, body);
  } catch (error) {
    await reader.cancel(error);
    throw error;
  }
}

async function copy(
  second: { readonly done: boolean; readonly value?: Uint8Array | undefined },
  reader: { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> },
  body: ResponseBody,
): Promise<void> {
  for (let piece = second; piece.value !== undefined; piece = await reader.read()) {
    await body.write(piece.value);
  }
  await body.end();
}

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(undefined));
  });
}
