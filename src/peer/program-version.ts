import packageJson from "../../package.json" with { type: "json" };

declare const BUILD_COMMIT: string | undefined;

/** What `pinfold version` tells: ours, the commit of the build, the runtime. */
export function programVersion(): {
  readonly version: string;
  readonly commit: string;
  readonly runtime: string;
} {
  const commit = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : "";
  return {
    version: packageJson.version,
    commit: commit === "" ? "unknown" : commit,
    runtime: `bun ${Bun.version} ${process.platform}-${process.arch}`,
  };
}
