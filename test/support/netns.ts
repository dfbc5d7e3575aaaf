// Two homes behind routers that translate addresses, and machines on a public side, as Linux network namespaces.
// Needs root, iproute2 and nftables.

/** A machine in a network of its own. */
export interface NetnsMachine {
  readonly name: string;
  readonly ip: string;
  /** Runs what follows it on that machine. */
  readonly launcher: readonly string[];
}

export interface HomeNetwork extends AsyncDisposable {
  /** On the public side, each with a public address. */
  readonly servers: readonly NetnsMachine[];
  /** One at each home, with a private address behind the home's router. */
  readonly homes: readonly NetnsMachine[];
  /** The public address of a home's router. */
  readonly routers: readonly string[];
}

export interface HomeNetworkOptions {
  readonly servers: number;
  readonly homes: number;
  /** A port of each home's router that leads to the machine behind it. */
  readonly forwardedPort?: number;
}

/** Why such a network cannot be made here; undefined: it can. */
export async function netnsProblem(): Promise<string | undefined> {
  for (const tool of ["ip", "nft"]) if (Bun.which(tool) === null) return `no \`${tool}\` on PATH`;
  const name = `pfprobe${process.pid}`;
  try {
    await run("ip", "netns", "add", name);
    await run("ip", "netns", "exec", name, "nft", "add", "table", "ip", "nat");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  } finally {
    await run("ip", "netns", "del", name).catch(() => undefined); // it never existed
  }
}

/** Public addresses are of a range that nobody treats as reserved; nothing leaves the namespaces. */
const publicNet = "45.10.0";

export async function openHomeNetwork(options: HomeNetworkOptions): Promise<HomeNetwork> {
  const prefix = `pf${process.pid}x${Math.floor(Math.random() * 1000)}`;
  const wan = `${prefix}w`;
  const servers = machines(options.servers, (index) => ({
    name: `${prefix}s${index}`,
    ip: `${publicNet}.${10 + index}`,
  }));
  const homes = machines(options.homes, (index) => ({
    name: `${prefix}h${index}`,
    ip: `192.168.${index + 1}.2`,
  }));
  const routers = machines(options.homes, (index) => ({
    name: `${prefix}r${index}`,
    ip: `${publicNet}.${100 + index}`,
  }));
  const commands = [
    addNamespace(wan),
    `ip -n ${wan} link add br0 type bridge`,
    `ip -n ${wan} link set br0 up`,
    ...[...servers, ...routers].flatMap(({ name, ip }) => [
      addNamespace(name),
      plug(wan, name, ip),
    ]),
    ...homes.flatMap(({ name, ip }, index) => {
      const router = routers[index]?.name ?? "";
      return [
        addNamespace(name),
        stayBehind(router, name, ip),
        translate(router, ip, options.forwardedPort),
      ];
    }),
  ];
  const network: HomeNetwork = {
    servers,
    homes,
    routers: routers.map(({ ip }) => ip),
    [Symbol.asyncDispose]: () =>
      run(
        "sh",
        "-c",
        [wan, ...[...servers, ...homes, ...routers].map(({ name }) => name)]
          .map((name) => `ip netns del ${name} 2>/dev/null || true`)
          .join("; "),
      ),
  };
  try {
    await run("sh", "-ec", commands.join("\n"));
    return network;
  } catch (error) {
    await network[Symbol.asyncDispose]();
    throw error;
  }
}

function machines(
  count: number,
  describe: (index: number) => Pick<NetnsMachine, "name" | "ip">,
): NetnsMachine[] {
  return Array.from({ length: count }, (_, index) => {
    const { name, ip } = describe(index);
    return { name, ip, launcher: ["ip", "netns", "exec", name] };
  });
}

function addNamespace(name: string): string {
  return `ip netns add ${name}; ip -n ${name} link set lo up`;
}

/** A cable from a machine to the public side's switch. */
function plug(wan: string, name: string, ip: string): string {
  const port = `p${ip.split(".").at(-1)}`;
  return `
    ip link add wan0 netns ${name} type veth peer ${port} netns ${wan}
    ip -n ${wan} link set ${port} master br0 up
    ip -n ${name} addr add ${ip}/24 dev wan0
    ip -n ${name} link set wan0 up`;
}

/** A cable from a machine to its home's router. */
function stayBehind(router: string, name: string, ip: string): string {
  const gateway = ip.replace(/\.\d+$/, ".1");
  return `
    ip link add lan0 netns ${router} type veth peer eth0 netns ${name}
    ip -n ${router} addr add ${gateway}/24 dev lan0
    ip -n ${router} link set lan0 up
    ip -n ${name} addr add ${ip}/24 dev eth0
    ip -n ${name} link set eth0 up
    ip -n ${name} route add default via ${gateway}`;
}

/** What a home router does: translates what goes out, drops what comes in unasked. */
function translate(router: string, home: string, port: number | undefined): string {
  const forwarded =
    port === undefined
      ? ""
      : `chain in { type nat hook prerouting priority -100; iif wan0 tcp dport ${port} dnat to ${home}; }`;
  return `
    ip netns exec ${router} sysctl -qw net.ipv4.ip_forward=1
    ip netns exec ${router} nft -f - <<'RULES'
table ip nat {
  chain out { type nat hook postrouting priority 100; oif wan0 masquerade; }
  ${forwarded}
}
table ip filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    iif lan0 accept
    ct state established,related accept
    ct status dnat accept
  }
}
RULES`;
}

async function run(...command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdout: "ignore", stderr: "pipe" });
  const [status, text] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  if (status !== 0) throw new Error(`${command.join(" ").slice(0, 200)}: ${text}`);
}
