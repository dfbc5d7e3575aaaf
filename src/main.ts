import { flushed, processContext, runProgram } from "#cli";

// in a compiled program argv[0] is the runtime's; argv0 is the name it was called by
const code = await runProgram(process.argv0, process.argv.slice(2), processContext());
await flushed();
process.exit(code);
