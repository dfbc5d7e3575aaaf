import type { Provider } from "../types.ts";
import { type FetchLike, type GatewayDeps, GatewayTarget } from "./gateway-target.ts";
import { baseUrl, gatewayUrlsOf } from "./gateway-url.ts";

export type { FetchLike };

/** The HTTP gateways that are known: those of the configuration, and those that were found. */
export class Gateways implements AsyncDisposable {
  readonly #deps: Omit<GatewayDeps, "fetch"> & { readonly fetch?: FetchLike | undefined };
  readonly #configured: readonly string[];
  readonly #isFoundAllowed: boolean;
  readonly #targets = new Map<string, GatewayTarget>();

  constructor(
    deps: Omit<GatewayDeps, "fetch"> & { readonly fetch?: FetchLike | undefined },
    options: { readonly httpGateways?: readonly string[]; readonly isHttpAllowed?: boolean },
  ) {
    this.#deps = deps;
    this.#configured = (options.httpGateways ?? []).flatMap((text) => baseUrl(text) ?? []);
    this.#isFoundAllowed = options.isHttpAllowed ?? true;
  }

  configured(): readonly GatewayTarget[] {
    return this.#configured.flatMap((url) => this.#target(url) ?? []);
  }

  /** The gateway of a provider that says it has one. */
  of(provider: Provider): GatewayTarget | undefined {
    if (!this.#isFoundAllowed) return undefined;
    const [url] = gatewayUrlsOf(provider);
    return url === undefined ? undefined : this.#target(url);
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const target of this.#targets.values()) target.close();
    this.#targets.clear();
    return Promise.resolve();
  }

  #target(url: string): GatewayTarget | undefined {
    const known = this.#targets.get(url);
    const { fetch } = this.#deps;
    if (known !== undefined || fetch === undefined) return known;
    const target = new GatewayTarget({ ...this.#deps, fetch }, url);
    this.#targets.set(url, target);
    this.#trim();
    return target;
  }

  /** Forgets the oldest of those that were found. */
  #trim(): void {
    let left = this.#targets.size - this.#configured.length - this.#deps.bounds.gatewaysMax;
    for (const [url, target] of this.#targets) {
      if (left <= 0) return;
      if (this.#configured.includes(url) || target.window.outstanding > 0) continue;
      this.#targets.delete(url);
      left -= 1;
    }
  }
}
