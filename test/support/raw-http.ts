import { connect } from "node:net";

/**
 * Sends bytes as they are, and answers all that comes back until the connection ends; `!reset` at the end of it when it broke. With
 * `isCutOff` this side breaks it as soon as everything is sent.
 */
export function speak(
  port: number,
  text: string | Uint8Array,
  options: { readonly isCutOff?: boolean } = {},
): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(text, () => {
        if (options.isCutOff === true) socket.destroy();
      });
    });
    socket.on("data", (piece) => (answer += piece.toString("latin1")));
    socket.on("error", () => resolve(`${answer}!reset`));
    socket.on("close", () => resolve(answer));
  });
}
