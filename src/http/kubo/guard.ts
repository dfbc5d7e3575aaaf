import { corsMiddleware, type Exchange } from "../kernel/index.ts";
import type { KuboAuthorization, KuboDeps, KuboOptions } from "./deps.ts";
import { RefusedError } from "./errors.ts";

/** Who may talk to the RPC (spec 1.1, steps 0 to 5). */
export class Guard {
  readonly #deps: KuboDeps;
  readonly #options: KuboOptions;
  readonly #cors: (exchange: Exchange) => boolean | Promise<boolean>;

  constructor(deps: KuboDeps, options: KuboOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#cors = corsMiddleware({
      allowedOrigins: options.headers["Access-Control-Allow-Origin"] ?? [],
      isOriginAllowed: (origin) => this.#isAllowed(origin),
      allowedMethods: options.headers["Access-Control-Allow-Methods"] ?? ["POST"],
      allowedHeaders: ["Origin", "Accept", "Content-Type", "X-Requested-With"],
      exposedHeaders: [],
      allowCredentials: options.headers["Access-Control-Allow-Credentials"]?.[0] === "true",
      maxAgeSeconds: 0,
    });
  }

  /** Answers a preflight; true then. */
  answerPreflight(exchange: Exchange): boolean | Promise<boolean> {
    return this.#cors(exchange);
  }

  /** A client of another version, or without the secret, gets no further. @throws {RefusedError} */
  checkClient(exchange: Exchange, path: string): void {
    const agent = exchange.headers["user-agent"] ?? "";
    const own = `/kubo/${this.#options.version}/`;
    const isOurs = agent.includes("/go-ipfs/") || agent.includes("/kubo/");
    if (isOurs && agent !== own && !/^\/api\/v0\/version(?:\/|$)/.test(path)) {
      throw new RefusedError(400, `api version mismatch (${own} != ${agent})`);
    }
    const { authorizations } = this.#options;
    if (authorizations.length > 0 && !isAuthorized(authorizations, exchange, path)) {
      throw new RefusedError(403, accessDenied);
    }
  }

  /** Pages of foreign origins may not use the RPC, not even blindly. @throws {RefusedError} */
  checkOrigin(exchange: Exchange): void {
    const { origin = "", referer = "", "user-agent": agent = "" } = exchange.headers;
    const isBrowser = agent.startsWith("Mozilla") && !agent.includes("Electron");
    const isAllowed =
      (origin === "" || this.#isAllowed(origin)) &&
      (referer === "" || this.#isAllowed(originOf(referer))) &&
      (origin !== "" || referer !== "" || !isBrowser);
    if (!isAllowed) throw new RefusedError(403, "403 - Forbidden");
  }

  #isAllowed(origin: string): boolean {
    const origins = this.#origins();
    return origins.includes("*") || origins.includes(origin);
  }

  #origins(): readonly string[] {
    const configured = this.#options.headers["Access-Control-Allow-Origin"] ?? [];
    const own = this.#deps.ports.flatMap((port) =>
      localHosts.flatMap((host) => [`http://${host}:${port}`, `https://${host}:${port}`]),
    );
    return [...configured, ...own, ...extensions];
  }
}

const localHosts = ["127.0.0.1", "[::1]", "localhost"];

/** IPFS Companion and its beta. */
const extensions = [
  "chrome-extension://nibjojkomfdiaoajekhjakgkdhaomnch",
  "chrome-extension://hjoieblefckbooibpepigmacodalfndh",
];

const accessDenied =
  "Kubo RPC Access Denied: Please provide a valid authorization token as defined in the API.Authorizations configuration.";

/** Scheme and host of a referrer; what is no URL is no origin that anybody allows. */
function originOf(referer: string): string {
  return /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i.exec(referer)?.[0] ?? "?";
}

function isAuthorized(
  authorizations: readonly KuboAuthorization[],
  exchange: Exchange,
  path: string,
): boolean {
  const sent = exchange.headers.authorization;
  const found = authorizations.find(({ secret }) => headerFor(secret) === sent);
  if (found === undefined) return false;
  const paths = ["/api/v0/version", ...found.allowedPaths];
  return paths.some((allowed) => path.startsWith(allowed));
}

function headerFor(secret: string): string {
  if (secret.startsWith("bearer:")) return `Bearer ${secret.slice(7)}`;
  if (!secret.startsWith("basic:")) return `Bearer ${secret}`;
  const credentials = secret.slice(6);
  if (!credentials.includes(":")) return `Basic ${credentials}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
