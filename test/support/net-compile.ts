// A program for a test: compiles another one as scripts/build does, but for the LevelDB addon. Arguments: source, output.

import { argv } from "node:process";

const [, , source = "", outfile = ""] = argv;

const result = await Bun.build({
  entrypoints: [source],
  bytecode: true,
  format: "esm",
  compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
  // the package that finds UPnP routers reads its own name and version from the disk
  plugins: [
    {
      name: "embed-package-facts",
      setup(builder) {
        builder.onLoad(
          { filter: /@achingbrain[\\/]ssdp[\\/]dist[\\/]src[\\/]ssdp\.js$/ },
          async ({ path }) => {
            const written = await Bun.file(path).text();
            const facts = JSON.stringify({ name: "test", version: "0.0.0" });
            return { contents: written.replace("req('../../package.json')", facts), loader: "js" };
          },
        );
      },
    },
  ],
});
if (!result.success) throw new Error(result.logs.map(String).join("\n"));
