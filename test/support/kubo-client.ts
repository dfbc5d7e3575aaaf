import { request } from "node:http";

export interface KuboAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  readonly text: string;
  /** X-Stream-Error. */
  readonly trailer: string | undefined;
}

export interface KuboAsked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Requests below a node's /api/v0, with node:http, since fetch knows no trailers. */
export class KuboClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  ask(path: string, asked: KuboAsked = {}): Promise<KuboAnswer> {
    const { method = "POST", headers = {}, body = "" } = asked;
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}/api/v0/${path}`, { method, headers }, (response) => {
        const pieces: Uint8Array[] = [];
        response.on("data", (piece: Uint8Array) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () => {
          const all = Buffer.concat(pieces);
          const trailer = response.trailers["x-stream-error"];
          const { statusCode: status } = response;
          resolve({ status, headers: response.headers, body: all, text: all.toString(), trailer });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** The values of an answer in lines. */
  async lines(path: string, asked: KuboAsked = {}): Promise<readonly Record<string, unknown>[]> {
    const { text } = await this.ask(path, asked);
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line));
  }

  /** Of an answer that is an error. */
  async message(path: string, asked: KuboAsked = {}): Promise<unknown> {
    return JSON.parse((await this.ask(path, asked)).text).Message;
  }

  /** Adds one file; the CID of what was told last. */
  async add(name: string, content: string | Uint8Array, query = ""): Promise<string> {
    const lines = await this.lines(`add?${query}`, files([name, content]));
    return String(lines.at(-1)?.["Hash"]);
  }
}

/** Files as a multipart body. */
export function files(
  ...list: readonly (readonly [name: string, content: string | Uint8Array])[]
): Required<Omit<KuboAsked, "method">> {
  const pieces = list.flatMap(([name, content]) => [
    Buffer.from(`--BB\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);
  return {
    headers: { "Content-Type": "multipart/form-data; boundary=BB" },
    body: Buffer.concat([...pieces, Buffer.from("--BB--\r\n")]),
  };
}
