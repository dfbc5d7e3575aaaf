// docs/configuration.md, made from the schema of service.json.

import { branchOf, leavesOf } from "../../src/peer/config/document.ts";
import { variableName } from "../../src/peer/config/environment.ts";
import { type Leaf, leaves } from "../../src/peer/config/leaf.ts";
import { oldKeys } from "../../src/peer/config/old-keys.ts";
import { ownSections, settingsSchema } from "../../src/peer/config/settings.ts";

const introduction = `# Configuration

<!-- made by \`bun run docs\` from the schema; what is changed here by hand is lost -->

A peer reads \`service.json\` in its data folder, in the format and with the key names of IPFS Cluster 1.1.6. An existing
folder of IPFS Cluster is read as it is. \`pinfold config show\` prints what counts (\`--source\`: and who says so),
\`pinfold config check\` finds everything that is wrong.

**What wins.** Default, then the file, then the environment, then flags.

**Values.** Durations are written as \`1m30s\`, sizes as \`10GB\`, \`512MiB\` or a number of bytes. A list of one may be
written without brackets. Listeners take \`/ip4/…/tcp/…\`, \`/ip6/…\`, \`/dns4/…\` and \`/unix/PATH\`, several of them as a
list; port 0 is any free one. An empty value turns a listener of ours off; in the sections of IPFS Cluster an empty address,
duration, name or count is the default, as there.

**Variables.** \`CLUSTER_\` and the key in upper case without underscores, nested keys joined by \`_\`; lists are separated
by commas, maps are \`name:value,name:value\`, and both may be JSON. Those of our own sections begin with \`PINFOLD_\`, and
their maps are JSON. The identity is \`CLUSTER_ID\` and \`CLUSTER_PRIVATEKEY\`. A variable of a section that the file does
not have has no effect.

**What is wrong.** A wrong value is an error that names its place, and so is an unknown key in our own sections. An
unknown key elsewhere, and a variable that matches nothing, is a warning. \`pinfold config check\` fails on all of them.

**Sections that may be missing.** An API without its section is off, an informer without its section does not run.
\`ipfs_connector\` has \`embedded\` (a node in the same process; also when it has nothing) or \`ipfshttp\` (a Kubo elsewhere).

**Elsewhere.** A file that says \`{"source": "https://…"}\` is fetched from there at each start; our own sections may stand
beside it.

**Raft.** There is no raft here. A configuration of raft runs as CRDT for a single peer; for several it is refused with
the way over. A folder with a pinset of the Go program and none of ours does not start before that is brought over
(\`ipfs-cluster-service state export\`, \`pinfold state import\`), unless \`--empty-state\` is given.

In the tables, _hidden_ keys are left out of a new file. _If left out_ is what counts when the section stands and the key
does not, where IPFS Cluster does not take the default then.
`;

/** The whole page. */
export function configurationPage(): string {
  const sections = [...sectionsOf(settingsSchema, [])].map(sectionText);
  return `${introduction}\n${sections.join("\n")}\n${oldKeysText()}`;
}

interface Section {
  readonly path: readonly string[];
  readonly rows: readonly (readonly [path: readonly string[], leaf: Leaf])[];
}

/** `cluster` and our own sections are whole; of the others each component is one. */
function* sectionsOf(schema: unknown, path: readonly string[]): Generator<Section> {
  for (const [key, child] of Object.entries(branchOf(schema) ?? {})) {
    const place = [...path, key];
    const isWhole = path.length > 0 || key === "cluster" || ownSections.includes(key);
    if (!isWhole) yield* sectionsOf(child, place);
    else if (!leaves.has(child)) {
      const rows = [...leavesOf(child, place)];
      if (rows.length > 0) yield { path: place, rows };
    }
  }
}

function sectionText({ path, rows }: Section): string {
  const isOurs = ownSections.includes(path[0] ?? "") || path[1] === "embedded";
  const cells = rows.map(([place, leaf]) => [
    code(place.slice(path.length).join(".")),
    leaf.type,
    defaultCell(leaf),
    code(variableName(place)),
    leaf.description,
  ]);
  return [
    `## ${code(path.join("."))}`,
    "",
    `Since ${isOurs ? "Pinfold" : "IPFS Cluster"}.`,
    "",
    ...table(["key", "type", "default", "variable", "meaning"], cells),
    "",
  ].join("\n");
}

/** Aligned, as the formatter wants it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, at) =>
    Math.max(3, title.length, ...rows.map((cells) => cells[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

function defaultCell(leaf: Leaf): string {
  const { absent, isHidden, defaultText } = leaf;
  const parts = [defaultText ?? shown(leaf.default)];
  if (isHidden === true) parts.push("hidden");
  if (absent !== undefined) parts.push(`if left out: ${shown(absent)}`);
  return parts.join("; ");
}

/** Long lists of options are no help to anybody. */
function shown(value: unknown): string {
  if (value === "") return "empty";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? "(long)" : code(text);
}

function oldKeysText(): string {
  const rows = oldKeys.map(({ from, to }) => {
    const now = to === undefined ? "nothing: without effect" : to.map(code).join(" and ");
    return [code(from), now === "" ? "`identity.json`" : now];
  });
  return [
    "## Keys of older versions",
    "",
    "They are read where they are now, unless that is set, and noted in the log.",
    "",
    ...table(["key", "read as"], rows),
    "",
  ].join("\n");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
