import { flushed, processContext, runCli } from "#cli";

const code = await runCli(process.argv.slice(2), processContext());
await flushed();
process.exit(code);
