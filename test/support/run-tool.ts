/** Runs a tool of the recordings; answers what it printed or, when that is nothing, what it complained of. */
export async function runTool(
  command: string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const child = Bun.spawn(command, { env, stdout: "pipe", stderr: "pipe" });
  const [out, problems] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return out === "" ? problems : out;
}
