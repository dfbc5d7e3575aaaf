import type { Upgrader } from "@libp2p/interface";
import { tcp, type TCPComponents } from "@libp2p/tcp";

type MakeTransport = ReturnType<typeof tcp>;
type DialOptions = Parameters<ReturnType<MakeTransport>["dial"]>[1];

/**
 * TCP as libp2p has it, but for aborted dials: the package hands its options to `net.connect`, which destroys a socket
 * whose `signal` is aborted with an error that the package does not listen to any more. That would end the process.
 */
export function mendedTcp(): MakeTransport {
  const make = tcp();
  return (components: TCPComponents) => {
    const transport = make(components);
    const dial = transport.dial.bind(transport);
    transport.dial = (address, options) => dial(address, hidden(options));
    return transport;
  };
}

/**
 * Options that the package reads and does not hand to `net.connect`, which gets a copy of their own properties. The
 * upgrader copies them too, so it gets the real ones: without the signal a peer that says nothing would hold the dial.
 */
function hidden(options: DialOptions): DialOptions {
  const { upgrader } = options;
  const upgradeOutbound: Upgrader["upgradeOutbound"] = (connection) =>
    upgrader.upgradeOutbound(connection, options);
  const value = Object.create(upgrader, { upgradeOutbound: { value: upgradeOutbound } });
  return Object.create(options, { upgrader: { value } });
}
