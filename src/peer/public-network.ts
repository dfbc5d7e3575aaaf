// Where a node of the public network begins. Facts from Kubo's defaults (autoconf).

/** What `auto` in `ipfs.bootstrap` stands for. */
const bootstrapPeers: readonly string[] = [
  "/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN",
  "/dnsaddr/bootstrap.libp2p.io/p2p/QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa",
  "/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb",
  "/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt",
  "/dnsaddr/va1.bootstrap.libp2p.io/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8",
];

/** What `auto` in `ipfs.routing.delegated_routers` stands for. */
const delegatedRouters: readonly string[] = ["https://cid.contact"];

export function expandBootstrap(configured: readonly string[]): readonly string[] {
  return expand(configured, bootstrapPeers);
}

export function expandRouters(configured: readonly string[]): readonly string[] {
  return expand(configured, delegatedRouters);
}

function expand(configured: readonly string[], auto: readonly string[]): readonly string[] {
  return configured.flatMap((entry) => (entry === "auto" ? auto : [entry]));
}
