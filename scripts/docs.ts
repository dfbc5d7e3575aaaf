// bun run docs: writes the pages that are made from the program.

import { join } from "node:path";

import { configurationPage } from "./docs/configuration-page.ts";
import { projectFolder } from "./install.ts";

const path = join(projectFolder, "docs", "configuration.md");
await Bun.write(path, configurationPage());
console.log(`wrote ${path}`);
