// The connections of a cluster as a dot file, as `ipfs-cluster-ctl health graph` 1.1.6 writes it.

import type { ConnectGraphJson } from "#api";

interface Look {
  readonly letter: "C" | "T" | "I";
  readonly color: string;
  readonly shape: "box3d" | "cylinder";
  readonly peripheries?: number;
}

const looks = {
  self: { letter: "C", color: "orange", shape: "box3d", peripheries: 2 },
  trusted: { letter: "T", color: "orange", shape: "box3d" },
  member: { letter: "C", color: "darkorange3", shape: "box3d" },
  ipfs: { letter: "I", color: "turquoise3", shape: "cylinder" },
  missing: { letter: "I", color: "firebrick1", shape: "cylinder" },
} as const satisfies Readonly<Record<string, Look>>;

interface Node {
  readonly id: string;
  readonly name: string;
  readonly line: string;
}

/** `hasAll`: with every peer of the IPFS swarm; else only those of the cluster's own nodes. */
export function graphText(
  graph: ConnectGraphJson,
  { hasAll }: { readonly hasAll: boolean },
): string {
  const members = Object.keys(graph.cluster_links).toSorted();
  const swarm = swarmOf(graph, hasAll);
  const swarmIds = [...swarm.keys()].toSorted();
  const clusterNodes = members.map((id, at) => memberNode(graph, id, at));
  const isMissing = (id: string): boolean => !Object.hasOwn(graph.cluster_to_ipfs, id);
  const lost = members.filter(isMissing);
  const ipfsNodes = [
    ...swarmIds.map((id, at) => drawNode(looks.ipfs, at, { id, title: "IPFS", tail: shorten(id) })),
    ...lost.map((id, at) =>
      drawNode(looks.missing, swarmIds.length + at, { id, title: "IPFS", tail: "Errored" }),
    ),
  ];
  const [inCluster, inSwarm] = [namesOf(clusterNodes), namesOf(ipfsNodes)];
  const toIpfs = members.flatMap((id) => {
    const end = inSwarm.get(graph.cluster_to_ipfs[id] ?? id);
    return end === undefined
      ? []
      : [`${inCluster.get(id)} -> ${end}${isMissing(id) ? dotted : ""}`];
  });
  return [
    "digraph cluster {",
    "/* The nodes of the connectivity graph */",
    "/* The cluster-service peers */",
    ...subgraph("min", clusterNodes),
    "",
    "/* The ipfs peers */",
    ...subgraph("max", ipfsNodes),
    "",
    "/* Edges representing active connections in the cluster */",
    "/* The connections among cluster-service peers */",
    ...members.flatMap((id) => edges(inCluster, id, graph.cluster_links[id])),
    "",
    "/* The connections between cluster peers and their ipfs daemons */",
    ...toIpfs,
    "",
    "/* The swarm peer connections among ipfs daemons in the cluster */",
    ...swarmIds.flatMap((id) => edges(inSwarm, id, swarm.get(id))),
    "}",
  ].join("\n");
}

const dotted = ' [ style="dotted" ]';

/** Links by IPFS peer: those of the cluster's nodes, and with `hasAll` those that they see. */
function swarmOf(graph: ConnectGraphJson, hasAll: boolean): Map<string, readonly string[]> {
  const links = Object.entries(graph.ipfs_links);
  const seen = hasAll ? links.flatMap(([, ids]) => ids ?? []) : [];
  const swarm = new Map<string, readonly string[]>(seen.map((id) => [id, []]));
  for (const [id, ids] of links) {
    const known = (ids ?? []).filter((end) => hasAll || Object.hasOwn(graph.ipfs_links, end));
    swarm.set(id, known);
  }
  return swarm;
}

function memberNode(graph: ConnectGraphJson, id: string, at: number): Node {
  const isTrusted = graph.cluster_trust_links[id] === true;
  const other = isTrusted ? looks.trusted : looks.member;
  const title = graph.id_to_peername[id] ?? "";
  return drawNode(id === graph.cluster_id ? looks.self : other, at, {
    id,
    title,
    tail: shorten(id),
  });
}

function drawNode(
  look: Look,
  at: number,
  { id, title, tail }: { readonly id: string; readonly title: string; readonly tail: string },
): Node {
  const name = `${look.letter}${at}`;
  const border = look.peripheries === undefined ? "" : `peripheries="${look.peripheries}" `;
  const label = `label=< <B> ${title} </B> <BR/> <B> ${tail} </B> >`;
  const font = `style="filled" colorscheme="x11" fontcolor="black" fontname="Arial"`;
  const paint = `group="${id}" color="${look.color}" ${font} shape="${look.shape}"`;
  return { id, name, line: `${name} [${label} ${paint} ${border}]` };
}

function subgraph(rank: "min" | "max", nodes: readonly Node[]): readonly string[] {
  return ["subgraph  {", `rank="${rank}"`, ...nodes.map(({ line }) => line), "}"];
}

function namesOf(nodes: readonly Node[]): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id, name }) => [id, name]));
}

function edges(
  names: ReadonlyMap<string, string>,
  from: string,
  ends: readonly string[] | null | undefined,
): readonly string[] {
  return (ends ?? []).flatMap((end) => {
    const name = names.get(end);
    return name === undefined ? [] : [`${names.get(from)} -> ${name}`];
  });
}

function shorten(id: string): string {
  return `${id.slice(0, 2)}*${id.slice(-6)}`;
}
