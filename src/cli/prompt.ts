import type { Context } from "./command.ts";
import type { StdinLines } from "./stdin-lines.ts";

/** Asks up to three times for y or n; anything else, and an end of stdin, is a no. */
export async function confirm(
  question: string,
  stdin: StdinLines,
  context: Context,
): Promise<boolean> {
  for (let round = 0; round < 3; round += 1) {
    await context.write(`${question} Continue? [y/n]: `);
    const answer = (await stdin.line())?.trim() ?? "";
    if (answer === "y" || answer === "Y") return true;
    if (["n", "N", ""].includes(answer)) return false;
    await context.write("Please press either 'y' or 'n'\n");
  }
  return false;
}
