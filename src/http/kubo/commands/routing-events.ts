import type { Network } from "#ipfs";

import type { KnownPeer } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

type FindOptions = NonNullable<Parameters<Network["routing"]["findPeer"]>[1]>;
type QueryEvent = Parameters<NonNullable<FindOptions["onEvent"]>>[0];

/** Kubo's QueryEvent, whose types have numbers. */
export interface EventJson {
  readonly Extra: string;
  readonly ID: string;
  readonly Responses: readonly PeerJson[] | null;
  readonly Type: number;
}

interface PeerJson {
  readonly ID: string;
  readonly Addrs: readonly string[];
}

export const eventType = {
  sendingQuery: 0,
  peerResponse: 1,
  finalPeer: 2,
  queryError: 3,
  provider: 4,
  value: 5,
  addingPeer: 6,
  dialingPeer: 7,
} as const satisfies Record<QueryEvent["type"], number>;

/** How a command prints its own events; undefined: as all do. */
export type OwnText = (event: EventJson, isVerbose: boolean) => string | undefined;

/** Tells the steps of a walk as they happen. */
export class EventWriter {
  readonly #output: KuboOutput;
  readonly #isVerbose: boolean;
  readonly #ownText: OwnText;
  readonly #now: () => number;

  constructor(request: KuboRequest, output: KuboOutput, ownText: OwnText) {
    this.#output = output;
    this.#isVerbose = request.flag("verbose") === true;
    this.#ownText = ownText;
    this.#now = () => request.deps.clock.now();
  }

  /** For `onEvent`; a walk does not wait for a slow client, and is bounded. */
  readonly tell = (event: QueryEvent): void => {
    const { type, peer, extra, responses } = event;
    const isList = responses.length > 0 || type === "peerResponse";
    const sent = this.emit({
      Extra: extra,
      ID: peer,
      Responses: isList ? responses.map(peerJson) : null,
      Type: eventType[type],
    });
    // the request's signal tells that the client has left
    sent?.catch(() => undefined);
  };

  emit(event: EventJson): void | Promise<void> {
    return this.#output.emit(event, () => this.#textOf(event));
  }

  fail(message: string): void | Promise<void> {
    return this.emit({ Extra: message, ID: "", Responses: null, Type: eventType.queryError });
  }

  #textOf(event: EventJson): string {
    const text = this.#ownText(event, this.#isVerbose) ?? commonText(event, this.#isVerbose);
    return this.#isVerbose ? `${timeOfDay(this.#now())}: ${text}` : text;
  }
}

export function peerJson({ peer, addresses }: KnownPeer): PeerJson {
  return { ID: peer, Addrs: addresses };
}

function commonText({ Type, ID, Extra, Responses }: EventJson, isVerbose: boolean): string {
  if (!isVerbose) return Type === eventType.value ? Extra : "";
  switch (Type) {
    case eventType.sendingQuery:
      return `* querying ${ID}\n`;
    case eventType.value:
      return `got value: '${Extra}'\n`;
    case eventType.peerResponse:
      return `* ${ID} says use ${(Responses ?? []).map((one) => `${one.ID} `).join("")}\n`;
    case eventType.queryError:
      return `error: ${Extra}\n`;
    case eventType.dialingPeer:
      return `dialing peer: ${ID}\n`;
    case eventType.addingPeer:
      return `adding peer to query: ${ID}\n`;
    default:
      return "";
  }
}

/** As Kubo prints it in front of verbose lines, but UTC. */
function timeOfDay(now: number): string {
  return new Date(now).toISOString().slice(11, 23);
}
