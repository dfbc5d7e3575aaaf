// Compiles the executables: see scripts/build.ts. Bun fetches the runtime of another platform from the package registry
// by itself.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { projectFolder } from "../install.ts";

interface Target {
  readonly runtime: Bun.Build.CompileTarget;
  /** LevelDB's prebuild, below node_modules/classic-level/prebuilds. */
  readonly addon: string;
}

/** There is no musl prebuild of LevelDB for arm64, so no such target. */
const targets: Readonly<Record<string, Target>> = {
  "linux-x64": { runtime: "bun-linux-x64", addon: "linux-x64/classic-level.node" },
  "linux-x64-musl": { runtime: "bun-linux-x64-musl", addon: "linux-x64/classic-level.musl.node" },
  "linux-arm64": { runtime: "bun-linux-arm64", addon: "linux-arm64/classic-level.armv8.node" },
  "darwin-arm64": { runtime: "bun-darwin-arm64", addon: "darwin-x64+arm64/classic-level.node" },
  "darwin-x64": { runtime: "bun-darwin-x64", addon: "darwin-x64+arm64/classic-level.node" },
  "windows-x64": { runtime: "bun-windows-x64", addon: "win32-x64/classic-level.node" },
};

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    target: { type: "string", multiple: true, default: [] },
  },
});
mkdirSync(join(projectFolder, "dist"), { recursive: true });
const named = values.all ? Object.keys(targets) : values.target;
if (named.length === 0) await build(ownTarget(), "pinfold");
for (const name of named) await build(name, `pinfold-${name}`);

function ownTarget(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  return `${system}-${process.arch}${isMusl() ? "-musl" : ""}`;
}

function isMusl(): boolean {
  return (
    process.platform === "linux" &&
    existsSync(`/lib/ld-musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`)
  );
}

async function build(name: string, output: string): Promise<void> {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target === undefined) {
    fail(`no target "${name}": expected one of ${Object.keys(targets).join(", ")}`);
  }
  const began = performance.now();
  const outfile = join(projectFolder, "dist", output);
  rmSync(outfile, { force: true });
  const { version } = await Bun.file(join(projectFolder, "package.json")).json();
  const result = await Bun.build({
    entrypoints: [join(projectFolder, "src", "main.ts")],
    plugins: [embedAddon(target.addon), embedPackageFacts()],
    minify: { whitespace: true, syntax: true, identifiers: false },
    bytecode: true,
    format: "esm",
    // in pieces, so that a command loads what it needs and no more: starts take half the time
    splitting: true,
    define: {
      BUILD_VERSION: JSON.stringify(version),
      BUILD_COMMIT: JSON.stringify(currentCommit()),
    },
    compile: { target: target.runtime, outfile, autoloadDotenv: false, autoloadBunfig: false },
    throw: false,
  });
  for (const log of result.logs) console.error(log.message);
  if (!result.success) fail(`building ${name} failed`);
  const path = existsSync(outfile) ? outfile : `${outfile}.exe`;
  const [megabytes, ms] = [statSync(path).size / 1e6, performance.now() - began];
  console.log(`${path}  ${megabytes.toFixed(0)} MB  ${(ms / 1000).toFixed(1)} s`);
}

/** classic-level looks for its addon on the disk; a single file has none, so it gets a literal path to embed. */
function embedAddon(addon: string): Bun.BunPlugin {
  const path = join(projectFolder, "node_modules", "classic-level", "prebuilds", addon);
  if (!existsSync(path)) fail(`classic-level has no prebuild ${addon}`);
  return {
    name: "embed-leveldb",
    setup(builder) {
      builder.onLoad({ filter: /classic-level[\\/]binding\.js$/ }, () => ({
        contents: `module.exports = require(${JSON.stringify(path)})`,
        loader: "js",
      }));
    },
  };
}

/** The package that finds UPnP routers reads its own name and version from the disk. */
function embedPackageFacts(): Bun.BunPlugin {
  return {
    name: "embed-package-facts",
    setup(builder) {
      builder.onLoad(
        { filter: /@achingbrain[\\/]ssdp[\\/]dist[\\/]src[\\/]ssdp\.js$/ },
        async ({ path }) => {
          const written = await Bun.file(path).text();
          const facts = await Bun.file(join(path, "..", "..", "..", "package.json")).json();
          const { name, version } = facts;
          const contents = written.replace(
            "req('../../package.json')",
            JSON.stringify({ name, version }),
          );
          if (contents === written) fail(`${path} has changed: see embedPackageFacts`);
          return { contents, loader: "js" };
        },
      );
    },
  };
}

/** Empty where there is no repository. */
function currentCommit(): string {
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], {
    cwd: projectFolder,
    encoding: "utf8",
  });
  return status === 0 && existsSync(join(projectFolder, ".git")) ? stdout.trim() : "";
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
