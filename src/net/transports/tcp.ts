import { tcp, type TCPComponents } from "@libp2p/tcp";

type MakeTransport = ReturnType<typeof tcp>;

/**
 * TCP as libp2p has it, but for aborted dials: the package hands its options to `net.connect`, which destroys a socket
 * whose `signal` is aborted with an error that the package does not listen to any more. That would end the process.
 */
export function mendedTcp(): MakeTransport {
  const make = tcp();
  return (components: TCPComponents) => {
    const transport = make(components);
    const dial = transport.dial.bind(transport);
    // the package still reads what is inherited, and ends the dial itself; `net.connect` gets copies of own properties
    transport.dial = (address, options) => dial(address, Object.create(options));
    return transport;
  };
}
