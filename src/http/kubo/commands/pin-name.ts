import { CommandError } from "../errors.ts";

const pinNameBytesMax = 255;

/** @throws {CommandError} worded as Kubo */
export function checkPinName(name: string): void {
  const size = Buffer.byteLength(name);
  if (size > pinNameBytesMax) {
    throw new CommandError(`pin name is ${size} bytes (max ${pinNameBytesMax} bytes)`);
  }
}
